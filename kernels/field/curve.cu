// Operations of G1 over vectors of points, for the self test and the tests of the arithmetic.
//
// Computes   r[i] = a[i] + b[i], 2 a[i] or -a[i] for i < n, exceptional cases included.
// Layouts    affine points: x, y, 64 bytes, (0, 0) the identity. XYZZ points: x, y, zz, zzz, 128 bytes,
//            zz = 0 the identity. Coordinates in Montgomery form, canonical. r may be a.
// Moves      320 n bytes for a mixed addition, 384 n for an addition, 256 n for a doubling, 192 n for a
//            doubling of affine points.
// Multiplies wide: 1178 a mixed addition, 1698 an addition, 1020 a doubling.
// Grid       any one-dimensional grid of blocks of 128: threads step over the vector.
// Reference  crates/engine, `halo2curves::bn256::G1`.
#include "curve.cuh"
#include "launch.cuh"
#include "params/bn254_fq.cuh"

using Point = Xyzz<Fq>;

KERNEL(128, 1)
field_g1_add_mixed(Point* r, const Point* a, const Affine<Fq>* b, u64 n) {
    for (u64 i = global_index(); i < n; i += global_size()) {
        Point::load(a + i).add(Affine<Fq>::load(b + i)).store(r + i);
    }
}

KERNEL(128, 1)
field_g1_add(Point* r, const Point* a, const Point* b, u64 n) {
    for (u64 i = global_index(); i < n; i += global_size()) Point::load(a + i).add(Point::load(b + i)).store(r + i);
}

KERNEL(128, 1)
field_g1_dbl(Point* r, const Point* a, u64 n) {
    for (u64 i = global_index(); i < n; i += global_size()) Point::load(a + i).dbl().store(r + i);
}

KERNEL(128, 1)
field_g1_dbl_affine(Point* r, const Affine<Fq>* a, u64 n) {
    for (u64 i = global_index(); i < n; i += global_size()) Point::dbl(Affine<Fq>::load(a + i)).store(r + i);
}

KERNEL(128, 1)
field_g1_neg(Point* r, const Point* a, u64 n) {
    for (u64 i = global_index(); i < n; i += global_size()) Point::load(a + i).neg().store(r + i);
}
