// The table of multiples of the bases: table[j count + i] = 2^(stride j) table[i], affine.
//
// In:      table[0 .. count]: the bases, identities allowed.
// Out:     the rest of the table, `multiples` times `count` points in all.
// Moves:   64 bytes in a base, 64 out a multiple.
// Multiplications, wide ones of Fq a multiple: 1020 a doubling, 4 products and 1 square to make the
//          point affine again, 3 products for its share of an inversion.
// Grid:    ceil(count / 256) blocks of 256.
// Reference: Brickell, Gordon, McCurley, Wilson, "Fast exponentiation with precomputation", 1992;
//          dbl-2008-s-1.
#include "block_inverse.cuh"
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"

constexpr u32 THREADS = 256;

KERNEL(THREADS, 2) msm_multiples(Affine<Fq>* table, u32 count, u32 multiples, u32 stride) {
    __shared__ InverseTree<Bn254Fq, THREADS> tree;
    const u32 base = block_index() * THREADS + thread_index();
    Affine<Fq> point = Affine<Fq>::identity();
    if (base < count) point = Affine<Fq>::load(table + base);
    for (u32 multiple = 1; multiple < multiples; multiple++) {
        Xyzz<Fq> power = Xyzz<Fq>::from(point);
        for (u32 bit = 0; bit < stride; bit++) power = power.dbl();
        // ZZZ^2 = ZZ^3, so 1 / ZZ = (ZZ / ZZZ)^2.
        const bool identity = power.is_identity();
        const Fq inverse = tree.inverse(identity ? Fq::one() : power.zzz);
        point = Affine<Fq>{power.x * (power.zz * inverse).sqr(), power.y * inverse};
        if (identity) point = Affine<Fq>::identity();
        if (base < count) point.store(table + u64{multiple} * count + base);
        block_barrier();
    }
}
