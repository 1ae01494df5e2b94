// The arithmetic of kernels/include, compiled for the host, beside long arithmetic written another way.
//
// Every product is checked by r R = a b mod p with the remainder of a 512-bit number taken bit by bit.
// Values: edges of every carry (0, 1, p - 1, p - 2, (p - 1) / 2, 2^k and 2^k - 1 at limb borders and
// beside them, limbs all ones) in all pairs, then random ones. Prints one line a subject; the exit
// status says whether all held.
#include <cstdio>
#include <random>
#include <vector>

#include "../include/batch_inverse.cuh"
#include "../include/curve.cuh"
#include "../include/params/bn254_fq.cuh"
#include "../include/params/bn254_fr.cuh"

namespace {

// Other moduli, to see that a field is its parameters and nothing more.

// Twelve limbs.
struct Bls12381Fq {
    static constexpr u32 LIMBS = 12;
    static CONSTANT u32 modulus(u32 i) {
        constexpr u32 limbs[LIMBS] = {0xffffaaab, 0xb9feffff, 0xb153ffff, 0x1eabfffe, 0xf6b0f624, 0x6730d2a0,
                                      0xf38512bf, 0x64774b84, 0x434bacd7, 0x4b1ba7b6, 0x397fe69a, 0x1a0111ea};
        return limbs[i];
    }
};

// 255 bits of 256: no room for two products under one reduction.
struct Bls12381Fr {
    static constexpr u32 LIMBS = 8;
    static CONSTANT u32 modulus(u32 i) {
        constexpr u32 limbs[LIMBS] = {0x00000001, 0xffffffff, 0xfffe5bfe, 0x53bda402, 0x09a1d805, 0x3339d808,
                                      0x299d7d48, 0x73eda753};
        return limbs[i];
    }
};

// Zero limbs.
struct PallasFp {
    static constexpr u32 LIMBS = 8;
    static CONSTANT u32 modulus(u32 i) {
        constexpr u32 limbs[LIMBS] = {0x00000001, 0x992d30ed, 0x094cf91b, 0x224698fc, 0x00000000, 0x00000000,
                                      0x00000000, 0x40000000};
        return limbs[i];
    }
};

int failures = 0;

// The limbs as they are in memory, highest first.
template <class P>
void show(const Field<P>& a) {
    std::printf(" 0x");
    for (u32 i = P::LIMBS; i-- > 0;) std::printf("%08x", a.limbs[i]);
}
void show(const Affine<Fq>& a) {
    std::printf(" (");
    show(a.x);
    show(a.y);
    std::printf(" )");
}

// Counts what does not hold, and says of what it does not.
template <class... Operands>
void expect(bool holds, const char* what, const Operands&... operands) {
    if (holds || failures++ >= 20) return;
    std::printf("FAILED: %s, of", what);
    (show(operands), ...);
    std::printf("\n");
}

// Natural numbers of a fixed number of bits, a bit at a time where it is a remainder that is wanted.
template <u32 N>
struct Natural {
    u32 limbs[N] = {};

    bool bit(u32 i) const { return limbs[i / 32] >> (i % 32) & 1; }
};

template <u32 N>
bool less(const Natural<N>& a, const Natural<N>& b) {
    for (u32 i = N; i-- > 0;) {
        if (a.limbs[i] != b.limbs[i]) return a.limbs[i] < b.limbs[i];
    }
    return false;
}

// a + b and a - b with the last carry dropped.
template <u32 N>
Natural<N> plus(const Natural<N>& a, const Natural<N>& b) {
    Natural<N> r;
    u64 carry = 0;
    for (u32 i = 0; i < N; i++) {
        u64 t = u64{a.limbs[i]} + b.limbs[i] + carry;
        r.limbs[i] = static_cast<u32>(t);
        carry = t >> 32;
    }
    return r;
}
template <u32 N>
Natural<N> minus(const Natural<N>& a, const Natural<N>& b) {
    Natural<N> complement;
    for (u32 i = 0; i < N; i++) complement.limbs[i] = ~b.limbs[i];
    Natural<N> one;
    one.limbs[0] = 1;
    return plus(plus(a, complement), one);
}

template <u32 N>
Natural<2 * N> times(const Natural<N>& a, const Natural<N>& b) {
    Natural<2 * N> r;
    for (u32 i = 0; i < N; i++) {
        unsigned __int128 carry = 0;
        for (u32 j = 0; j < N; j++) {
            carry += static_cast<unsigned __int128>(a.limbs[i]) * b.limbs[j] + r.limbs[i + j];
            r.limbs[i + j] = static_cast<u32>(carry);
            carry >>= 32;
        }
        r.limbs[i + N] = static_cast<u32>(carry);
    }
    return r;
}

// `a mod p` by shifting in one bit after the other. p is below half of its limbs' range.
template <u32 W, u32 N>
Natural<N> remainder(const Natural<W>& a, const Natural<N>& p) {
    Natural<N> r;
    for (u32 i = 32 * W; i-- > 0;) {
        r = plus(r, r);
        r.limbs[0] |= a.bit(i);
        if (!less(r, p)) r = minus(r, p);
    }
    return r;
}

template <class P>
struct Subject {
    using F = Field<P>;
    static constexpr u32 N = P::LIMBS;
    using Int = Natural<N>;

