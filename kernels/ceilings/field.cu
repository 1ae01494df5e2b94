// How many field and point operations a second a device does on values in registers.
//
// Computes   chains of dependent operations: a thread runs 2 of them for field elements, 1 for points,
//            and writes what they end with.
// Layouts    out: one element (32 bytes), or XYZZ point (128 bytes), a thread; in: one element, or affine
//            point, canonical and not zero, the same for all threads.
// Operations a thread and iteration:
//              ceilings_fr_mul, ceilings_fq_mul    8 multiplications, 120 and 130 wide ones each
//              ceilings_fr_sqr, ceilings_fq_sqr    8 squarings, 92 and 102
//              ceilings_g1_add_mixed               1 mixed addition of XYZZ points, 1178
//              ceilings_g1_add_affine              1 addition of affine points but for the inversion, which
//                                                  the kernels share among many: 5 multiplications and a
//                                                  squaring, 752
// Reading    operations / time, beside the bound that integer.cu measures: what is missing to `wide rate /
//            wide multiplications` goes to additions, moves and waiting.
// Grid       any one-dimensional grid of blocks of 128; at least 8 warps a multiprocessor to fill it.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"
#include "params/bn254_fr.cuh"

// `next` is what a step makes of x, with the constant y.
#define CHAINS(name, F, next)                                                        \
    KERNEL(128, 2) name(F* out, const F* in, u32 iterations) {                       \
        const F y = F::load(in);                                                     \
        F first = y + y, second = first + y;                                         \
        for (u32 iteration = 0; iteration < iterations; iteration++) {               \
            UNROLL                                                                   \
            for (u32 step = 0; step < 4; step++) {                                   \
                F x = first;                                                         \
                first = next;                                                        \
                x = second;                                                          \
                second = next;                                                       \
            }                                                                        \
        }                                                                            \
        (first + second).store(out + global_index());                                \
    }

CHAINS(ceilings_fr_mul, Fr, x * y)
CHAINS(ceilings_fq_mul, Fq, x * y)
CHAINS(ceilings_fr_sqr, Fr, x.sqr())
CHAINS(ceilings_fq_sqr, Fq, x.sqr())

KERNEL(128, 2)
ceilings_g1_add_mixed(Xyzz<Fq>* out, const Affine<Fq>* in, u32 iterations) {
    const Affine<Fq> point = Affine<Fq>::load(in);
    Xyzz<Fq> sum = Xyzz<Fq>::dbl(point);
    for (u32 iteration = 0; iteration < iterations; iteration++) sum = sum.add(point);
    sum.store(out + global_index());
}

// The multiplications of a batched affine addition: three of the inversion's products (prefix, and two on
// the way back), the slope, its square, and the product in y. The values are not points after the first
// step; the instructions are those of points.
KERNEL(128, 2)
ceilings_g1_add_affine(Fq* out, const Affine<Fq>* in, u32 iterations) {
    const Affine<Fq> q = Affine<Fq>::load(in);
    Fq x = q.x, y = q.y, product = Fq::one(), inverse = q.y;
    for (u32 iteration = 0; iteration < iterations; iteration++) {
        const Fq difference = q.x - x;
        const Fq one_over = inverse * product;
        product = product * difference;
        inverse = inverse * difference;
        const Fq slope = (q.y - y) * one_over;
        const Fq sum = slope.sqr() - x - q.x;
        y = slope * (x - sum) - y;
        x = sum;
    }
    (x + y + product + inverse).store(out + global_index());
}
