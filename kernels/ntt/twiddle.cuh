// Multiplication by a factor that is known beforehand: 107 products of limbs instead of 120.
//
// A twiddle w comes with its quotient w' = floor(w R / p), R = 2^(32 N). Then q = floor(a w' / R) is
// the quotient of a w by p or at most one less, and a w - q p, which needs the lower halves of two
// products alone, is a w mod p or p more. (Shoup's trick; Harvey, "Faster arithmetic for
// number-theoretic transforms", J. Symb. Comp. 60, 2014, section 2.) It takes any a < R, reduced or
// not, and w stands for itself, not in Montgomery form: a in Montgomery form stays in it.
//
// Products for N = 8: for q those at limbs 6 and above of a w', 43; for a w mod R those at limbs 0 to
// 7, 36; for q p mod R 36 again, or 28 where p = 1 - 2^s mod 2^32 and the lowest limb's are shifts. Of
// the two lower halves 8 and 7 need no upper half and are plain multiplications: 92 wide, 15 plain.
//
// Bound. q leaves out the products at limbs 0 to N - 3, which are below (N - 1) 2^-32 R together, and
// w' is less than one below w R / p: so for a < B p the result is below p (1 + B p / R + 2^-29).
#pragma once

#include "lazy.cuh"

template <class P>
struct alignas(16) Twiddle {
    static constexpr u32 N = P::LIMBS;

    u32 value[N];
    u32 quotient[N];

    static INLINE Twiddle load(const Twiddle* address) {
        const Field<P>* halves = reinterpret_cast<const Field<P>*>(address);
        Field<P> value = Field<P>::load(halves), quotient = Field<P>::load(halves + 1);
        Twiddle r;
        UNROLL
        for (u32 i = 0; i < N; i++) {
            r.value[i] = value.limbs[i];
            r.quotient[i] = quotient.limbs[i];
        }
        return r;
    }

    INLINE void store(Twiddle* address) const {
        Field<P> halves[2];
        UNROLL
        for (u32 i = 0; i < N; i++) {
            halves[0].limbs[i] = value[i];
            halves[1].limbs[i] = quotient[i];
        }
        halves[0].store(reinterpret_cast<Field<P>*>(address));
        halves[1].store(reinterpret_cast<Field<P>*>(address) + 1);
    }

    // The twiddle of a field element. Its Montgomery form m is w R mod p, so w R - m = w' p, and modulo
    // R that says w' = m (-p^-1).
    static INLINE Twiddle of(const Field<P>& element) {
        Field<P> value = element.from_montgomery();
        Twiddle r;
        u32 even[N] = {}, odd[N] = {}, inverse[N];
        UNROLL
        for (u32 i = 0; i < N; i++) {
            r.value[i] = value.limbs[i];
            inverse[i] = negative_inverse(i);
        }
        add_low_product<0>(even, odd, element.limbs, inverse);
        join(r.quotient, even, odd);
        return r;
    }

    // The bound of a product with a value of bound B.
    static CONSTANT u32 product_bound(u32 b) {
        return P_BOUND + static_cast<u32>(b * LazyLimits<P>::DENSITY >> 32) + 2;
    }

    template <u32 B>
    friend INLINE Lazy<P, product_bound(B)> operator*(const Lazy<P, B>& a, const Twiddle& w) {
        constexpr u32 SHIFT = Modulus<P>::SHIFT;
        u32 q[N], even[N] = {}, odd[N] = {}, negative_p[N];
        high_product(q, a.limbs, w.quotient);
        UNROLL
        for (u32 i = 0; i < N; i++) negative_p[i] = negative_modulus(i);

        // a w + q (-p). The lowest limb of -p is 2^s - 1: it goes in as a shift and a subtraction.
        if constexpr (SHIFT != 0) {
            even[0] = q[0] << SHIFT;
            UNROLL
            for (u32 i = 1; i < N; i++) even[i] = q[i] << SHIFT | q[i - 1] >> (32 - SHIFT);
        }
        add_low_product<0>(even, odd, a.limbs, w.value);
        add_low_product<SHIFT != 0 ? 1 : 0>(even, odd, q, negative_p);
        Lazy<P, product_bound(B)> r;
        join(r.limbs, even, odd);
        if constexpr (SHIFT != 0) {
            r.limbs[0] = ptx::sub_cc(r.limbs[0], q[0]);
            UNROLL
            for (u32 i = 1; i < N; i++) r.limbs[i] = ptx::subc_cc(r.limbs[i], q[i]);
        }
        return r;
    }

  private:
    // -p^-1 mod R, a limb at a time: each clears one more limb of 1 + p x.
    static CONSTANT Words<N> find_negative_inverse() {
        Words<N> x{}, sum{};
        sum.limbs[0] = 1;
        for (u32 i = 0; i < N; i++) {
            x.limbs[i] = 0u - sum.limbs[i] * inverse_of_limb(P::modulus(0));
            u64 carry = 0;
            for (u32 j = 0; i + j < N; j++) {
                u64 t = u64{x.limbs[i]} * P::modulus(j) + sum.limbs[i + j] + carry;
                sum.limbs[i + j] = static_cast<u32>(t);
                carry = t >> 32;
            }
        }
        return x;
    }
    // Limb `i` of -p mod R.
    static CONSTANT u32 negative_modulus(u32 i) { return i == 0 ? 0u - P::modulus(0) : ~P::modulus(i); }