    Int p;
    std::vector<F> values;
    std::mt19937_64 random{20240607};

    Subject() {
        for (u32 i = 0; i < N; i++) p.limbs[i] = P::modulus(i);
        Int one;
        one.limbs[0] = 1;
        Int half;
        for (u32 i = 0; i < N; i++) half.limbs[i] = p.limbs[i] >> 1 | (i + 1 < N ? p.limbs[i + 1] << 31 : 0);
        add(Int{});
        add(one);
        add(half);
        add(plus(half, one));
        Int below = p;
        for (u32 i = 0; i < 4; i++) add(below = minus(below, one));
        for (u32 i = 0; i < N; i++) {
            for (u32 k : {0u, 1u, 30u, 31u}) {
                Int power;
                power.limbs[i] = 1u << k;
                add(power);
                add(minus(power, one));
                add(minus(p, power));
            }
            Int ones;
            for (u32 j = 0; j <= i && j + 1 < N; j++) ones.limbs[j] = 0xffffffff;
            add(ones);
            Int upper;
            for (u32 j = i; j + 1 < N; j++) upper.limbs[j] = 0xffffffff;
            add(upper);
            // Limbs all ones under the top limb of p.
            ones.limbs[N - 1] = p.limbs[N - 1] - 1;
            add(ones);
        }
        for (u32 i = 0; i < 40; i++) add(arbitrary());
    }

    void add(const Int& value) {
        if (!less(value, p)) return;
        values.push_back(element(value));
    }

    Int arbitrary() {
        Int value;
        for (u32& limb : value.limbs) limb = static_cast<u32>(random());
        return remainder(value, p);
    }

    static F element(const Int& value) {
        F r;
        for (u32 i = 0; i < N; i++) r.limbs[i] = value.limbs[i];
        return r;
    }
    static Int integer(const F& a) {
        Int r;
        for (u32 i = 0; i < N; i++) r.limbs[i] = a.limbs[i];
        return r;
    }

    bool canonical(const F& a) const { return less(integer(a), p); }

    // r R = wanted mod p, and r below p.
    bool reduced(const F& r, const Natural<2 * N>& wanted) const {
        Natural<2 * N> shifted;
        for (u32 i = 0; i < N; i++) shifted.limbs[N + i] = r.limbs[i];
        return canonical(r) && equal(remainder(shifted, p), remainder(wanted, p));
    }

    static bool equal(const Int& a, const Int& b) { return !less(a, b) && !less(b, a); }

    void pair(const F& a, const F& b) {
        Int x = integer(a), y = integer(b);
        expect(reduced(a * b, times(x, y)), "a b", a, b);
        Int sum = plus(x, y);
        expect(equal(integer(a + b), less(sum, p) ? sum : minus(sum, p)), "a + b", a, b);
        expect(equal(integer(a - b), less(x, y) ? plus(minus(x, y), p) : minus(x, y)), "a - b", a, b);
        expect((a == b) == equal(x, y) && (a != b) != (a == b), "a == b", a, b);
    }

    void products(const F& a, const F& b, const F& c, const F& d) {
        Natural<2 * N> first = times(integer(a), integer(b)), second = times(integer(c), integer(d));
        expect(reduced(F::sum_of_products(a, b, c, d), plus(first, second)), "a b + c d", a, b, c, d);
        Natural<2 * N> negative = times(minus(p, integer(c)), integer(d));
        expect(reduced(F::difference_of_products(a, b, c, d), plus(first, negative)), "a b - c d", a, b, c, d);
    }

    void single(const F& a) {
        Int x = integer(a);
        expect(reduced(a.sqr(), times(x, x)), "a^2", a);
        expect(a.is_zero() == equal(x, Int{}), "a is zero", a);
        expect(equal(integer(a.neg()), a.is_zero() ? x : minus(p, x)), "-a", a);
        expect(a.dbl() == a + a, "2 a", a);
        Natural<2 * N> wide;
        for (u32 i = 0; i < N; i++) wide.limbs[i] = x.limbs[i];
        expect(reduced(a.from_montgomery(), wide), "a / R", a);
        expect(a.to_montgomery().from_montgomery() == a, "a R / R", a);
        expect(a * F::one() == a, "a 1", a);
        F stored;
        a.store(&stored);
        expect(F::load(&stored) == a, "load and store", a);
    }

    void inverse(const F& a) {
        F r = a.inverse();
        expect(canonical(r) && (a.is_zero() ? r.is_zero() : a * r == F::one()), "1 / a", a);
    }

