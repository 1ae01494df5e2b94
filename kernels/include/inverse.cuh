// The inverse of one field element, by one thread, with few multiplications.
//
// Bernstein and Yang, "Fast constant-time gcd computation and modular inversion", 2019, section 11:
// division steps on the lowest bits of f and g, thirty at a time, gathered in a matrix that is then
// applied to all of f and g; with the delta that starts at one half (Wuille, 2021), which takes fewer
// steps. Each thirty steps cost about 330 simple instructions and 99 multiplications, and there are at
// most twenty of them for a modulus of 256 bits: a twentieth of the multiplications of a^(p-2), and no
// chain of 64 carries that depend on each other.
#pragma once

#include "field.cuh"

template <class P>
struct Inversion {
    using M = Modulus<P>;
    static constexpr u32 N = P::LIMBS;
    static constexpr u32 BITS = 30;
    static constexpr i32 MASK = (1 << BITS) - 1;
    // For a value, its sign, and the bits by which d and e may outgrow the modulus: 4 of the 14 after the 30
    // rounds that a modulus of 384 bits takes.
    static constexpr u32 LIMBS = (32 * N + 14 + BITS - 1) / BITS;

    // limbs[i] 2^(30 i), all but the last in [0, 2^30), the last one with the sign.
    struct Signed {
        i32 limbs[LIMBS];
    };

    // 2^30 times the steps: f' = (u f + v g) / 2^30, g' = (q f + r g) / 2^30.
    struct Steps {
        i32 u, v, q, r;
    };

    template <class Limb>
    static CONSTANT i32 bits_at(u32 position, Limb limb) {
        const u32 i = position / 32, shift = position % 32;
        const u64 pair = u64{i + 1 < N ? limb(i + 1) : 0} << 32 | (i < N ? limb(i) : 0);
        return static_cast<i32>(static_cast<u32>(pair >> shift)) & MASK;
    }
    static CONSTANT i32 modulus(u32 i) {
        return bits_at(BITS * i, [](u32 j) { return P::modulus(j); });
    }
    static CONSTANT i32 radix_squared(u32 i) {
        return bits_at(BITS * i, [](u32 j) { return M::radix_squared(j); });
    }

    // Thirty division steps on the low bits. `delta` is theirs less one half.
    static INLINE Steps divide(i32& delta, u32 f, u32 g) {
        i32 u = 1, v = 0, q = 0, r = 1;
        for (u32 step = 0; step < BITS; step++) {
            const bool odd = g & 1, swap = odd && delta >= 0;
            const u32 old_f = f;
            const i32 old_u = u, old_v = v;
            if (swap) {
                f = g;
                g = 0u - old_f;
                u = q;
                q = -old_u;
                v = r;
                r = -old_v;
            }
            delta = swap ? -delta : delta + 1;
            if (odd) {
                g += f;
                q += u;
                r += v;
            }
            g >>= 1;
            u *= 2;
            v *= 2;
        }
        return Steps{u, v, q, r};
    }

    // The steps applied to f and g, which they leave divisible by 2^30.
    static INLINE void apply(const Steps& s, Signed& f, Signed& g) {
        i64 sum_f = i64{s.u} * f.limbs[0] + i64{s.v} * g.limbs[0];
        i64 sum_g = i64{s.q} * f.limbs[0] + i64{s.r} * g.limbs[0];
        UNROLL
        for (u32 i = 1; i < LIMBS; i++) {
            sum_f = (sum_f >> BITS) + i64{s.u} * f.limbs[i] + i64{s.v} * g.limbs[i];
            sum_g = (sum_g >> BITS) + i64{s.q} * f.limbs[i] + i64{s.r} * g.limbs[i];
            f.limbs[i - 1] = static_cast<i32>(sum_f) & MASK;
            g.limbs[i - 1] = static_cast<i32>(sum_g) & MASK;
        }
        f.limbs[LIMBS - 1] = static_cast<i32>(sum_f >> BITS);
        g.limbs[LIMBS - 1] = static_cast<i32>(sum_g >> BITS);
    }

