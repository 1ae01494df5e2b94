// Grand products: running products of fractions, with one inversion in all.
//
// Computes z_0 = first, z_(i+1) = z_i n_i / d_i for i < usable; a fraction whose d_i is zero is zero.
//
// With d_i = 0 taken as n_i = 0, d_i = 1, z_i is first times the n_j before i, over the d_j before i.
// The latter product is that of all d_j, over those from i on, and so
//
//     z_i = first / D  *  prod_(j < i) n_j  *  prod_(j >= i) d_j        with D the product of all d_j:
//
// prefix products of numerators, suffix products of denominators, and 1 / D alone is an inverse. That
// splits at any place: a row's share within its thread's run, times the n before the run and the d after
// it within the block, times the n before the block and the d after it, times first / D.
//
//   1. `poly_product_runs`: the shares of the rows within their runs; those of the runs within their
//      blocks, by a tree (weights.cuh); the products of the n and of the d of each block.
//   2. `poly_product_blocks`: the shares of the blocks, with first / D in them.
//   3. `poly_product_rows`: multiplies the three.
//
// Layout   z: n_i in, row `usable` anything; z_i out, i <= usable. d: d_i in, row `usable` anything; the share
//          of a run at its first row after 1. A thread has a run of `length` rows. blocks_n, blocks_d:
//          a value a block; the block's share in blocks_n after 2. `first` is first_value, times
//          *first_on_device unless that is null.
// Moves    1: 64 bytes in and 32 out a row, and 64 in and 32 out within the second-level cache, where runs
//          are short enough for that; 3: 32 in and 32 out a row. 64 a run besides.
// Multiplies wide: 360 a row in 1, 120 in 3; 570 a thread for the tree of 1, 120 in 3; 480 a block in 2,
//          and one inversion.
// Grid     1, 3: ceil((usable + 1) / (256 length)) blocks of 256. 2: one block of 256.
// Reference Montgomery, "Speeding the Pollard and elliptic curve methods of factorization", Math. Comp.
//          48, 1987, section 10.3.1, with other factors on the left of a value than on its right.
#include "launch.cuh"
#include "params/bn254_fr.cuh"
#include "weights.cuh"

constexpr u32 THREADS = 256;

KERNEL(THREADS, 2)
poly_product_runs(Fr* z, Fr* d, u64 usable, u32 length, Fr* blocks_n, Fr* blocks_d) {
    __shared__ WeightTree<THREADS> tree;
    const u64 rows = usable + 1;
    const u64 first = global_index() * length;
    const u64 end = first + length < rows ? first + length : rows;

    // Row `usable` ends the products: it has neither numerator nor denominator.
    Fr before = Fr::one();
    for (u64 i = first; i < end; i++) {
        const Fr numerator = i < usable ? Fr::load(z + i) : Fr::one();
        const bool zero = i < usable && Fr::load(d + i).is_zero();
        before.store(z + i);
        before = zero ? Fr::zero() : before * numerator;
    }
    Fr from = Fr::one();
    for (u64 i = end; i > first; i--) {
        if (i - 1 < usable) {
            const Fr denominator = Fr::load(d + i - 1);
            if (!denominator.is_zero()) from = from * denominator;
        }
        (Fr::load(z + i - 1) * from).store(z + i - 1);
    }

    tree.up(before, from);
    block_barrier();
    if (thread_index() == 0) {
        tree.left(1).store(blocks_n + block_index());
        tree.right(1).store(blocks_d + block_index());
    }
    const Fr weight = tree.down(Fr::one());
    if (first < end) weight.store(d + first);
}

KERNEL(THREADS, 2)
poly_product_blocks(Fr* blocks_n, const Fr* blocks_d, u32 blocks, Fr first_value, const Fr* first_on_device) {
    __shared__ WeightTree<THREADS> tree;
    const u32 length = (blocks + THREADS - 1) / THREADS;
    const u64 first = u64{thread_index()} * length;
    const u64 end = first + length < blocks ? first + length : blocks;

    Fr before = Fr::one();
    for (u64 i = first; i < end; i++) {
        const Fr numerator = Fr::load(blocks_n + i);
        before.store(blocks_n + i);
        before = before * numerator;
    }
    Fr after = Fr::one();
    for (u64 i = end; i > first; i--) {
        (Fr::load(blocks_n + i - 1) * after).store(blocks_n + i - 1);
        after = after * Fr::load(blocks_d + i - 1);
    }

    tree.up(before, after);
    block_barrier();
    Fr scale = Fr::one();
    if (thread_index() == 0) {
        scale = tree.right(1).inverse() * first_value;
        if (first_on_device != nullptr) scale = scale * Fr::load(first_on_device);
    }
    const Fr weight = tree.down(scale);
    for (u64 i = first; i < end; i++) (Fr::load(blocks_n + i) * weight).store(blocks_n + i);
}

KERNEL(THREADS, 2)
poly_product_rows(Fr* z, const Fr* d, u64 usable, u32 length, const Fr* blocks_n) {
    const u64 rows = usable + 1;
    const u64 first = global_index() * length;
    const u64 end = first + length < rows ? first + length : rows;
    if (first >= end) return;
    const Fr weight = Fr::load(d + first) * Fr::load(blocks_n + block_index());
    for (u64 i = first; i < end; i++) (Fr::load(z + i) * weight).store(z + i);
}
