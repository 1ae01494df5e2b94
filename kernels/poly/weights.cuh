// What each thread of a block is to multiply by: the left factors of all threads before it and the right
// factors of all after it.
//
// Up a tree go the products of either kind; down go the weights: a left child's is its parent's times
// the right factor of its sibling, a right child's its parent's times the left factor of its sibling.
// Three multiplications a thread, one after the other 2 log2(threads); in warps that run, 24 for the 4
// warps of a block of 128.
#pragma once

#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "shared.cuh"

#if CUDA_COMPILER

// Node i is the parent of nodes 2 i and 2 i + 1; the threads' leaves are the second half.
template <u32 threads>
struct WeightTree {
    static_assert((threads & (threads - 1)) == 0, "a full tree");

    // Once the weight of a node is known it is in the place of its left factor.
    Spaced<Fr> lefts[2 * threads];
    Spaced<Fr> rights[2 * threads];

    INLINE Fr left(u32 node) const { return Fr::load(&lefts[node].value); }
    INLINE Fr right(u32 node) const { return Fr::load(&rights[node].value); }

    // Takes the threads' factors up to the root, node 1, which thread 0 may read then. All threads of the
    // block call.
    INLINE void up(const Fr& left_factor, const Fr& right_factor) {
        const u32 thread = thread_index();
        left_factor.store(&lefts[threads + thread].value);
        right_factor.store(&rights[threads + thread].value);
        for (u32 width = threads / 2; width > 0; width /= 2) {
            block_barrier();
            if (thread < width) {
                const u32 node = width + thread;
                (left(2 * node) * left(2 * node + 1)).store(&lefts[node].value);
                (right(2 * node) * right(2 * node + 1)).store(&rights[node].value);
            }
        }
    }

    // Takes thread 0's weight of the root down to this thread's. All threads of the block call.
    INLINE Fr down(const Fr& weight) {
        const u32 thread = thread_index();
        if (thread == 0) weight.store(&lefts[1].value);
        for (u32 width = 1; width < threads; width *= 2) {
            if (thread < width) {
                const u32 node = width + thread;
                const Fr parent = left(node), of_left = parent * right(2 * node + 1);
                (parent * left(2 * node)).store(&lefts[2 * node + 1].value);
                of_left.store(&lefts[2 * node].value);
            }
            block_barrier();
        }
        return left(threads + thread);
    }
};

#endif
