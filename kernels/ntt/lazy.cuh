// Field elements that are not reduced, with the bound that proves that they need not be.
//
// `Lazy<P, B>` is any representative below B/64 of p that fits the limbs: additions add bounds,
// subtractions add the multiple of p that keeps them positive, and what would not fit does not compile.
// 254-bit moduli leave room for representatives up to 5.28 p.
#pragma once

#include "../include/field.cuh"

// The bound of p itself: bounds are in 64ths of p.
constexpr u32 P_BOUND = 64;

template <class P>
struct LazyLimits {
    static constexpr u32 N = P::LIMBS;

    // p / 2^(32 N), rounded up, in units of 2^-32.
    static constexpr u64 DENSITY = u64{P::modulus(N - 1)} + 1;

    // The largest bound whose values all fit the limbs.
    static constexpr u32 LARGEST = static_cast<u32>((u64{P_BOUND} << 32) / DENSITY);

    // Limb `i` of M p.
    template <u32 M>
    static CONSTANT u32 multiple(u32 i) {
        constexpr Words<N> words = multiply(M);
        return words.limbs[i];
    }

  private:
    static CONSTANT Words<N> multiply(u32 m) {
        Words<N> r{};
        u64 carry = 0;
        for (u32 i = 0; i < N; i++) {
            u64 t = u64{m} * P::modulus(i) + carry;
            r.limbs[i] = static_cast<u32>(t);
            carry = t >> 32;
        }
        return r;
    }
};

CONSTANT u32 lazy_max(u32 a, u32 b) { return a > b ? a : b; }

template <class P, u32 B>
struct Lazy;

// a, or a - M p where that is not negative: the larger bound of M p and of what M p leaves of B.
template <u32 M, class P, u32 B>
INLINE Lazy<P, lazy_max(M * P_BOUND, B - M * P_BOUND)> reduced(const Lazy<P, B>& a);

template <class P, u32 B>
struct Lazy {
    static constexpr u32 N = P::LIMBS;
    static constexpr u32 BOUND = B;
    static_assert(B <= LazyLimits<P>::LARGEST, "a sum would not fit the limbs: reduce before");

    u32 limbs[N];

    // The same value under a bound that is no smaller.
    template <u32 A>
    static INLINE Lazy from(const Lazy<P, A>& a) {
        static_assert(A <= B, "a bound may not shrink without a reduction");
        Lazy r;
        UNROLL
        for (u32 i = 0; i < N; i++) r.limbs[i] = a.limbs[i];
        return r;
    }

    static INLINE Lazy from(const Field<P>& a) {
        static_assert(P_BOUND <= B, "a field element is below p");
        Lazy r;
        UNROLL
        for (u32 i = 0; i < N; i++) r.limbs[i] = a.limbs[i];
        return r;
    }

    // Memory that holds values under this bound.
    static INLINE Lazy load(const Field<P>* address) {
        Field<P> words = Field<P>::load(address);
        Lazy r;
        UNROLL
        for (u32 i = 0; i < N; i++) r.limbs[i] = words.limbs[i];
        return r;
    }
    INLINE void store(Field<P>* address) const {
        Field<P> words;
        UNROLL
        for (u32 i = 0; i < N; i++) words.limbs[i] = limbs[i];
        words.store(address);
    }

    // The canonical element.
    INLINE Field<P> canonical() const {
        Field<P> r;
        if constexpr (B > 4 * P_BOUND) {
            r = ::reduced<4>(*this).canonical();
        } else if constexpr (B > 2 * P_BOUND) {
            r = ::reduced<2>(*this).canonical();
        } else {
            Lazy<P, P_BOUND> once = ::reduced<1>(*this);
            UNROLL
            for (u32 i = 0; i < N; i++) r.limbs[i] = once.limbs[i];
        }
        return r;
    }
};

template <class P, u32 A, u32 B>
INLINE Lazy<P, A + B> operator+(const Lazy<P, A>& a, const Lazy<P, B>& b) {
    constexpr u32 N = P::LIMBS;
    Lazy<P, A + B> r;
    r.limbs[0] = ptx::add_cc(a.limbs[0], b.limbs[0]);
    UNROLL
    for (u32 i = 1; i < N; i++) {
        r.limbs[i] = ptx::addc_cc(a.limbs[i], b.limbs[i]);
    }
    return r;
}

template <u32 M, class P, u32 B>
INLINE Lazy<P, lazy_max(M * P_BOUND, B - M * P_BOUND)> reduced(const Lazy<P, B>& a) {
    static_assert(B > M * P_BOUND, "already below M p");
    constexpr u32 N = P::LIMBS;
    using Limits = LazyLimits<P>;
    Lazy<P, lazy_max(M * P_BOUND, B - M * P_BOUND)> r;
    r.limbs[0] = ptx::sub_cc(a.limbs[0], Limits::template multiple<M>(0));
    UNROLL
    for (u32 i = 1; i < N; i++) r.limbs[i] = ptx::subc_cc(a.limbs[i], Limits::template multiple<M>(i));
    u32 negative = ptx::subc(0, 0);
    UNROLL
    for (u32 i = 0; i < N; i++) r.limbs[i] = negative ? a.limbs[i] : r.limbs[i];
    return r;
}

// a - b, or a - b + M p where that is negative, with M p the first multiple above b.
template <class P, u32 A, u32 B>
INLINE Lazy<P, lazy_max(A, (B + P_BOUND - 1) / P_BOUND * P_BOUND)> operator-(const Lazy<P, A>& a,
                                                                            const Lazy<P, B>& b) {
    constexpr u32 N = P::LIMBS;
    constexpr u32 M = (B + P_BOUND - 1) / P_BOUND;
    using Limits = LazyLimits<P>;
    Lazy<P, lazy_max(A, M * P_BOUND)> r;
    r.limbs[0] = ptx::sub_cc(a.limbs[0], b.limbs[0]);
    UNROLL
    for (u32 i = 1; i < N; i++) r.limbs[i] = ptx::subc_cc(a.limbs[i], b.limbs[i]);
    u32 negative = ptx::subc(0, 0);
    r.limbs[0] = ptx::add_cc(r.limbs[0], Limits::template multiple<M>(0) & negative);
    UNROLL
    for (u32 i = 1; i < N; i++) {
        u32 limb = Limits::template multiple<M>(i) & negative;
        r.limbs[i] = ptx::addc_cc(r.limbs[i], limb);
    }
    return r;
}
