// Where a thread is, and how the threads of a block and of a warp wait for each other and speak.
//
// One instruction a function, as in ptx.cuh, but for kernels only: a host compiler sees none of it.
#pragma once

#include "types.cuh"

#if CUDA_COMPILER

// An entry point with a stable name. `threads` is the largest block it may be launched with, `blocks`
// how many of them a multiprocessor should hold at once: together they bound the registers.
#define KERNEL(threads, blocks) extern "C" __global__ void __launch_bounds__(threads, blocks)

#define LAUNCH_REGISTER(name, special)                        \
    INLINE u32 name() {                                       \
        u32 r;                                                \
        asm("mov.u32 %0, %%" special ";" : "=r"(r));          \
        return r;                                             \
    }

LAUNCH_REGISTER(thread_index, "tid.x")
LAUNCH_REGISTER(block_size, "ntid.x")
LAUNCH_REGISTER(block_index, "ctaid.x")
LAUNCH_REGISTER(block_index_y, "ctaid.y")
LAUNCH_REGISTER(grid_size, "nctaid.x")
LAUNCH_REGISTER(grid_size_y, "nctaid.y")

#undef LAUNCH_REGISTER

// This thread among all of a one-dimensional grid, and how many there are.
INLINE u64 global_index() { return u64{block_index()} * block_size() + thread_index(); }
INLINE u64 global_size() { return u64{grid_size()} * block_size(); }

constexpr u32 WARP = 32;

// All threads of the block have arrived, and see what each other wrote.
INLINE void block_barrier() { asm volatile("bar.sync 0;" ::: "memory"); }

// All lanes of the warp have arrived, and see what each other wrote.
INLINE void warp_barrier() { asm volatile("bar.warp.sync 0xffffffff;" ::: "memory"); }

// The value of the lane `distance` below, or the lane's own where there is none; all 32 lanes call
// together.
INLINE u32 shuffle_up(u32 value, u32 distance) {
    u32 r;
    asm volatile("shfl.sync.up.b32 %0, %1, %2, 0x0, 0xffffffff;" : "=r"(r) : "r"(value), "r"(distance));
    return r;
}

// The value of the lane whose number differs in the bits of `mask`; all 32 lanes call together.
INLINE u32 shuffle_xor(u32 value, u32 mask) {
    u32 r;
    asm volatile("shfl.sync.bfly.b32 %0, %1, %2, 0x1f, 0xffffffff;" : "=r"(r) : "r"(value), "r"(mask));
    return r;
}

// The lanes for which `predicate` holds, as bits; all 32 lanes call together.
INLINE u32 warp_ballot(bool predicate) {
    u32 r;
    asm volatile(
        "{ .reg .pred p; setp.ne.u32 p, %1, 0; vote.sync.ballot.b32 %0, p, 0xffffffff; }"
        : "=r"(r)
        : "r"(static_cast<u32>(predicate)));
    return r;
}

INLINE u32 population_count(u32 a) {
    u32 r;
    asm("popc.b32 %0, %1;" : "=r"(r) : "r"(a));
    return r;
}

// Changes a word of global or shared memory as one step, and returns what it held before: raises it to
// `value`, lowers it to `value`, or sets the bits of `value`.
#define LAUNCH_ATOMIC(name, instruction)                                                                \
    INLINE u32 name(u32* address, u32 value) {                                                          \
        u32 r;                                                                                          \
        asm volatile(instruction " %0, [%1], %2;" : "=r"(r) : "l"(address), "r"(value) : "memory");     \
        return r;                                                                                       \
    }

LAUNCH_ATOMIC(atomic_max, "atom.max.u32")
LAUNCH_ATOMIC(atomic_min, "atom.min.u32")
LAUNCH_ATOMIC(atomic_or, "atom.or.b32")

#undef LAUNCH_ATOMIC

#endif
