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
