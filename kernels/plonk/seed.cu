// A column of values that look uniformly random, expanded from a seed.
//
// Computes   out[i] = the integer of the i-th 64 bytes of the seed's ChaCha20 stream, least byte first,
//            modulo p: what `Field::random` of halo2curves makes of that stream. ChaCha20 is that of
//            RFC 8439 with a counter of 64 bits and no nonce (Bernstein, "ChaCha, a variant of Salsa20",
//            2008); a block of it is 64 bytes, so that value i is block i and any thread can make it.
// Layouts    out: elements, 32 bytes each. seed: 8 words, by value.
// Operations a value: 20 rounds of 16 additions, exclusive ors and rotations each, 3 multiplications.
// Bytes      a value: 32 written.
// Grid       any one-dimensional grid of blocks of 128 with a thread for each value.
#include "field.cuh"
#include "launch.cuh"
#include "params/bn254_fr.cuh"

struct Seed {
    u32 words[8];
};

INLINE u32 rotate_left(u32 a, u32 bits) { return a << bits | a >> (32 - bits); }

INLINE void quarter_round(u32& a, u32& b, u32& c, u32& d) {
    a += b;
    d = rotate_left(d ^ a, 16);
    c += d;
    b = rotate_left(b ^ c, 12);
    a += b;
    d = rotate_left(d ^ a, 8);
    c += d;
    b = rotate_left(b ^ c, 7);
}

// Block `counter` of the stream: 16 words.
INLINE void chacha20_block(u32 (&block)[16], const Seed& seed, u64 counter) {
    u32 start[16] = {0x61707865, 0x3320646e, 0x79622d32, 0x6b206574};
    UNROLL
    for (u32 i = 0; i < 8; i++) start[4 + i] = seed.words[i];
    start[12] = static_cast<u32>(counter);
    start[13] = static_cast<u32>(counter >> 32);
    UNROLL
    for (u32 i = 0; i < 16; i++) block[i] = start[i];
    // Unrolled no further: a double round is 128 instructions already.
#pragma unroll 1
    for (u32 round = 0; round < 20; round += 2) {
        UNROLL
        for (u32 i = 0; i < 4; i++) quarter_round(block[i], block[4 + i], block[8 + i], block[12 + i]);
        UNROLL
        for (u32 i = 0; i < 4; i++) {
            quarter_round(block[i], block[4 + (i + 1) % 4], block[8 + (i + 2) % 4], block[12 + (i + 3) % 4]);
        }
    }
    UNROLL
    for (u32 i = 0; i < 16; i++) block[i] += start[i];
}

KERNEL(128, 4)
plonk_seed(Fr* out, u64 count, Seed seed) {
    const u64 i = global_index();
    if (i >= count) return;
    u32 block[16];
    chacha20_block(block, seed, i);
    Fr low, high;
    UNROLL
    for (u32 limb = 0; limb < Fr::N; limb++) {
        low.limbs[limb] = block[limb];
        high.limbs[limb] = block[Fr::N + limb];
    }
    // The second factor of a product may be any 256 bits (montgomery.cuh): low R^2 / R + high R^3 / R,
    // with R^3 / R^2 = R^2 / R.
    const Fr radix = Fr::one().to_montgomery();
    (radix * low + radix * (radix * high)).store(out + i);
}
