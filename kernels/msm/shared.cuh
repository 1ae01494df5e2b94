// Points and field elements in shared memory.
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
