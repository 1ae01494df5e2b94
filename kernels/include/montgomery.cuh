// Montgomery multiplication and squaring on 32-bit limbs with even and odd carry chains.
//
// A running sum T of N + 1 limbs is held as two arrays of N: `even` at limbs 0..N-1 and `odd` at limbs
// 1..N, so that each wide product, two limbs long, is added to an aligned pair of registers by one
// IMAD.WIDE, and a carry runs along every second product. When the lowest limb has been cleared T moves
// down by a limb, and the two arrays change roles. (Emmart, Luitjens, Weems and Woolley, "Optimizing
// modular multiplication for NVIDIA's Maxwell GPUs", ARITH 2016, has the two chains.)
//
// Wide multiplications for N = 8: a product 64 with a reduction of 66 (56 where the modulus has a
// shift, see modulus.cuh), a square 36 with the same reduction, and a sum of two products 128 with one.
//
// Bounds. Let A bound the value that row i multiplies by a limb of the other factor (or the sum of two
// such values): p for one product of canonical factors, 2 p for two. A row begins with T < A + 2^32 p, and
// the product takes it below 2^32 (A + p) + A. Reduction by a multiple of k p adds less than 2^64 p, which
// leads to T < A + 2^32 p again, but for a part in 2^32. The last two rows add less than 2^32 p each: the
// first of them leads to T < A + 2 p, and the result is below (product) / R + p (1 + 2^-32), which is below
// 2 p for canonical factors. T with its product fits N + 1 limbs where A + p < R, which holds for one
// product as 2 p < R; with what the last rows add to it where A + 2 p < R. `Modulus` says where.
#pragma once

#include "modulus.cuh"
#include "ptx.cuh"

template <class P>
struct Montgomery {
    using M = Modulus<P>;
    static constexpr u32 N = P::LIMBS;

    // r = a b / R mod p, below 2 p. The factors are canonical.
    static INLINE void multiply(u32 (&r)[N], const u32 (&a)[N], const u32 (&b)[N]) {
        u32 even[N], odd[N], left;
        set_product(even, odd, a, b[0]);
        UNROLL
        for (u32 i = 0; i < N; i += 2) {
            if (i > 0) add_product(even, odd, left, a, b[i]);
            left = reduce_limb(even, odd, i, 0);
            add_product(odd, even, left, a, b[i + 1]);
            left = reduce_limb(odd, even, i + 1, 0);
        }
        join(r, even, odd, left);
    }

    // r = (a b + c d) / R mod p, below 2 p: one reduction for two products. The factors are canonical.
    static INLINE void multiply_two(u32 (&r)[N], const u32 (&a)[N], const u32 (&b)[N], const u32 (&c)[N],
                                    const u32 (&d)[N]) {
        static_assert(M::TWO_PRODUCTS, "the sum of two products is too long for one reduction");
        u32 even[N], odd[N], left;
        set_product(even, odd, a, b[0]);
        UNROLL
        for (u32 i = 0; i < N; i += 2) {
            if (i > 0) add_product(even, odd, left, a, b[i]);
            add_product(even, odd, c, d[i]);
            left = reduce_limb(even, odd, i, 0);
            add_product(odd, even, left, a, b[i + 1]);
            add_product(odd, even, c, d[i + 1]);
            left = reduce_limb(odd, even, i + 1, 0);
        }
        join(r, even, odd, left);
    }

    // r = a^2 / R mod p, below 2 p. The factor is canonical.
    //
    // Twice a_i times the limbs above it is a_i times the upper limbs of 2 a, except that the doubled
    // limb i + 1 must not get the top bit of limb i: N (N + 1) / 2 products.
    static INLINE void square(u32 (&r)[N], const u32 (&a)[N]) {
        u32 doubled[N];
        doubled[0] = a[0] << 1;
        UNROLL
        for (u32 i = 1; i < N; i++) doubled[i] = a[i] << 1 | a[i - 1] >> 31;

        // `even[l]` is limb l and `odd[l]` limb l + 1 of the square.
        u32 even[2 * N] = {}, odd[2 * N] = {};
        UNROLL
        for (u32 i = 0; i < N; i++) {
            square_row(even, a, doubled, i, 0);
            square_row(odd, a, doubled, i, 1);
        }

        u32 low_even[N], low_odd[N];
        UNROLL
        for (u32 i = 0; i < N; i++) {
            low_even[i] = even[i];
            low_odd[i] = i + 1 < N ? odd[i] : 0;
        }
        reduce(r, low_even, low_odd);
        r[0] = ptx::add_cc(r[0], even[N]);
        UNROLL
        for (u32 i = 1; i < N; i++) r[i] = i + 1 < N ? ptx::addc_cc(r[i], even[N + i]) : ptx::addc(r[i], even[N + i]);
        r[0] = ptx::add_cc(r[0], odd[N - 1]);
        UNROLL
        for (u32 i = 1; i < N; i++) {
            r[i] = i + 1 < N ? ptx::addc_cc(r[i], odd[N - 1 + i]) : ptx::addc(r[i], odd[N - 1 + i]);
        }
    }

