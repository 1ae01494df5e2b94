// One pass of a number-theoretic transform over a batch of columns.
//
//     X_o = sum_i x_i w^(i o),   w of order n = 2^k = n_1 n_2 .. n_P, n_p = 2^LOG_ROWS at most 256,
//
// in P passes, the inverse and transforms over a coset as well. crates/cuda/src/ntt/plan.rs has the
// mathematics: what the passes are, and what they multiply by. `ntt_pass_r` is the pass of 2^r points.
//
// What it computes. A column has n / 2^r sequences of 2^r elements. Each is read, multiplied by up to two
// factors an element, transformed, multiplied by up to two again (the last pass), and written. A factor is
// a twiddle of a table that the row and a part of the sequence's number choose: between passes, a coset's
// shift, 1/n. An inverse transform reads element -i mod n in place of i in its first pass.
//
// Layouts. Columns of field elements in Montgomery form, `stride` apart. Sequence q, row r is at
//     ((q / M) 2^r + row) M + q mod M,   M = n_{p+1} .. n_P,
// before and after a pass that is not the last; the last one reads neighbours, of the sequence whose digits
// are those of q reversed, and writes row n / 2^r + q: natural order. So a pass may work in place if it is
// the only one, or neither the first nor the last. Between passes elements are below 5.2 p, not canonical;
// a pass without a row factor takes canonical ones, the last pass writes canonical ones.
//
// How. A block takes 1024 elements: 2^(10 - r) neighbouring sequences, at least 4, so that lanes read and
// write runs of 128 bytes or more. They go to shared memory; in each of one or two rounds a thread takes 4
// to 16 of them to registers, transforms them (dft.cuh), and puts them back, or out to memory; between the
// rounds it multiplies its own by w^(h l). Shared memory is there to transpose; accesses of the rounds and
// of all but the shortest columns meet each bank once (tile.cuh).
//
// Grid: a block of 64 threads for every tile, ceil(columns n / 2^r / 2^(10 - r)) of them; 32 KiB of dynamic
// shared memory.
//
// Bytes: 64 an element and pass, and the tables, which stay in the caches.
//
// Multiplications an element, of 107 limb products each (twiddle.cuh; 92 wide, 15 plain) where Montgomery's
// has 120: in the rounds of a pass of
//     2^4 1.25   2^5 1.5   2^6 1.875   2^7 2.1875   2^8 2.5625,
// and for the factors between passes 0, 1, 3, 4 for P = 1, 2, 3, 4. 1/n takes none but for P = 1, one; a
// coset's shift one for P = 1 and 3, two for P = 2 and 4. In all, forward:
//
//     k           16      18      20      22      24      26      28
//     log n_p     8 8     6 6 6   7 7 6   8 7 7   8 8 8   7 7 6 6 7 7 7 7
//     a point     6.125   8.625   9.25    9.938   10.688  12.125  12.75
//     k/2 - 1     7       8       9       10      11      12      13      (radix 2, all powers in a table)
//
// Predicted, not measured, on an H100: milliseconds of multiplication at 5.6e10 and at 1.09e11 of 136 limb
// products a second, which is what half and full rate of wide multiplications allow; 107 of them are taken:
//
//     k                       20      22      24
//     at 5.6e10               0.14    0.59    2.5
//     at 1.09e11              0.070   0.30    1.3
//     memory at 3.35 TB/s     0.060   0.24    0.96
//
// What else threads do, additions above all, is as many instructions again, on other pipes: at the full rate
// of multiplications it, and not they, would bind.
//
// References: Cooley and Tukey, "An algorithm for the machine calculation of complex Fourier series", Math.
// Comp. 19, 1965; Bailey, "FFTs in external or hierarchical memory", J. Supercomputing 4, 1990 (passes).
#include "pass.cuh"
#include "../include/params/bn254_fr.cuh"

// Without a bound on the blocks a multiprocessor holds: with one, ptxas spills to schedule further ahead.
#define NTT_PASS(log_rows, log_high, log_low)                                                               \
    extern "C" __global__ void __launch_bounds__(THREADS) ntt_pass_##log_rows(                              \
        const Fr* in, Fr* out, const Twiddle<Bn254Fr>* load_row, const Twiddle<Bn254Fr>* load_column,       \
        const Twiddle<Bn254Fr>* store_row, const Twiddle<Bn254Fr>* store_column,                            \
        const Twiddle<Bn254Fr>* round, const Shape shape, const Roots<Bn254Fr> roots) {                     \
        Pass<Bn254Fr, log_high, log_low>{                                                                   \
            in,                                                                                             \
            out,                                                                                            \
            {load_row, load_column, shape.load_row_shift, shape.load_column_mask},                          \
            {store_row, store_column, shape.store_row_shift, shape.store_column_mask},                      \
            round,                                                                                          \
            shape,                                                                                          \
            roots,                                                                                          \
            {dynamic_shared()},                                                                             \
            u64{block_index()} << (LOG_TILE - log_rows),                                                    \
        }                                                                                                   \
            .run();                                                                                         \
    }

NTT_PASS(1, 0, 1)
NTT_PASS(2, 0, 2)
NTT_PASS(3, 0, 3)
NTT_PASS(4, 2, 2)
NTT_PASS(5, 2, 3)
NTT_PASS(6, 3, 3)
NTT_PASS(7, 3, 4)
NTT_PASS(8, 4, 4)
