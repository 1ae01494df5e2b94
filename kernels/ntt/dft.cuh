// Transforms of 2, 4, 8 and 16 values in registers.
//
//     X_k = sum_j x_j w^(j k),   w a primitive root of unity of order N,
//
// by splitting the outputs into even and odd ones: with s_j = x_j + x_{j+N/2} and y_j = x_j -
// x_{j+N/2}, the even X are the transform of s, and the odd ones are sums of w^(j k) y_j.
//
// The odd ones go beyond the usual recursion. For odd k the powers of w for j and N/2 - j are
// w^(jk) and -w^(-jk); with the cosine and sine c_k = (w^k + w^-k)/2, s_k = (w^k - w^-k)/2
//
//     w^(jk) y_j - w^(-jk) y_{N/2-j} = c_jk (y_j - y_{N/2-j}) + s_jk (y_j + y_{N/2-j}),
//
// and for N/2 - k the same two products appear with one sign changed. For N = 16 the four products
// c_1, c_3 of two differences form a rotation, which takes three (and so do those of the sums).
// (Winograd, "On computing the discrete Fourier transform", Math. Comp. 32, 1978; a multiplication by a
// fourth root of unity is not free in a prime field and is counted.)
//
// Multiplications: N = 2: 0; 4: 1; 8: 4 (5 by the usual recursion); 16: 13 (17).
//
// Inputs are below 2 p. Outputs are handed to `emit(k, X_k)` as soon as they are there, under the
// bounds that their sums have.
#pragma once

#include "twiddle.cuh"

// What transforms of up to 16 values multiply by, w of order 16.
template <class P>
struct Roots {
    // w^4.
    Twiddle<P> i;
    // Cosine and sine of w^2.
    Twiddle<P> cos_8, sin_8;
    // Cosine of w^3; cosine of w less that of w^3; the two together.
    Twiddle<P> cos_3, cos_1_minus_3, cos_1_plus_3;
    // The same of the sines.
    Twiddle<P> sin_3, sin_1_minus_3, sin_1_plus_3;
};

// The bound of values in a tile.
constexpr u32 TIGHT = 2 * P_BOUND;

template <class P>
using Tight = Lazy<P, TIGHT>;

// The representative below 2 p.
template <class P, u32 B>
INLINE Tight<P> tight(const Lazy<P, B>& a) {
    if constexpr (B <= TIGHT) {
        return Tight<P>::from(a);
    } else if constexpr (B <= 2 * TIGHT) {
        return reduced<2>(a);
    } else {
        return tight(reduced<4>(a));
    }
}

template <class P, class Emit>
INLINE void dft(const Tight<P> (&x)[2], const Roots<P>&, u32 step, const Emit& emit) {
    emit(0, x[0] + x[1]);
    emit(step, x[0] - x[1]);
}

template <class P, class Emit>
INLINE void dft(const Tight<P> (&x)[4], const Roots<P>& roots, u32 step, const Emit& emit) {
    Tight<P> s[2], y[2];
    UNROLL
    for (u32 j = 0; j < 2; j++) {
        s[j] = tight(x[j] + x[j + 2]);
        y[j] = x[j] - x[j + 2];
    }
    dft<P>(s, roots, 2 * step, emit);
    auto rotated = y[1] * roots.i;
    emit(step, y[0] + rotated);
    emit(3 * step, y[0] - rotated);
}

// The odd outputs of a transform of 8 values, from the differences y: `emit(k, X_{2k+1})`.
template <class P, class Emit>
INLINE void odd_of_8(const Tight<P> (&y)[4], const Roots<P>& roots, const Emit& emit) {
    auto rotated = y[2] * roots.i;
    auto cosines = (y[1] - y[3]) * roots.cos_8;
    auto sines = (y[1] + y[3]) * roots.sin_8;
    Tight<P> e = tight(y[0] + rotated);
    auto sum = sines + cosines;
    emit(0, e + sum);
    emit(2, e - sum);
    e = y[0] - rotated;
    auto difference = sines - cosines;
    emit(1, e + difference);
    emit(3, e - difference);
}

// Hands X_{2k+1} on as output 2k + 1.
template <class Emit>
struct EmitOdd {
    u32 step;
    const Emit& emit;

    template <class Value>
    INLINE void operator()(u32 k, const Value& value) const {
        emit((2 * k + 1) * step, value);
    }
};

template <class P, class Emit>
INLINE void dft(const Tight<P> (&x)[8], const Roots<P>& roots, u32 step, const Emit& emit) {
    Tight<P> s[4], y[4];
    UNROLL
    for (u32 j = 0; j < 4; j++) {
        s[j] = tight(x[j] + x[j + 4]);
        y[j] = x[j] - x[j + 4];
    }
    dft<P>(s, roots, 2 * step, emit);
    odd_of_8<P>(y, roots, EmitOdd<Emit>{step, emit});
}

// Keeps the outputs below 2 p.
template <class P>
struct Keep {
    Tight<P> (&values)[4];

    template <u32 B>
    INLINE void operator()(u32 k, const Lazy<P, B>& value) const {
        values[k] = tight(value);
    }
};

// X_k and X_{k+8} from their parts.
template <class P, class Emit>
INLINE void emit_pair(const Emit& emit, u32 step, u32 k, const Tight<P>& b, const Tight<P>& a) {
    emit(k * step, b + a);
    emit((k + 8) * step, b - a);
}

template <class P, class Emit>
INLINE void dft(const Tight<P> (&x)[16], const Roots<P>& roots, u32 step, const Emit& emit) {
    Tight<P> s[8], y[8];
    UNROLL
    for (u32 j = 0; j < 8; j++) {
        s[j] = tight(x[j] + x[j + 8]);
        y[j] = x[j] - x[j + 8];
    }
    dft<P>(s, roots, 2 * step, emit);

    // b_k and a_k, k = 1, 3, 5, 7: what the y_j of even and of odd j add to X_k; X_{k+8} = b_k - a_k.
    Tight<P> even[4] = {y[0], y[2], y[4], y[6]}, b[4];
    odd_of_8<P>(even, roots, Keep<P>{b});

    Tight<P> u1 = y[1] - y[7], u3 = y[3] - y[5];
    auto common = (u1 + u3) * roots.cos_3;
    Tight<P> cosines_1 = tight(common + u1 * roots.cos_1_minus_3);
    auto cosines_3 = common - u3 * roots.cos_1_plus_3;

    Tight<P> v1 = tight(y[1] + y[7]), v3 = tight(y[3] + y[5]);
    auto common_sines = (v1 + v3) * roots.sin_3;
    Tight<P> sines_1 = tight(common_sines + v1 * roots.sin_1_minus_3);
    auto sines_3 = common_sines - v3 * roots.sin_1_plus_3;

    emit_pair(emit, step, 1, b[0], tight(sines_1 + cosines_1));
    emit_pair(emit, step, 7, b[3], sines_1 - cosines_1);
    emit_pair(emit, step, 3, b[1], tight(sines_3 + cosines_3));
    emit_pair(emit, step, 5, b[2], sines_3 - cosines_3);
}
