// The scalar field of BN254:
// r = 21888242871839275222246405745257275088548364400416034343698204186575808495617, 254 bits.
#pragma once

#include "../field.cuh"

struct Bn254Fr {
    static constexpr u32 LIMBS = 8;

    // Limb `i` of the modulus, least significant first.
    static CONSTANT u32 modulus(u32 i) {
        constexpr u32 limbs[LIMBS] = {0xf0000001, 0x43e1f593, 0x79b97091, 0x2833e848,
                                      0x8181585d, 0xb85045b6, 0xe131a029, 0x30644e72};
        return limbs[i];
    }
};

using Fr = Field<Bn254Fr>;
