// What follows from a modulus p of N 32-bit limbs, worked out by the compiler.
//
// R = 2^(32 N) is the Montgomery radix. Reduction adds a multiple of p that clears the lowest limb, once
// a limb (Montgomery, "Modular multiplication without trial division", Math. Comp. 44, 1985). Here that
// is m k p rather than m p, with k = -p^-1 mod 2^32: k p = 2^32 q - 1, so that m is the lowest limb t
// itself, and t + m k p = 2^32 t q. There is no multiplication for m and none for the lowest limb: N
// multiplications a limb instead of N + 2, and a shorter way to the next limb. What is added is below
// 2^64 p where m p is below 2^32 p, which the last two limbs, with p itself, make good.
#pragma once

#include "types.cuh"

template <u32 N>
struct Words {
    u32 limbs[N];
};

// `a b mod 2^32 = 1`: Newton's iteration doubles the number of right bits; 5 are right at the start.
CONSTANT u32 inverse_of_limb(u32 a) {
    u32 b = (3 * a) ^ 2;
    for (int i = 0; i < 3; i++) b *= 2 - a * b;
    return b;
}

template <class P>
struct Modulus {
    static constexpr u32 N = P::LIMBS;

    // k above.
    static constexpr u32 K = 0u - inverse_of_limb(P::modulus(0));

    // s where p = 1 - 2^s mod 2^32 and 2 s >= 32, else 0. For such a p, p^-1 = 1 + 2^s mod 2^32: the
    // factor m of the lowest limb and its product with that limb are shifts and additions, so p itself
    // is the multiple to add.
    static CONSTANT u32 find_shift() {
        for (u32 s = 16; s < 32; s++) {
            if (P::modulus(0) == 1u - (1u << s)) return s;
        }
        return 0;
    }
    static constexpr u32 SHIFT = find_shift();

    // q above: (k p + 1) / 2^32. As k p mod 2^32 = 2^32 - 1, adding one carries into the second limb.
    static CONSTANT Words<N> multiple() {
        Words<N> q{};
        u64 carry = (u64{K} * P::modulus(0) >> 32) + 1;
        for (u32 i = 1; i < N; i++) {
            u64 t = u64{K} * P::modulus(i) + carry;
            q.limbs[i - 1] = static_cast<u32>(t);
            carry = t >> 32;
        }
        q.limbs[N - 1] = static_cast<u32>(carry);
        return q;
    }

    // 2^exponent mod p, by doubling.
    static CONSTANT Words<N> power_of_two(u32 exponent) {
        Words<N> r{};
        r.limbs[0] = 1;
        for (u32 i = 0; i < exponent; i++) {
            u32 top = 0;
            for (u32 j = 0; j < N; j++) {
                u32 limb = r.limbs[j];
                r.limbs[j] = limb << 1 | top;
                top = limb >> 31;
            }
            Words<N> d{};
            u32 borrow = 0;
            for (u32 j = 0; j < N; j++) {
                u64 t = u64{r.limbs[j]} - P::modulus(j) - borrow;
                d.limbs[j] = static_cast<u32>(t);
                borrow = static_cast<u32>(t >> 63);
            }
            if (top || !borrow) r = d;
        }
        return r;
    }

    // Limbs by index, where the index is known once a loop is unrolled: they become immediates.
    static CONSTANT u32 q(u32 i) {
        constexpr Words<N> words = multiple();
        return words.limbs[i];
    }
    static CONSTANT u32 one(u32 i) {
        constexpr Words<N> words = power_of_two(32 * N);
        return words.limbs[i];
    }
    static CONSTANT u32 radix_squared(u32 i) {
        constexpr Words<N> words = power_of_two(64 * N);
        return words.limbs[i];
    }

    static_assert(N % 2 == 0, "limbs are multiplied in pairs");
    static_assert((P::modulus(0) & 1) == 1, "an odd modulus");

    // Bounds of montgomery.cuh, with p / R below (top limb + 1) / 2^32.
    static constexpr u64 UNIT = u64{1} << 32, DENSITY = u64{P::modulus(N - 1)} + 1;
    static_assert(2 * DENSITY <= UNIT, "a sum of two elements fits the limbs");
    // Whether the first of the last two rows may carry out of N + 1 limbs. Rows of a modulus with a shift
    // are all alike, and there T < A + p.
    static constexpr bool OVERFLOWS = SHIFT == 0 && 3 * DENSITY > UNIT;
    // Whether a sum of two products may be reduced at once.
    static constexpr bool TWO_PRODUCTS = (SHIFT == 0 ? 4 : 3) * DENSITY <= UNIT;
};