    void run(const char* name) {
        int before = failures;
        for (const F& a : values) {
            single(a);
            for (const F& b : values) pair(a, b);
        }
        for (const F& a : values) inverse(a);
        for (u32 i = 0; i < 10000; i++) {
            F a = values[random() % values.size()], b = values[random() % values.size()];
            F c = values[random() % values.size()], d = values[random() % values.size()];
            products(a, b, c, d);
            F x = element(arbitrary()), y = element(arbitrary());
            pair(x, y);
            single(x);
            products(x, y, a, b);
        }
        std::printf("%s: %zu edge values, %d failures\n", name, values.size(), failures - before);
    }
};

// Points of y^2 = x^3 + 3 over Fq by the textbook's affine formulas, from field operations that
// `Subject` has tested.
struct Points {
    using Point = Affine<Fq>;
    std::vector<Point> multiples{Point::identity()};

    // The generator (1, 2) and its multiples, each with its negative.
    Points() {
        const Point generator{Fq::one(), Fq::one().dbl()};
        Point walk = generator;
        for (u32 i = 0; i < 20; i++) {
            multiples.push_back(walk);
            multiples.push_back(walk.neg());
            walk = sum(walk, generator);
        }
    }

    static bool equal(const Point& a, const Point& b) { return a.x == b.x && a.y == b.y; }

    static Point sum(const Point& a, const Point& b) {
        if (a.is_identity()) return b;
        if (b.is_identity()) return a;
        if (equal(a, b.neg())) return Point::identity();
        Fq numerator = b.y - a.y, denominator = b.x - a.x;
        if (equal(a, b)) {
            numerator = a.x.sqr() + a.x.sqr() + a.x.sqr();
            denominator = a.y + a.y;
        }
        Fq slope = numerator * denominator.inverse();
        Fq x = slope * slope - a.x - b.x;
        return Point{x, slope * (a.x - x) - a.y};
    }

    // The same point with an arbitrary denominator.
    Xyzz<Fq> scaled(const Point& a) {
        Fq z;
        do {
            z = Subject<Bn254Fq>::element(field.arbitrary());
        } while (z.is_zero());
        Fq zz = z.sqr(), zzz = zz * z;
        if (a.is_identity()) return Xyzz<Fq>::identity();
        return Xyzz<Fq>{a.x * zz, a.y * zzz, zz, zzz};
    }

    static bool is(const Xyzz<Fq>& a, const Point& wanted) {
        if (wanted.is_identity()) return a.is_identity();
        return !a.is_identity() && a.zz.sqr() * a.zz == a.zzz.sqr() && a.x == wanted.x * a.zz && a.y == wanted.y * a.zzz;
    }

    void run() {
        int before = failures;
        for (const Point& a : multiples) {
            expect(a.is_identity() || a.y.sqr() == a.x.sqr() * a.x + three(), "a point on the curve", a);
            expect(is(Xyzz<Fq>::from(a), a), "affine to XYZZ", a);
            expect(is(Xyzz<Fq>::dbl(a), sum(a, a)), "2 P of an affine point", a);
            expect(is(scaled(a).dbl(), sum(a, a)), "2 P", a);
            expect(is(scaled(a).neg(), a.neg()), "-P", a);
            for (const Point& b : multiples) {
                Point wanted = sum(a, b);
                expect(is(scaled(a).add(b), wanted), "P + Q, Q affine", a, b);
                expect(is(scaled(a).add(scaled(b)), wanted), "P + Q", a, b);
                expect(is(Xyzz<Fq>::from(a).add(Xyzz<Fq>::from(b)), wanted), "P + Q without denominators", a, b);
            }
        }
        std::printf("G1 of BN254: %zu points, %d failures\n", multiples.size(), failures - before);
    }

    static Fq three() { return Fq::one() + Fq::one() + Fq::one(); }

    Subject<Bn254Fq> field;
};

template <class P, u32 COUNT>
void batch_inversion(const char* name) {
    int before = failures;
    Subject<P> field;
    for (u32 first = 0; first + COUNT <= field.values.size(); first++) {
        Field<P> values[COUNT];
        for (u32 i = 0; i < COUNT; i++) values[i] = field.values[first + i];
        batch_inverse(values);
        for (u32 i = 0; i < COUNT; i++) {
            const Field<P>& value = field.values[first + i];
            expect(values[i] == value.inverse(), "inverses of a batch", value);
        }
    }
    std::printf("%s: %d failures\n", name, failures - before);
}

}  // namespace

int main() {
    Subject<Bn254Fr>().run("Fr of BN254");
    Subject<Bn254Fq>().run("Fq of BN254");
    Subject<Bls12381Fq>().run("Fq of BLS12-381");
    Subject<Bls12381Fr>().run("Fr of BLS12-381");
    Subject<PallasFp>().run("Fp of Pallas");
    batch_inversion<Bn254Fr, 5>("inverses of batches in Fr");
    Points().run();
    return failures == 0 ? 0 : 1;
}