    // The steps applied to d and e modulo p, made divisible by a multiple of p of at most p 2^29 either
    // way: |d| and |e| grow by at most p / 2, since |u| + |v| and |q| + |r| are at most 2^30.
    static INLINE void apply_modulo(const Steps& s, Signed& d, Signed& e) {
        i64 sum_d = i64{s.u} * d.limbs[0] + i64{s.v} * e.limbs[0];
        i64 sum_e = i64{s.q} * d.limbs[0] + i64{s.r} * e.limbs[0];
        const i32 multiple_d = multiple(sum_d), multiple_e = multiple(sum_e);
        sum_d += i64{multiple_d} * modulus(0);
        sum_e += i64{multiple_e} * modulus(0);
        UNROLL
        for (u32 i = 1; i < LIMBS; i++) {
            sum_d = (sum_d >> BITS) + i64{s.u} * d.limbs[i] + i64{s.v} * e.limbs[i] + i64{multiple_d} * modulus(i);
            sum_e = (sum_e >> BITS) + i64{s.q} * d.limbs[i] + i64{s.r} * e.limbs[i] + i64{multiple_e} * modulus(i);
            d.limbs[i - 1] = static_cast<i32>(sum_d) & MASK;
            e.limbs[i - 1] = static_cast<i32>(sum_e) & MASK;
        }
        d.limbs[LIMBS - 1] = static_cast<i32>(sum_d >> BITS);
        e.limbs[LIMBS - 1] = static_cast<i32>(sum_e >> BITS);
    }

    // The m in [-2^29, 2^29) for which sum + m p is divisible by 2^30.
    static INLINE i32 multiple(i64 sum) {
        const u32 m = static_cast<u32>(sum) * (0u - inverse_of_limb(P::modulus(0)));
        return static_cast<i32>(m << (32 - BITS)) >> (32 - BITS);
    }

    static INLINE bool is_zero(const Signed& a) {
        i32 any = 0;
        UNROLL
        for (u32 i = 0; i < LIMBS; i++) any |= a.limbs[i];
        return any == 0;
    }

    // a + factor p.
    static INLINE Signed add_modulus(const Signed& a, i32 factor) {
        Signed r;
        i32 carry = 0;
        UNROLL
        for (u32 i = 0; i < LIMBS; i++) {
            const i32 sum = a.limbs[i] + factor * modulus(i) + carry;
            carry = sum >> BITS;
            r.limbs[i] = i + 1 < LIMBS ? sum & MASK : sum;
        }
        return r;
    }

    static INLINE bool is_negative(const Signed& a) { return a.limbs[LIMBS - 1] < 0; }

    // x^-1 R^2 mod p for the limbs of x: of the Montgomery form of a the Montgomery form of a^-1.
    //
    // Throughout f = d x / R^2 and g = e x / R^2 mod p. f ends as the greatest common divisor of p and
    // x, up to sign: 1, or p if x is zero, for which d is zero still.
    static INLINE Field<P> inverse(const Field<P>& x) {
        Signed f, g, d, e;
        UNROLL
        for (u32 i = 0; i < LIMBS; i++) {
            f.limbs[i] = modulus(i);
            g.limbs[i] = bits_at(BITS * i, [&](u32 j) { return x.limbs[j]; });
            d.limbs[i] = 0;
            e.limbs[i] = radix_squared(i);
        }
        i32 delta = 0;
        while (!is_zero(g)) {
            const u32 low_f = static_cast<u32>(f.limbs[0]) | static_cast<u32>(f.limbs[1]) << BITS;
            const u32 low_g = static_cast<u32>(g.limbs[0]) | static_cast<u32>(g.limbs[1]) << BITS;
            const Steps steps = divide(delta, low_f, low_g);
            apply(steps, f, g);
            apply_modulo(steps, d, e);
        }
        if (is_negative(f)) {
            i32 carry = 0;
            UNROLL
            for (u32 i = 0; i < LIMBS; i++) {
                const i32 sum = carry - d.limbs[i];
                carry = sum >> BITS;
                d.limbs[i] = i + 1 < LIMBS ? sum & MASK : sum;
            }
        }
        while (is_negative(d)) d = add_modulus(d, 1);
        for (;;) {
            const Signed less = add_modulus(d, -1);
            if (is_negative(less)) break;
            d = less;
        }
        Field<P> r;
        UNROLL
        for (u32 i = 0; i < N; i++) {
            const u32 first = 32 * i / BITS, shift = 32 * i % BITS;
            u64 pair = static_cast<u32>(d.limbs[first]) | u64{static_cast<u32>(d.limbs[first + 1])} << BITS;
            if (first + 2 < LIMBS) pair |= u64{static_cast<u32>(d.limbs[first + 2])} << (2 * BITS);
            r.limbs[i] = static_cast<u32>(pair >> shift);
        }
        return r;
    }
};

template <class P>
INLINE Field<P> Field<P>::inverse() const {
    return Inversion<P>::inverse(*this);
}