    // r = T / R mod p, at most p, of a T given as its two arrays with the top limb zero.
    static INLINE void reduce(u32 (&r)[N], u32 (&even)[N], u32 (&odd)[N]) {
        u32 left = 0;
        UNROLL
        for (u32 i = 0; i < N; i += 2) {
            left = reduce_limb(even, odd, i, left);
            left = reduce_limb(odd, even, i + 1, left);
        }
        join(r, even, odd, left);
    }

  private:
    // acc += the products of limbs `first`, `first + 2`, ... of a with b; the carry is left in the flag.
    // With `carry_in` the chain begins with the flag.
    static INLINE void add_products(u32 (&acc)[N], const u32 (&a)[N], u32 first, u32 b, bool carry_in) {
        UNROLL
        for (u32 j = 0; j < N; j += 2) {
            acc[j] = j == 0 && !carry_in ? ptx::mad_lo_cc(a[first], b, acc[0])
                                         : ptx::madc_lo_cc(a[j + first], b, acc[j]);
            acc[j + 1] = ptx::madc_hi_cc(a[j + first], b, acc[j + 1]);
        }
    }

    // T = a b for one limb b.
    static INLINE void set_product(u32 (&even)[N], u32 (&odd)[N], const u32 (&a)[N], u32 b) {
        UNROLL
        for (u32 j = 0; j < N; j += 2) {
            u64 low = u64{a[j]} * b, high = u64{a[j + 1]} * b;
            even[j] = static_cast<u32>(low);
            even[j + 1] = static_cast<u32>(low >> 32);
            odd[j] = static_cast<u32>(high);
            odd[j + 1] = static_cast<u32>(high >> 32);
        }
    }

    // T += a b for one limb b.
    static INLINE void add_product(u32 (&even)[N], u32 (&odd)[N], const u32 (&a)[N], u32 b) {
        add_products(odd, a, 1, b, false);
        add_products(even, a, 0, b, false);
        odd[N - 1] = ptx::addc(odd[N - 1], 0);
    }

    // T += left + a b, with `left` what the reduction before has left to be added at limb 0.
    static INLINE void add_product(u32 (&even)[N], u32 (&odd)[N], u32 left, const u32 (&a)[N], u32 b) {
        even[0] = ptx::add_cc(even[0], left);
        add_products(odd, a, 1, b, true);
        add_products(even, a, 0, b, false);
        odd[N - 1] = ptx::addc(odd[N - 1], 0);
    }

    // T = (T + left + a multiple of p) / 2^32: the lowest limb is cleared and T moves down, so that `even`
    // is the odd array afterwards and `odd` the even one. `left` is what the reduction before has left to
    // be added at limb 0, and what this one leaves is returned. Rows are counted from 0 to N - 1.
    static INLINE u32 reduce_limb(u32 (&even)[N], u32 (&odd)[N], u32 row, u32 left) {
        return M::SHIFT != 0 || row + 2 >= N ? reduce_by_p(even, odd, left) : reduce_by_kp(even, odd, left);
    }

    // With m k p = m (2^32 q - 1), m being the lowest limb itself.
    static INLINE u32 reduce_by_kp(u32 (&even)[N], u32 (&odd)[N], u32 left) {
        const u32 addend = even[0], next = even[1], m = addend + left;
        // Limbs 2, 4, ..., N, which move to 1, 3, ..., N - 1.
        UNROLL
        for (u32 j = 0; j + 2 < N; j += 2) {
            even[j] = j == 0 ? ptx::mad_lo_cc(M::q(1), m, even[2]) : ptx::madc_lo_cc(M::q(j + 1), m, even[j + 2]);
            even[j + 1] = ptx::madc_hi_cc(M::q(j + 1), m, even[j + 3]);
        }
        even[N - 2] = ptx::madc_lo_cc(M::q(N - 1), m, 0);
        even[N - 1] = ptx::madc_hi(M::q(N - 1), m, 0);
        // Limbs 1, 3, ..., N - 1, which move to 0, 2, ..., N - 2.
        ptx::add_cc(addend, left);
        UNROLL
        for (u32 j = 0; j < N; j += 2) {
            odd[j] = ptx::madc_lo_cc(M::q(j), m, odd[j]);
            odd[j + 1] = ptx::madc_hi_cc(M::q(j), m, odd[j + 1]);
        }
        even[N - 1] = ptx::addc(even[N - 1], 0);
        return next;
    }

