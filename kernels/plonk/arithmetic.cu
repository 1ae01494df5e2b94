// Field arithmetic as functions, for code that is generated at run time.
//
// What it computes. Sums, differences, products and squares of elements of Fr, canonical in and out: those of
// field.cuh, each as one function of the PTX. There is no kernel here: crates/cuda/src/plonk/specialise puts
// a kernel behind this module's text, and has the driver compile both as one.
//
// Layouts. Parameters and results are 32 bytes in parameter space, aligned to 16, which the PTX compiler keeps
// in registers.
//
// Multiplications, wide: 120 a product, 92 a square.
#include "launch.cuh"
#include "params/bn254_fr.cuh"

static_assert(sizeof(Fr) == 32 && alignof(Fr) == 16, "what generated code passes");

// A function with a stable name that stays a function.
#define FUNCTION(name) extern "C" __device__ __attribute__((noinline)) Fr name

FUNCTION(plonk_sum)(Fr a, Fr b) { return a + b; }
FUNCTION(plonk_difference)(Fr a, Fr b) { return a - b; }
FUNCTION(plonk_product)(Fr a, Fr b) { return a * b; }
FUNCTION(plonk_square)(Fr a) { return a.sqr(); }
