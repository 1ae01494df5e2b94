//! The two bases of a KZG SRS.

use ff::PrimeField;
use halo2_axiom::{
    halo2curves::{
        bn256::{multi_miller_loop, Bn256, Fr, G1Affine, G2Affine, G2Prepared, G1},
        group::{cofactor::CofactorGroup, prime::PrimeCurveAffine, Curve, Group},
        pairing::MillerLoopResult,
        serde::SerdeObject,
        CurveAffine,
    },
    poly::{
        commitment::{Params, ParamsProver},
        kzg::commitment::ParamsKZG,
    },
    SerdeFormat,
};
use halo2_offload_engine::{
    process, BorrowHost, Columns, Commit, CpuEngine, CpuKernels, EngineError, EngineSrs, Label,
    LagrangeCoeff, Transforms,
};
use halo2_offload_prover::{load_lagrange_srs, Pairing};
use rand_chacha::{
    rand_core::{RngCore, SeedableRng},
    ChaCha20Rng,
};
use rand_core::OsRng;
use rayon::prelude::*;
use std::io;

use crate::{error::Error, resident_key::Bn256Engine};

/// Bytes of a point in halo2-axiom's raw format: two coordinates, as they are in memory.
pub(crate) const POINT_BYTES: usize = 64;
/// Of a point of the second group.
pub(crate) const SECOND_GROUP_POINT_BYTES: usize = 128;

/// Checks that the SRS is one of size 2^k.
pub(crate) fn check_size(params: &ParamsKZG<Bn256>, k: u32) -> Result<(), Error> {
    if params.k() != k {
        return Err(Error::SrsSize {
            srs_k: params.k(),
            key_k: k,
        });
    }
    let (expected, actual) = (1 << k, params.get_g().len());
    if expected != actual {
        return Err(Error::SrsTruncated {
            k,
            expected,
            actual,
        });
    }
    Ok(())
}

/// What is said of halves that differ.
pub(crate) const HALVES: &str =
    "its Lagrange points are not those of its powers: they are of another setup, of \
                                 another size, or in another order";

/// The error of an SRS that contradicts itself.
pub(crate) fn contradicts(reason: &str) -> Error {
    Error::Srs {
        reason: reason.into(),
    }
}

/// The points of the second group, with which openings are checked.
pub(crate) struct SecondGroup {
    h: G2Prepared,
    s_h: G2Prepared,
}

impl SecondGroup {
    /// From the SRS's points, which have to fit the first two of its powers: `powers` are G and \[s\]G, `h`
    /// and `s_h` are H and \[s\]H.
    pub fn new(powers: &[G1Affine], h: G2Affine, s_h: G2Affine) -> Result<Self, Error> {
        let [g, s_g, ..] = powers else {
            return Err(contradicts("it has fewer than two points"));
        };
        if *g != G1Affine::generator() {
            return Err(contradicts(
                "its first point is not the generator of the group",
            ));
        }
        let is_sound = |point: &G2Affine| {
            bool::from(point.is_on_curve() & !point.is_identity())
                && bool::from(point.to_curve().is_torsion_free())
        };
        if !is_sound(&h) || !is_sound(&s_h) {
            return Err(contradicts(
                "its points of the second group (at its end) are not on the curve or not of the right \
                 order, as where a file was cut off and filled with zeros",
            ));
        }
        let second_group = Self {
            h: h.into(),
            s_h: s_h.into(),
        };
        if !second_group.holds(*g, *s_g) {
            return Err(contradicts(
                "its points of the first and of the second group (at its end) are not of one setup",
            ));
        }
        Ok(second_group)
    }

    /// That of an SRS.
    pub fn of(params: &ParamsKZG<Bn256>) -> Result<Self, Error> {
        Self::new(params.get_g(), params.g2(), params.s_g2())
    }
}

impl Pairing<G1Affine> for SecondGroup {
    fn holds(&self, a: G1Affine, b: G1Affine) -> bool {
        let product = multi_miller_loop(&[(&a, &self.s_h), (&-b, &self.h)]);
        product.final_exponentiation().is_identity().into()
    }
}

/// Loads the n Lagrange points, and checks that they add up to the generator, as the Lagrange polynomials add up
/// to 1.
pub(crate) fn load_lagrange<E: Bn256Engine>(
    engine: &E,
    n: usize,
    points: Vec<G1Affine>,
) -> Result<EngineSrs<E, LagrangeCoeff>, Error> {
    let (lagrange_srs, sum) = load_lagrange_srs(engine, n, || points)?;
    if sum != [G1Affine::generator()] {
        return Err(contradicts(
            "its Lagrange points do not add up to the generator: they are not Lagrange points of its size",
        ));
    }
    Ok(lagrange_srs)
}