    // With m p.
    static INLINE u32 reduce_by_p(u32 (&even)[N], u32 (&odd)[N], u32 left) {
        const u32 addend = even[0], lowest = addend + left;
        u32 m;
        if constexpr (M::SHIFT != 0) {
            // -(1 + 2^SHIFT) lowest.
            m = ptx::complement(lowest - 1 + (lowest << M::SHIFT));
        } else {
            m = lowest * M::K;
        }
        // Limbs 1, 3, ..., N - 1, which move to 0, 2, ..., N - 2.
        ptx::add_cc(addend, left);
        UNROLL
        for (u32 j = 0; j < N; j += 2) {
            odd[j] = ptx::madc_lo_cc(P::modulus(j + 1), m, odd[j]);
            odd[j + 1] = ptx::madc_hi_cc(P::modulus(j + 1), m, odd[j + 1]);
        }
        u32 top = M::OVERFLOWS ? ptx::addc(0, 0) : 0;
        // Limbs 0 and 1; limb 0 becomes zero, and only its carry is wanted.
        u32 next;
        if constexpr (M::SHIFT != 0) {
            // m p_0 = 2^32 m - 2^SHIFT m + m, and m + lowest = 2^SHIFT m mod 2^32: together with `lowest`
            // that is 2^32 times m - (m >> (32 - SHIFT)) and the carry of m + lowest.
            ptx::add_cc(lowest, m);
            next = ptx::addc_cc(even[1], m - (m >> (32 - M::SHIFT)));
        } else {
            ptx::mad_lo_cc(P::modulus(0), m, lowest);
            next = ptx::madc_hi_cc(P::modulus(0), m, even[1]);
        }
        // Limbs 2, 4, ..., N - 2, which move to 1, 3, ..., N - 3, and the carry out of them.
        UNROLL
        for (u32 j = 0; j + 2 < N; j += 2) {
            even[j] = ptx::madc_lo_cc(P::modulus(j + 2), m, even[j + 2]);
            even[j + 1] = ptx::madc_hi_cc(P::modulus(j + 2), m, even[j + 3]);
        }
        if constexpr (M::OVERFLOWS) {
            odd[N - 1] = ptx::addc_cc(odd[N - 1], 0);
            top = ptx::addc(top, 0);
        } else {
            odd[N - 1] = ptx::addc(odd[N - 1], 0);
        }
        even[N - 2] = 0;
        even[N - 1] = top;
        return next;
    }

    // r = T, which fits N limbs, at the end: `left` belongs to limb 0.
    static INLINE void join(u32 (&r)[N], const u32 (&even)[N], const u32 (&odd)[N], u32 left) {
        r[0] = ptx::add_cc(even[0], left);
        UNROLL
        for (u32 i = 1; i < N; i++) r[i] = i + 1 < N ? ptx::addc_cc(even[i], odd[i - 1]) : ptx::addc(even[i], odd[i - 1]);
    }

    // The products of row i of the square that lie at limbs of one parity: a_i with a_i and its second,
    // fourth, ... upper neighbour (`parity` 0), or with its first, third, ... (1).
    //
    // Every second row reaches one pair further up than the row before, where the pair is still zero and
    // takes the carry; the other rows leave their carry in the pair above.
    static INLINE void square_row(u32 (&acc)[2 * N], const u32 (&a)[N], const u32 (&doubled)[N], u32 i, u32 parity) {
        if (i + parity >= N) return;
        UNROLL
        for (u32 j = i + parity; j < N; j += 2) {
            u32 factor = j == i ? a[i] : j == i + 1 ? a[j] << 1 : doubled[j];
            u32 l = i + j - parity;
            acc[l] = j == i + parity ? ptx::mad_lo_cc(a[i], factor, acc[l]) : ptx::madc_lo_cc(a[i], factor, acc[l]);
            acc[l + 1] = ptx::madc_hi_cc(a[i], factor, acc[l + 1]);
        }
        if (i > 0 && (i + parity) % 2 == 0) acc[i + N - parity] = ptx::addc(0, 0);
    }
};
