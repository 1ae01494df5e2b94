// What the kernels of a multi-scalar multiplication hand to each other.
//
// A *digit* is one window of one scalar; a *bucket* belongs to a column, a bucket set of it and a
// digit's magnitude; an *entry* says that a point goes into a bucket. Buckets are numbered
//
//     (column * sets + set) * buckets_of_a_set + magnitude - 1.
#pragma once

#include "types.cuh"

// The sign of a digit, and of an entry's point: the other bits are a magnitude, or an index into the
// table of multiples.
constexpr u32 NEGATIVE = u32{1} << 31;

// No bucket.
constexpr u32 NO_BUCKET = 0xffffffff;

// Read and written as one word of eight bytes.
struct alignas(8) Entry {
    u32 bucket;
    u32 point;
};
