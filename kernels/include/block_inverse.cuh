// One inversion for all threads of a block.
//
// Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", 1987, section 10.3.1,
// as a tree: products of pairs up to the root, its inverse, and down again, where a child's inverse is
// its parent's times its sibling's value. Three multiplications a thread, 2 log2(threads) one after the
// other; in warps that run, 31 for the 8 warps of a block of 256.
#pragma once

#include "inverse.cuh"
#include "launch.cuh"
#include "shared.cuh"

#if CUDA_COMPILER

// Node i is the parent of nodes 2 i and 2 i + 1; the threads' leaves are the second half.
template <class P, u32 threads>
struct InverseTree {
    using F = Field<P>;
    static_assert((threads & (threads - 1)) == 0, "a full tree");

    Spaced<F> nodes[2 * threads];

    // The inverse of this thread's value, which must not be zero. All threads of the block call. The tree
    // may be used again at once: after the last barrier a thread writes its own leaf and reads nothing.
    INLINE F inverse(const F& value) {
        const u32 thread = thread_index();
        value.store(&nodes[threads + thread].value);
        // Up: `width` products, from threads / 2 down to 1. Down: `width` inverses, from 2 up to threads.
        // One multiplication in the code for both.
        u32 width = threads / 2;
        bool up = true;
        for (;;) {
            block_barrier();
            const u32 node = width + thread;
            const bool works = thread < width;
            F product;
            if (works) {
                const u32 left = up ? 2 * node : node / 2, right = up ? 2 * node + 1 : node ^ 1;
                product = F::load(&nodes[left].value) * F::load(&nodes[right].value);
                if (up && width == 1) product = Inversion<P>::inverse(product);
            }
            block_barrier();
            if (works) product.store(&nodes[node].value);
            if (!up && width == threads) return product;
            if (up && width == 1) up = false;
            width = up ? width / 2 : width * 2;
        }
    }
};

#endif