    // Limb `i` of -p^-1 mod R.
    static CONSTANT u32 negative_inverse(u32 i) {
        constexpr Words<N> words = find_negative_inverse();
        return words.limbs[i];
    }

    // q = the sum of the products at limbs N - 2 and above, over R.
    //
    // `even` takes the products at even limbs, `odd` those at odd limbs, so that each has a pair of limbs
    // to itself in its row. Every second row reaches one pair further up, where there is room for the
    // carry; the other rows leave their carry in the pair above.
    static INLINE void high_product(u32 (&q)[N], const u32 (&a)[N], const u32 (&b)[N]) {
        u32 even[2 * N] = {}, odd[2 * N] = {};
        add_high_rows<0>(even, odd, a, b);
        ptx::add_cc(even[N - 1], odd[N - 1]);
        UNROLL
        for (u32 i = 0; i < N; i++) q[i] = ptx::addc_cc(even[N + i], odd[N + i]);
    }

    // Rows I and after: limb I of a times b. (The chains are written as recursions, and not as loops, so
    // that a compiler has nothing to decide when it has unrolled them.)
    template <u32 I>
    static INLINE void add_high_rows(u32 (&even)[2 * N], u32 (&odd)[2 * N], const u32 (&a)[N], const u32 (&b)[N]) {
        constexpr u32 FIRST_EVEN = I < N - 2 ? N - 2 : (I + 1) / 2 * 2;
        constexpr u32 FIRST_ODD = I < N - 1 ? N - 1 : I / 2 * 2 + 1;
        add_high_row<I, FIRST_EVEN, true>(even, a[I], b);
        add_high_row<I, FIRST_ODD, true>(odd, a[I], b);
        if constexpr (I + 1 < N) add_high_rows<I + 1>(even, odd, a, b);
    }

    // The products of row I at limbs L, L + 2, ...
    template <u32 I, u32 L, bool FIRST>
    static INLINE void add_high_row(u32 (&acc)[2 * N], u32 a, const u32 (&b)[N]) {
        if constexpr (L < I + N) {
            acc[L] = FIRST ? ptx::mad_lo_cc(a, b[L - I], acc[L]) : ptx::madc_lo_cc(a, b[L - I], acc[L]);
            acc[L + 1] = ptx::madc_hi_cc(a, b[L - I], acc[L + 1]);
            add_high_row<I, L + 2, false>(acc, a, b);
        } else if constexpr (L == I + N && I > 0) {
            acc[L] = ptx::addc(0, 0);
        }
    }

    // even + odd 2^32 += a (b without its limbs below FIRST) mod R. `even[l]` is limb l, `odd[l]` limb
    // l + 1.
    template <u32 FIRST>
    static INLINE void add_low_product(u32 (&even)[N], u32 (&odd)[N], const u32 (&a)[N], const u32 (&b)[N]) {
        add_low_rows<FIRST, 0>(even, odd, a, b);
    }

    template <u32 FIRST, u32 I>
    static INLINE void add_low_rows(u32 (&even)[N], u32 (&odd)[N], const u32 (&a)[N], const u32 (&b)[N]) {
        constexpr u32 L = I + FIRST;
        add_low_row<I, L + L % 2, 0, true>(even, a[I], b);
        add_low_row<I, L + 1 - L % 2, 1, true>(odd, a[I], b);
        if constexpr (I + 1 < N) add_low_rows<FIRST, I + 1>(even, odd, a, b);
    }

    // The products of row I at limbs L, L + 2, ... below N; limb l is at acc[l - SHIFTED]. Of the product
    // at limb N - 1 only the lower half counts.
    template <u32 I, u32 L, u32 SHIFTED, bool FIRST>
    static INLINE void add_low_row(u32 (&acc)[N], u32 a, const u32 (&b)[N]) {
        if constexpr (L + 1 < N) {
            constexpr u32 AT = L - SHIFTED;
            acc[AT] = FIRST ? ptx::mad_lo_cc(a, b[L - I], acc[AT]) : ptx::madc_lo_cc(a, b[L - I], acc[AT]);
            acc[AT + 1] = ptx::madc_hi_cc(a, b[L - I], acc[AT + 1]);
            add_low_row<I, L + 2, SHIFTED, false>(acc, a, b);
        } else if constexpr (L + 1 == N) {
            constexpr u32 AT = L - SHIFTED;
            acc[AT] = FIRST ? acc[AT] + a * b[L - I] : ptx::madc_lo_cc(a, b[L - I], acc[AT]);
        }
    }

    // r = even + odd 2^32 mod R.
    static INLINE void join(u32 (&r)[N], const u32 (&even)[N], const u32 (&odd)[N]) {
        r[0] = even[0];
        r[1] = ptx::add_cc(even[1], odd[0]);
        UNROLL
        for (u32 i = 2; i < N; i++) r[i] = ptx::addc_cc(even[i], odd[i - 1]);
    }
};
