// Linear combinations of columns, up to eight terms in a launch.
//
// Computes sum[i] += sum_(j < products) c_j p_j[i] + sum_(products <= j < products + additions) p_j[i],
//          i < n: terms whose coefficient is 1 come last. `products` is even: an odd one is filled up
//          with a coefficient of 0.
// Layout   columns of n elements of Fr. Pointers from products + additions on are not followed.
// Moves    32 bytes in a term and value, 32 in and 32 out a value of the sum.
// Multiplies wide: 184 a pair of products, one reduction for both; none for an addition.
// Grid     ceil(n / 256) blocks of 256.
// Reference crates/engine, `accumulate`.
#include "launch.cuh"
#include "params/bn254_fr.cuh"

constexpr u32 THREADS = 256;
constexpr u32 TERMS = 8;

struct Coefficients {
    Fr of[TERMS];
};

KERNEL(THREADS, 2)
poly_accumulate(Fr* sum, u64 n, u32 products, u32 additions, Coefficients coefficients, const Fr* p_0, const Fr* p_1,
                const Fr* p_2, const Fr* p_3, const Fr* p_4, const Fr* p_5, const Fr* p_6, const Fr* p_7) {
    const Fr* const columns[TERMS] = {p_0, p_1, p_2, p_3, p_4, p_5, p_6, p_7};
    const u64 i = global_index();
    if (i >= n) return;
    Fr value = Fr::load(sum + i);
    UNROLL
    for (u32 j = 0; j < TERMS; j += 2) {
        if (j < products) {
            value = value + Fr::sum_of_products(coefficients.of[j], Fr::load(columns[j] + i),
                                                coefficients.of[j + 1], Fr::load(columns[j + 1] + i));
        }
    }
    UNROLL
    for (u32 j = 0; j < TERMS; j++) {
        if (j >= products && j < products + additions) value = value + Fr::load(columns[j] + i);
    }
    value.store(sum + i);
}
