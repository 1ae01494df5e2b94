// Short Weierstrass curves y^2 = x^3 + b over a field F, so with a = 0, of odd order: BN254's and
// BLS12-381's G1, Pasta. b itself is in none of the formulas.
//
// Formulas are those of the Explicit-Formulas Database, "XYZZ coordinates for short Weierstrass
// curves": madd-2008-s, add-2008-s, dbl-2008-s-1, mdbl-2008-s-1. A difference of two products is reduced
// once. Every input is right: identity on either side, equal points, opposite points.
#pragma once

#include "field.cuh"

// Affine point as memory holds it: x, y, and (0, 0) for the identity, which is on no such curve.
template <class F>
struct Affine {
    F x, y;

    static INLINE Affine load(const Affine* address) { return Affine{F::load(&address->x), F::load(&address->y)}; }
    INLINE void store(Affine* address) const {
        x.store(&address->x);
        y.store(&address->y);
    }

    static INLINE Affine identity() { return Affine{F::zero(), F::zero()}; }
    INLINE bool is_identity() const { return x.is_zero() && y.is_zero(); }

    INLINE Affine neg() const { return Affine{x, y.neg()}; }
};

// x = X / ZZ, y = Y / ZZZ with ZZ^3 = ZZZ^2; the identity has ZZ = 0.
template <class F>
struct Xyzz {
    F x, y, zz, zzz;

    static INLINE Xyzz load(const Xyzz* address) {
        return Xyzz{F::load(&address->x), F::load(&address->y), F::load(&address->zz), F::load(&address->zzz)};
    }
    INLINE void store(Xyzz* address) const {
        x.store(&address->x);
        y.store(&address->y);
        zz.store(&address->zz);
        zzz.store(&address->zzz);
    }

    static INLINE Xyzz identity() { return Xyzz{F::zero(), F::zero(), F::zero(), F::zero()}; }
    INLINE bool is_identity() const { return zz.is_zero(); }

    static INLINE Xyzz from(const Affine<F>& p) {
        if (p.is_identity()) return identity();
        return Xyzz{p.x, p.y, F::one(), F::one()};
    }

    INLINE Xyzz neg() const { return Xyzz{x, y.neg(), zz, zzz}; }

    // 2 P of an affine point, mdbl-2008-s-1: 2 products, a difference of two, 3 squares. No point of
    // odd order has y = 0 but the identity, for which the formula gives ZZ = 0.
    static INLINE Xyzz dbl(const Affine<F>& p) {
        F u = p.y.dbl();
        F v = u.sqr();
        F w = u * v;
        F s = p.x * v;
        F m = three_times_square(p.x);
        F x = m.sqr() - s.dbl();
        F y = F::difference_of_products(m, s - x, w, p.y);
        return Xyzz{x, y, v, w};
    }

    // 2 P, dbl-2008-s-1: 4 products, a difference of two, 3 squares. Right for the identity.
    INLINE Xyzz dbl() const {
        F u = y.dbl();
        F v = u.sqr();
        F w = u * v;
        F s = x * v;
        F m = three_times_square(x);
        F x3 = m.sqr() - s.dbl();
        F y3 = F::difference_of_products(m, s - x3, w, y);
        return Xyzz{x3, y3, v * zz, w * zzz};
    }

    // P + Q with Q affine, madd-2008-s: 6 products, a difference of two, 2 squares.
    INLINE Xyzz add(const Affine<F>& q) const {
        if (q.is_identity()) return *this;
        if (is_identity()) return from(q);
        F p = q.x * zz - x;
        F r = q.y * zzz - y;
        if (p.is_zero()) return r.is_zero() ? dbl(q) : identity();
        F pp = p.sqr();
        F ppp = p * pp;
        return finish(r, pp, ppp, x * pp, y, zz, zzz);
    }

    // P + Q, add-2008-s: 10 products, a difference of two, 2 squares.
    INLINE Xyzz add(const Xyzz& q) const {
        if (q.is_identity()) return *this;
        if (is_identity()) return q;
        F u1 = x * q.zz;
        F s1 = y * q.zzz;
        F p = q.x * zz - u1;
        F r = q.y * zzz - s1;
        if (p.is_zero()) return r.is_zero() ? dbl() : identity();
        F pp = p.sqr();
        F ppp = p * pp;
        return finish(r, pp, ppp, u1 * pp, s1, zz * q.zz, zzz * q.zzz);
    }

  private:
    static INLINE F three_times_square(const F& a) {
        F square = a.sqr();
        return square.dbl() + square;
    }

    // The end that both additions share: R = `r`, P^2, P^3, Q = X1 P^2, Y1 over the common denominator,
    // and the product of the denominators.
    static INLINE Xyzz finish(const F& r, const F& pp, const F& ppp, const F& q, const F& y1, const F& zz,
                              const F& zzz) {
        F x = r.sqr() - ppp - q.dbl();
        F y = F::difference_of_products(r, q - x, y1, ppp);
        return Xyzz{x, y, zz * pp, zzz * ppp};
    }
};
