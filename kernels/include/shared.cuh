// Points and field elements where the threads of a warp read them side by side.
#pragma once

#include "types.cuh"

// A value in an array that the threads of a warp read side by side, 16 bytes at a time. Eight lanes are
// served at once if their addresses are in different groups of four banks: so a value takes an odd
// number of times 16 bytes.
template <class T>
struct alignas(16) Spaced {
    static_assert(sizeof(T) % 32 == 0, "an even number of times 16 bytes");

    T value;
    u32 space[4];
};

// 16 bytes, what a thread reads and writes at once.
struct alignas(16) Quarter {
    u32 a, b, c, d;
};

// An element of eight limbs in two parts, `distance` apart: with the threads' parts side by side, a warp
// reads whole lines.
template <class F>
INLINE F load_parts(const Quarter* from, u32 distance) {
    const Quarter low = from[0], high = from[distance];
    return F{{low.a, low.b, low.c, low.d, high.a, high.b, high.c, high.d}};
}

template <class F>
INLINE void store_parts(const F& value, Quarter* to, u32 distance) {
    static_assert(sizeof(F) == 2 * sizeof(Quarter), "eight limbs");
    const u32(&l)[8] = value.limbs;
    to[0] = Quarter{l[0], l[1], l[2], l[3]};
    to[distance] = Quarter{l[4], l[5], l[6], l[7]};
}
