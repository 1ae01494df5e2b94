// Sums over the threads of a block.
#pragma once

#include "launch.cuh"

#if CUDA_COMPILER

// The sum of `value` over the threads before this one, of a block of `warps` warps, and over all of them;
// all threads call. `warp_sums` is shared memory for `warps` words, free again when this returns.
template <u32 warps>
static INLINE u32 exclusive_sum(u32 value, u32* warp_sums, u32& total) {
    const u32 lane = thread_index() % WARP, warp = thread_index() / WARP;
    u32 sum = value;
    UNROLL
    for (u32 distance = 1; distance < WARP; distance *= 2) {
        const u32 below = shuffle_up(sum, distance);
        if (lane >= distance) sum += below;
    }
    if (lane == WARP - 1) warp_sums[warp] = sum;
    block_barrier();
    u32 before = 0;
    total = 0;
    for (u32 other = 0; other < warps; other++) {
        if (other == warp) before = total;
        total += warp_sums[other];
    }
    block_barrier();
    return before + sum - value;
}

#endif
