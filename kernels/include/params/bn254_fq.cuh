// The base field of BN254:
// q = 21888242871839275222246405745257275088696311157297823662689037894645226208583, 254 bits.
#pragma once

#include "../field.cuh"

struct Bn254Fq {
    static constexpr u32 LIMBS = 8;

    // Limb `i` of the modulus, least significant first.
    static CONSTANT u32 modulus(u32 i) {
        constexpr u32 limbs[LIMBS] = {0xd87cfd47, 0x3c208c16, 0x6871ca8d, 0x97816a91,
                                      0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72};
        return limbs[i];
    }
};

using Fq = Field<Bn254Fq>;
