// Field operations of Fq over vectors, for the self test and the tests of the arithmetic.
//
// Computes   r[i] = a[i] op b[i] for i < n; `batch_inverse` in groups of 4 neighbours.
// Layouts    a, b, r: n elements of 32 bytes, Montgomery form, canonical. r may be a or b.
// Moves      96 n bytes for two operands, 64 n for one.
// Multiplies wide: mul 130, sqr 102; inverse at most 2000, of which 20 rounds take 99 each; batch_inverse 3
//            mul an element and a quarter of an inverse; see include/field.cuh for the others.
// Grid       any one-dimensional grid of blocks of 128: threads step over the vector.
// Reference  crates/engine, `halo2curves::bn256::Fq`.
#include "params/bn254_fq.cuh"

using Element = Fq;
#define ENTRY(operation) field_fq_##operation

#include "operations.cuh"
