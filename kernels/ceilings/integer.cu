// How many integer instructions a second a device issues: what bounds every kernel of this package.
//
// Computes   nothing of use. A thread runs 8 chains that do not depend on each other, each step of a
//            chain on the one before, and writes a word that depends on all of them.
// Layouts    out: one word a thread of the grid.
// Operations 128 a thread and iteration, of the kind in the name:
//              ceilings_multiply_add         IMAD: 32-bit a b + c
//              ceilings_multiply_add_wide    IMAD.WIDE: a b + c with 64-bit c and result
//              ceilings_multiply_add_carry   the same with a carry in and out, in chains of 4 as in a
//                                            field multiplication
//              ceilings_add                  IADD3 with a carry in and out, in chains of 8
// Reading    operations / (time, clock, multiprocessors) is the issue rate: 64 a clock and multiprocessor
//            for IMAD, and 32 or 64 for IMAD.WIDE. The second number decides how fast a field
//            multiplication can be: `rate / 120` a second for Fr, if nothing else is in the way.
// Grid       any one-dimensional grid of blocks of 256; at least 4 blocks a multiprocessor to fill it.
#include "launch.cuh"
#include "ptx.cuh"

constexpr u32 CHAINS = 8;
constexpr u32 STEPS = 16;

// What a chain starts from: different in each chain and thread, and not known to the compiler.
INLINE u32 start(u32 seed, u32 chain) { return seed + static_cast<u32>(global_index()) * CHAINS + chain; }

KERNEL(256, 1)
ceilings_multiply_add(u32* out, u32 iterations, u32 seed) {
    u32 sums[CHAINS];
    UNROLL
    for (u32 chain = 0; chain < CHAINS; chain++) sums[chain] = start(seed, chain);
    for (u32 iteration = 0; iteration < iterations; iteration++) {
        UNROLL
        for (u32 step = 0; step < STEPS; step++) {
            UNROLL
            for (u32 chain = 0; chain < CHAINS; chain++) sums[chain] = sums[chain] * sums[chain] + seed;
        }
    }
    u32 all = 0;
    UNROLL
    for (u32 chain = 0; chain < CHAINS; chain++) all ^= sums[chain];
    out[global_index()] = all;
}

// Chains of pairs of limbs. Of `CHAINED` neighbours the later take the carry of the earlier. A wide
// product is written as its two halves, as in a field multiplication: of mad.wide ptxas makes a product
// and two additions.
template <u32 CHAINED>
INLINE void multiply_add_pairs(u32* out, u32 iterations, u32 seed) {
    u32 sums[2 * CHAINS];
    UNROLL
    for (u32 i = 0; i < 2 * CHAINS; i++) sums[i] = start(seed, i);
    for (u32 iteration = 0; iteration < iterations; iteration++) {
        UNROLL
        for (u32 step = 0; step < STEPS; step++) {
            UNROLL
            for (u32 chain = 0; chain < CHAINS; chain++) {
                u32 *pair = sums + 2 * chain, factor = pair[0];
                pair[0] = chain % CHAINED == 0 ? ptx::mad_lo_cc(factor, seed, pair[0])
                                               : ptx::madc_lo_cc(factor, seed, pair[0]);
                pair[1] = ptx::madc_hi_cc(factor, seed, pair[1]);
            }
        }
    }
    u32 all = 0;
    UNROLL
    for (u32 i = 0; i < 2 * CHAINS; i++) all ^= sums[i];
    out[global_index()] = all;
}

KERNEL(256, 1)
ceilings_multiply_add_wide(u32* out, u32 iterations, u32 seed) { multiply_add_pairs<1>(out, iterations, seed); }

KERNEL(256, 1)
ceilings_multiply_add_carry(u32* out, u32 iterations, u32 seed) { multiply_add_pairs<4>(out, iterations, seed); }

KERNEL(256, 1)
ceilings_add(u32* out, u32 iterations, u32 seed) {
    u32 sums[CHAINS];
    UNROLL
    for (u32 chain = 0; chain < CHAINS; chain++) sums[chain] = start(seed, chain);
    for (u32 iteration = 0; iteration < iterations; iteration++) {
        UNROLL
        for (u32 step = 0; step < STEPS; step++) {
            UNROLL
            for (u32 chain = 0; chain < CHAINS; chain++) {
                u32 other = sums[(chain + 1) % CHAINS];
                sums[chain] = chain == 0 ? ptx::add_cc(sums[0], other) : ptx::addc_cc(sums[chain], other);
            }
        }
    }
    u32 all = 0;
    UNROLL
    for (u32 chain = 0; chain < CHAINS; chain++) all ^= sums[chain];
    out[global_index()] = all;
}
