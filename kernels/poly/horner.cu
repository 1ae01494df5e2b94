// Evaluations of polynomials, several in a launch.
//
// Computes p(x) for each query (p, x). Thread g of a query's G = 128 2^log_blocks has the coefficients
//          whose index is g mod G: with y = x^G, Horner's rule on them gives v_g, and p(x) is the sum
//          of x^g v_g. A block of `poly_horner` adds up its threads' shares, halving them with powers
//          of x until there is one, and leaves it times x^(128 block); `poly_horner_sum` adds those up.
// Layout   queries[q]; sums[q 2^log_blocks + block]; out[q]. A column may be of any length, 0 included.
// Moves    32 bytes in a coefficient; 32 out and in a block.
// Multiplies wide: 120 a coefficient; 240 a thread, and 60 log_blocks a block besides.
// Grid     poly_horner: (queries, 2^log_blocks) blocks of 128. poly_horner_sum: a block of 128 a query.
// Reference Horner's rule on residue classes of the index: Knuth, The Art of Computer Programming 2,
//          section 4.6.4.
#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "shared.cuh"

constexpr u32 LOG_THREADS = 7;
constexpr u32 THREADS = 1 << LOG_THREADS;
// Squares of a point that a query has: for grids of fewer threads than 2 to that power.
constexpr u32 SQUARES = 32;

struct Query {
    const Fr* column;
    u64 length;
    // x^(2^j).
    Fr squares[SQUARES];
};

KERNEL(THREADS, 6) poly_horner(const Query* queries, u32 log_blocks, Fr* sums) {
    __shared__ Spaced<Fr> shares[THREADS];
    const Query& query = queries[block_index()];
    const u32 thread = thread_index(), block = block_index_y();
    const u32 log_step = LOG_THREADS + log_blocks;
    const u64 first = u64{block} * THREADS + thread;
    Fr share = Fr::zero();
    if (first < query.length) {
        const Fr* column = query.column + first;
        const Fr step = Fr::load(query.squares + log_step);
        for (u64 i = ((query.length - 1 - first) >> log_step) + 1; i-- > 0;) {
            share = share * step + Fr::load(column + (i << log_step));
        }
    }
    share.store(&shares[thread].value);

    for (u32 level = LOG_THREADS; level-- > 0;) {
        const u32 half = 1 << level;
        block_barrier();
        if (thread < half) {
            share = share + Fr::load(query.squares + level) * Fr::load(&shares[thread + half].value);
            share.store(&shares[thread].value);
        }
    }
    if (thread == 0) {
        for (u32 bit = 0; bit < log_blocks; bit++) {
            if (block >> bit & 1) share = share * Fr::load(query.squares + LOG_THREADS + bit);
        }
        share.store(sums + (u64{block_index()} << log_blocks) + block);
    }
}

KERNEL(THREADS, 6) poly_horner_sum(const Fr* sums, u32 log_blocks, Fr* out) {
    __shared__ Spaced<Fr> shares[THREADS];
    const u32 thread = thread_index();
    sums += u64{block_index()} << log_blocks;
    Fr share = Fr::zero();
    for (u32 i = thread; i < u32{1} << log_blocks; i += THREADS) share = share + Fr::load(sums + i);
    share.store(&shares[thread].value);
    for (u32 half = THREADS / 2; half > 0; half /= 2) {
        block_barrier();
        if (thread < half) {
            share = share + Fr::load(&shares[thread + half].value);
            share.store(&shares[thread].value);
        }
    }
    if (thread == 0) share.store(out + block_index());
}
