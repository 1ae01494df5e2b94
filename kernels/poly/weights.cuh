// What each thread of a block is to multiply by: the left factors of all threads before it and the right
// factors of all after it.
//
// Up a tree go the products of either kind; down go the weights: a left child's is its parent's times
// the right factor of its sibling, a right child's its parent's times the left factor of its sibling.
// Four multiplications a thread, one after the other 2 log2(threads); in warps that run, 38 for the 8
// warps of a block of 256.
#pragma once

#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "shared.cuh"

#if CUDA_COMPILER

// Node i is the parent of nodes 2 i and 2 i + 1; the threads' leaves are the second half.
template <u32 threads>
struct WeightTree {
    static_assert((threads & (threads - 1)) == 0, "a full tree");

    Spaced<Fr> lefts[2 * threads];
    Spaced<Fr> rights[2 * threads];

    INLINE Fr left(u32 node) const { return Fr::load(&lefts[node].value); }
    INLINE Fr right(u32 node) const { return Fr::load(&rights[node].value); }

    // Where a node's weight is. On the way down left factors are needed of left children alone, which
    // have even numbers, and right factors of right ones: the weight takes the place of the other.
    INLINE Fr* weight(u32 node) { return node % 2 == 0 ? &rights[node].value : &lefts[node].value; }

    // Takes the threads' factors up to the root, node 1, whose factors thread 0 may read after a barrier.
    // All threads of the block call.
    INLINE void up(const Fr& left_factor, const Fr& right_factor) {
        const u32 thread = thread_index();
        left_factor.store(&lefts[threads + thread].value);
        right_factor.store(&rights[threads + thread].value);
        for (u32 width = threads / 2; width > 0; width /= 2) {
            block_barrier();
            // A thread for either factor of a node.
            if (thread < 2 * width) {
                const u32 node = width + thread % width;
                Spaced<Fr>* factors = thread < width ? lefts : rights;
                (Fr::load(&factors[2 * node].value) * Fr::load(&factors[2 * node + 1].value))
                    .store(&factors[node].value);
            }
        }
    }

    // Takes thread 0's weight of the root down to this thread's. All threads of the block call.
    INLINE Fr down(const Fr& root) {
        const u32 thread = thread_index();
        if (thread == 0) root.store(weight(1));
        for (u32 count = 2; count <= threads; count *= 2) {
            block_barrier();
            // A thread for each of the nodes `count` to 2 count - 1.
            if (thread < count) {
                const u32 node = count + thread;
                const Fr of_sibling = node % 2 == 0 ? right(node + 1) : left(node - 1);
                (Fr::load(weight(node / 2)) * of_sibling).store(weight(node));
            }
        }
        // Each thread has written its own leaf's.
        return Fr::load(weight(threads + thread));
    }
};

#endif
