// Inverses of several elements for the price of one (Montgomery, "Speeding the Pollard and elliptic
// curve methods of factorization", Math. Comp. 48, 1987, section 10.3.1).
#pragma once

#include "field.cuh"

// Replaces each of `values` by its inverse, and 0 by 0: 3 (COUNT - 1) multiplications and an inverse.
// All in registers where COUNT is small and known.
template <u32 COUNT, class F>
INLINE void batch_inverse(F (&values)[COUNT]) {
    // prefix[i]: the product of what is not zero before i.
    F prefix[COUNT];
    F product = F::one();
    UNROLL
    for (u32 i = 0; i < COUNT; i++) {
        prefix[i] = product;
        if (!values[i].is_zero()) product = product * values[i];
    }
    // The inverse of the product of what is not zero up to and with i.
    F inverse = product.inverse();
    UNROLL
    for (u32 i = COUNT; i-- > 0;) {
        if (values[i].is_zero()) continue;
        F next = inverse * values[i];
        values[i] = inverse * prefix[i];
        inverse = next;
    }
}