/// Random numbers for checks by random combinations, of the operating system's.
pub(crate) fn fresh_rng() -> io::Result<ChaCha20Rng> {
    let mut seed = [0; 32];
    OsRng.try_fill_bytes(&mut seed).map_err(io::Error::other)?;
    Ok(ChaCha20Rng::from_seed(seed))
}

/// Checks all of an SRS: that its points are on their curves, that its powers are those of one secret, the one
/// of its second group, and that its Lagrange points are those of its powers. By random combinations, of 128
/// bits: a fault goes through with probability 2^-128. It takes about two multi-scalar multiplications of full
/// size, and four columns of 32 * 2^k bytes.
///
/// # Errors
///
/// If something is wrong; the error says which part.
pub fn verify_srs(params: &ParamsKZG<Bn256>) -> Result<(), Error> {
    process::enter().map_err(EngineError::from)?;
    check_size(params, params.k())?;
    let powers = params.get_g();
    let lagrange = g_lagrange(params)?;
    let points = powers.par_iter().chain(&lagrange);
    if !points
        .into_par_iter()
        .all(|point| point.is_on_curve().into())
    {
        return Err(contradicts("it holds what is no point of the curve"));
    }
    let second_group = SecondGroup::of(params)?;
    let n = powers.len();
    let mut rng = fresh_rng()?;
    let mut factor =
        || Fr::from_u128(u128::from(rng.next_u64()) << 64 | u128::from(rng.next_u64()));
    let factors: Vec<Fr> = (0..n).map(|_| factor()).collect();

    // sum_i c_i [s^(i+1)]G is s times sum_i c_i [s^i]G.
    let last = n - 1;
    let low = weighted_sum(&factors[..last], powers)?;
    let high = weighted_sum(&factors[..last], &powers[1..])?;
    if !second_group.holds(low.to_affine(), high.to_affine()) {
        return Err(contradicts(
            "its powers are not those of the secret that its points of the second group (at its end) have",
        ));
    }
    // Both halves commit to the same polynomial.
    let of_powers = low + powers[last] * factors[last];
    let engine = CpuEngine::<G1Affine>::new();
    let domain = engine.domain(params.k())?;
    let label = Label::brief("column to check the SRS", 0);
    let coefficients = engine.upload(label, n, || factors)?;
    let values = engine.tabulate(&domain, &[&coefficients])?;
    drop(coefficients);
    let references: Vec<_> = values.iter().collect();
    let of_lagrange = engine.commit(&engine.borrow_srs(&lagrange)?, &references)?;
    if of_lagrange != [of_powers.to_affine()] {
        return Err(contradicts(HALVES));
    }
    Ok(())
}

/// sum_i factors\[i\] points\[i\], on the CPU.
pub(crate) fn weighted_sum(factors: &[Fr], points: &[G1Affine]) -> Result<G1, EngineError> {
    let sums = CpuKernels::chosen()?.multiply(points, &[factors])?;
    Ok(sums.into_iter().sum())
}

/// The Lagrange basis, which has no accessor: it is caught as `write_custom` writes it out.
pub(crate) fn g_lagrange(params: &ParamsKZG<Bn256>) -> Result<Vec<G1Affine>, Error> {
    let n = params.n() as usize;
    // The number k, and the monomial basis; at the end two points of the second group.
    let before = 4 + params.get_g().len() * POINT_BYTES;
    let after = 2 * SECOND_GROUP_POINT_BYTES;
    let mut catcher = Catcher {
        skip: before,
        partial: Vec::with_capacity(POINT_BYTES),
        points: Vec::with_capacity(n),
        n,
        written: 0,
    };
    params.write_custom(&mut catcher, SerdeFormat::RawBytes)?;
    let actual = catcher.written.saturating_sub(before + after) / POINT_BYTES;
    if actual != n {
        return Err(Error::SrsTruncated {
            k: params.k(),
            expected: n,
            actual,
        });
    }
    Ok(catcher.points)
}

/// Skips some bytes, then turns the next ones into n points, and ignores the rest.
struct Catcher {
    skip: usize,
    partial: Vec<u8>,
    points: Vec<G1Affine>,
    n: usize,
    /// Bytes in all.
    written: usize,
}

impl io::Write for Catcher {
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<usize> {
        let written = bytes.len();
        self.written += written;
        let skipped = self.skip.min(bytes.len());
        self.skip -= skipped;
        bytes = &bytes[skipped..];
        while !bytes.is_empty() && self.points.len() < self.n {
            let taken = (POINT_BYTES - self.partial.len()).min(bytes.len());
            self.partial.extend_from_slice(&bytes[..taken]);
            bytes = &bytes[taken..];
            if self.partial.len() == POINT_BYTES {
                // These bytes come from points in memory: there is nothing to check.
                let point = G1Affine::from_raw_bytes_unchecked(&self.partial);
                self.points.push(point);
                self.partial.clear();
            }
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
