//! The fields and the curve that the kernels are compiled for: BN254. Named here and nowhere else in
//! this package, whose modules take them under the names below.

mod kernels;

use ff::PrimeField;
use halo2curves::bn256;

use crate::{context::Context, error::CudaError, kernel::Typed, repr::DeviceRepr};

/// The field of a circuit's values: `Fr` in the kernels (`kernels/include/params/bn254_fr.cuh`).
pub(crate) type ScalarField = bn256::Fr;
/// The field of the points' coordinates: `Fq` in the kernels (`kernels/include/params/bn254_fq.cuh`).
pub(crate) type BaseField = bn256::Fq;
/// A point as the SRS has it: x and y, the identity (0, 0).
pub(crate) type Affine = bn256::G1Affine;
/// A point as a sum leaves it on the host.
pub(crate) type Projective = bn256::G1;
/// A point as a sum leaves it on the device: X, Y, ZZ and ZZZ with x = X / ZZ, y = Y / ZZZ; ZZ = 0 is the
/// identity.
pub(crate) type Xyzz = [BaseField; 4];

/// A kernel that computes `r[i] = a[i] op b[i]` for i < n; its arguments are r, a, b and n.
pub(crate) type BinaryKernel<F> = Typed<(*mut F, *const F, *const F, u64)>;
/// A kernel that computes `r[i] = op a[i]` for i < n; its arguments are r, a and n.
pub(crate) type UnaryKernel<F> = Typed<(*mut F, *const F, u64)>;

/// Threads of a block of these kernels, which step over their vectors.
pub(crate) const VECTOR_THREADS: u32 = kernels::THREADS;

/// A field that the kernels compute in, with the kernels of its operations on vectors
/// (`kernels/field/operations.cuh`) and the wide multiplications that it takes (`kernels/README.md`).
pub(crate) trait DeviceField:
    PrimeField<Repr: AsRef<[u8]> + AsMut<[u8]>> + DeviceRepr
{
    /// What the names of its kernels begin with.
    const PREFIX: &'static str;
    /// Wide multiplications of a product.
    const MULTIPLICATION: u64;
    /// Of a square.
    const SQUARING: u64;
    /// Of a sum of two products, reduced once.
    const SUM_OF_PRODUCTS: u64;
    /// Of a reduction alone: out of Montgomery form.
    const REDUCTION: u64;
    /// The most that an inversion takes.
    const INVERSION: u64;

    /// Looks up the kernel of an operation on two vectors.
    fn binary(context: &Context, operation: Binary) -> Result<BinaryKernel<Self>, CudaError>;

    /// Looks up the kernel of an operation on one vector.
    fn unary(context: &Context, operation: Unary) -> Result<UnaryKernel<Self>, CudaError>;
}

/// Operations on two vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Binary {
    /// a + b.
    Add,
    /// a - b.
    Sub,
    /// a b.
    Mul,
    /// a^2 + b^2.
    SumOfProducts,
    /// a^2 - b^2.
    DifferenceOfProducts,
}

/// Operations on one vector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unary {
    /// -a.
    Neg,
    /// 2 a.
    Dbl,
    /// a^2.
    Sqr,
    /// The integer that a stands for, as limbs.
    FromMontgomery,
    /// The element that stands for the integer in the limbs of a.
    ToMontgomery,
    /// 1 / a, and 0 of 0.
    Inverse,
    /// The same, four neighbours together.
    BatchInverse,
}

impl Binary {
    /// What follows the field's prefix in the name of the kernel.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Sub => "sub",
            Self::Mul => "mul",
            Self::SumOfProducts => "sum_of_products",
            Self::DifferenceOfProducts => "difference_of_products",
        }
    }
}

impl Unary {
    /// What follows the field's prefix in the name of the kernel.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Neg => "neg",
            Self::Dbl => "dbl",
            Self::Sqr => "sqr",
            Self::FromMontgomery => "from_montgomery",
            Self::ToMontgomery => "to_montgomery",
            Self::Inverse => "inverse",
            Self::BatchInverse => "batch_inverse",
        }
    }
}
