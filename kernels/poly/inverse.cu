// Batch inversion, in place.
//
// Computes values[i] <- 1 / values[i] for i < n, and 0 where that is 0. Each thread multiplies its
//          values up and walks back with the inverse of their product, Montgomery's trick; the threads
//          of a block share one inversion by the same trick as a tree (include/block_inverse.cuh).
// Layout   values: n elements of Fr. Block b has the values from 256 run b on, `run` a thread.
// Moves    32 bytes in and 32 out a value, and 32 in from the cache on the way back.
// Multiplies wide: 360 a value; 590 a thread for the tree and an inversion a block, at most 2000: with
//          run = 8 in all 435 a value.
// Grid     ceil(n / (256 run)) blocks of 256. Dynamic shared memory: 24 KiB, and 8 KiB times run.
// Reference Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", Math. Comp.
//          48, 1987, section 10.3.1.
#include "inverse.cuh"

KERNEL(THREADS, 2) poly_inverse(Fr* values, u64 n, u32 run) {
    extern __shared__ Quarter memory[];
    invert_tile(memory, values, n, run, Fr::one(), Fr::zero());
}
