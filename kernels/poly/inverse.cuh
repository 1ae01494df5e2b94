// The inverses of a block's values, from one inversion.
#pragma once

#include "block_inverse.cuh"
#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "shared.cuh"

#if CUDA_COMPILER

constexpr u32 THREADS = 256;

// The dynamic shared memory of a block: the tree, and for each of a thread's `run` values the product of
// those before it.
using ProductTree = InverseTree<Bn254Fr, THREADS>;

// Where value k of this thread is: a warp's values are side by side.
INLINE u64 place_in_tile(u32 run, u32 k) {
    return (u64{block_index()} * run + k) * THREADS + thread_index();
}

// values[i] <- scale / values[i], or `of_zero` where that is zero, for the block's values i < n.
// 3 multiplications a value; 3.9 and one a thread for the tree and the scale; an inversion.
INLINE void invert_tile(Quarter* memory, Fr* values, u64 n, u32 run, const Fr& scale, const Fr& of_zero) {
    auto& tree = *reinterpret_cast<ProductTree*>(memory);
    Quarter* prefixes = memory + sizeof(ProductTree) / sizeof(Quarter) + thread_index();
    Fr product = Fr::one();
    for (u32 k = 0; k < run; k++) {
        const u64 place = place_in_tile(run, k);
        if (place >= n) break;
        const Fr value = Fr::load(values + place);
        store_parts(product, prefixes + 2 * k * THREADS, THREADS);
        if (!value.is_zero()) product = product * value;
    }
    // The inverse of the thread's values up to and with the next one below, times the scale.
    Fr inverse = tree.inverse(product) * scale;
    for (u32 k = run; k-- > 0;) {
        const u64 place = place_in_tile(run, k);
        if (place >= n) continue;
        const Fr value = Fr::load(values + place);
        Fr share = of_zero;
        if (!value.is_zero()) {
            share = inverse * load_parts<Fr>(prefixes + 2 * k * THREADS, THREADS);
            inverse = inverse * value;
        }
        share.store(values + place);
    }
}

#endif
