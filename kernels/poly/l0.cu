// The first Lagrange polynomial on a coset.
//
// Computes out[i] = l_0(X) = (shift^n - 1) / n * 1 / (X - 1) at X = shift omega^i, i < n, where omega is
//          of order n; and 1 where X = 1. A thread steps from point to point and leaves X - 1, which
//          the block inverts as in inverse.cu.
// Layout   out: n elements of Fr; block b has those from 256 run b on, `run` a thread. omega_powers[j] =
//          omega^(2^j); scale = (shift^n - 1) / n.
// Moves    32 bytes out a value; 32 out and 64 in within the cache.
// Multiplies wide: 480 a value; 590 a thread for the tree, 60 log2 n for its first point, and an
//          inversion a block.
// Grid     as inverse.cu: ceil(n / (256 run)) blocks of 256, 24 KiB and 8 KiB times run.
// Reference the barycentric form of l_0; as inverse.cu for the inversion.
#include "inverse.cuh"

constexpr u32 LOG_THREADS = 8;
static_assert(1 << LOG_THREADS == THREADS, "a step of the threads is a power in the table");

KERNEL(THREADS, 2)
poly_l0(Fr* out, u64 n, u32 run, const Fr* omega_powers, Fr shift, Fr scale) {
    extern __shared__ Quarter memory[];
    const u64 first = place_in_tile(run, 0);
    if (first < n) {
        Fr point = shift;
        for (u32 bit = 0; first >> bit > 0; bit++) {
            if (first >> bit & 1) point = point * Fr::load(omega_powers + bit);
        }
        const Fr step = Fr::load(omega_powers + LOG_THREADS);
        for (u32 k = 0; k < run; k++) {
            const u64 place = place_in_tile(run, k);
            if (place >= n) break;
            (point - Fr::one()).store(out + place);
            point = point * step;
        }
    }
    invert_tile(memory, out, n, run, scale, Fr::one());
}
