//! The fields and the curve that the kernels are compiled for: BN254. Named here and nowhere else in
//! this package, whose modules take them under the names below.

use halo2curves::bn256;

/// The field of a circuit's values: `Fr` in the kernels (`kernels/include/params/bn254_fr.cuh`).
pub(crate) type ScalarField = bn256::Fr;
/// The field of the points' coordinates: `Fq` in the kernels (`kernels/include/params/bn254_fq.cuh`).
pub(crate) type BaseField = bn256::Fq;
/// A point as the SRS has it: x and y, the identity (0, 0).
pub(crate) type Affine = bn256::G1Affine;
/// A point as a sum leaves it on the host.
pub(crate) type Projective = bn256::G1;
/// A point as a sum leaves it on the device: X, Y, ZZ and ZZZ with x = X / ZZ, y = Y / ZZZ.
pub(crate) type Xyzz = [BaseField; 4];
