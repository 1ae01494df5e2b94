// A prime field on 32-bit limbs in Montgomery form.
//
// `Field<P>` is what memory holds: P::LIMBS limbs, least significant first, of the value times R mod p
// with R = 2^(32 LIMBS), always canonical (below p). For BN254 it is halo2curves' representation byte
// for byte. P is one of params/: a modulus and its number of limbs, nothing else.
//
// Wide multiplications (N = 8, 64-bit products of 32-bit limbs): `*` 130 for Fq and 120 for Fr, `sqr`
// 102 and 92, `sum_of_products` 194 and 184.
#pragma once

#include "montgomery.cuh"

template <class P>
struct alignas(16) Field {
    static constexpr u32 N = P::LIMBS;
    using M = Modulus<P>;

    u32 limbs[N];

    static INLINE Field zero() {
        Field r;
        UNROLL
        for (u32 i = 0; i < N; i++) r.limbs[i] = 0;
        return r;
    }

    static INLINE Field one() {
        Field r;
        UNROLL
        for (u32 i = 0; i < N; i++) r.limbs[i] = M::one(i);
        return r;
    }

    // Reads an element, 16 bytes at a time. With 32-bit loads ptxas cannot keep limbs in aligned pairs of
    // registers, and takes two instructions for a wide product.
    static INLINE Field load(const Field* address) {
        Field r;
        UNROLL
        for (u32 i = 0; i < N; i += 4) {
            Quad quad = reinterpret_cast<const Quad*>(address)[i / 4];
            r.limbs[i] = quad.x;
            r.limbs[i + 1] = quad.y;
            r.limbs[i + 2] = quad.z;
            r.limbs[i + 3] = quad.w;
        }
        return r;
    }

    INLINE void store(Field* address) const {
        UNROLL
        for (u32 i = 0; i < N; i += 4) {
            reinterpret_cast<Quad*>(address)[i / 4] = Quad{limbs[i], limbs[i + 1], limbs[i + 2], limbs[i + 3]};
        }
    }

    INLINE bool is_zero() const {
        u32 any = 0;
        UNROLL
        for (u32 i = 0; i < N; i++) any |= limbs[i];
        return any == 0;
    }

    friend INLINE bool operator==(const Field& a, const Field& b) {
        u32 any = 0;
        UNROLL
        for (u32 i = 0; i < N; i++) any |= a.limbs[i] ^ b.limbs[i];
        return any == 0;
    }
    friend INLINE bool operator!=(const Field& a, const Field& b) { return !(a == b); }

    friend INLINE Field operator+(const Field& a, const Field& b) {
        Field r;
        r.limbs[0] = ptx::add_cc(a.limbs[0], b.limbs[0]);
        UNROLL
        for (u32 i = 1; i < N; i++) {
            r.limbs[i] = i + 1 < N ? ptx::addc_cc(a.limbs[i], b.limbs[i]) : ptx::addc(a.limbs[i], b.limbs[i]);
        }
        return r.canonical();
    }

    friend INLINE Field operator-(const Field& a, const Field& b) {
        Field r;
        u32 negative = subtract(r.limbs, a.limbs, b.limbs);
        r.limbs[0] = ptx::add_cc(r.limbs[0], P::modulus(0) & negative);
        UNROLL
        for (u32 i = 1; i < N; i++) {
            u32 limb = P::modulus(i) & negative;
            r.limbs[i] = i + 1 < N ? ptx::addc_cc(r.limbs[i], limb) : ptx::addc(r.limbs[i], limb);
        }
        return r;
    }

    INLINE Field neg() const {
        Field r = negated_below_or_equal_p();
        return is_zero() ? zero() : r;
    }

    INLINE Field dbl() const { return *this + *this; }

    friend INLINE Field operator*(const Field& a, const Field& b) {
        Field r;
        Montgomery<P>::multiply(r.limbs, a.limbs, b.limbs);
        return r.canonical();
    }

    INLINE Field sqr() const {
        Field r;
        Montgomery<P>::square(r.limbs, limbs);
        return r.canonical();
    }

    // a b + c d, with one reduction where the modulus leaves room for it.
    static INLINE Field sum_of_products(const Field& a, const Field& b, const Field& c, const Field& d) {
        if constexpr (M::TWO_PRODUCTS) {
            Field r;
            Montgomery<P>::multiply_two(r.limbs, a.limbs, b.limbs, c.limbs, d.limbs);
            return r.canonical();
        } else {
            return a * b + c * d;
        }
    }

    // a b - c d. The negated factor may be p itself, which the bounds allow.
    static INLINE Field difference_of_products(const Field& a, const Field& b, const Field& c, const Field& d) {
        return sum_of_products(a, b, c.negated_below_or_equal_p(), d);
    }

    // The integer that the element stands for, as plain limbs below p, and back.
    INLINE Field from_montgomery() const {
        u32 even[N], odd[N];
        UNROLL
        for (u32 i = 0; i < N; i++) {
            even[i] = limbs[i];
            odd[i] = 0;
        }
        Field r;
        Montgomery<P>::reduce(r.limbs, even, odd);
        return r.canonical();
    }
    INLINE Field to_montgomery() const {
        Field radix_squared;
        UNROLL
        for (u32 i = 0; i < N; i++) radix_squared.limbs[i] = M::radix_squared(i);
        return *this * radix_squared;
    }

    // a^-1, and 0 of 0; see inverse.cuh.
    INLINE Field inverse() const;

    // The element of a value below 2 p.
    INLINE Field canonical() const {
        Field reduced;
        u32 p[N];
        UNROLL
        for (u32 i = 0; i < N; i++) p[i] = P::modulus(i);
        u32 negative = subtract(reduced.limbs, limbs, p);
        UNROLL
        for (u32 i = 0; i < N; i++) reduced.limbs[i] = negative ? limbs[i] : reduced.limbs[i];
        return reduced;
    }

  private:
    struct alignas(16) Quad {
        u32 x, y, z, w;
    };

    // r = a - b mod R; all ones if that is negative, else zero.
    static INLINE u32 subtract(u32 (&r)[N], const u32 (&a)[N], const u32 (&b)[N]) {
        r[0] = ptx::sub_cc(a[0], b[0]);
        UNROLL
        for (u32 i = 1; i < N; i++) r[i] = ptx::subc_cc(a[i], b[i]);
        return ptx::subc(0, 0);
    }

    // p - a, which is p for zero.
    INLINE Field negated_below_or_equal_p() const {
        Field r;
        u32 p[N];
        UNROLL
        for (u32 i = 0; i < N; i++) p[i] = P::modulus(i);
        subtract(r.limbs, p, limbs);
        return r;
    }
};

#include "inverse.cuh"
