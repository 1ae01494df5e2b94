//! The two bases of a KZG SRS.

use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, G1Affine},
        serde::SerdeObject,
    },
    poly::{
        commitment::{Params, ParamsProver},
        kzg::commitment::ParamsKZG,
    },
    SerdeFormat,
};
use std::io;

use crate::error::Error;

/// Bytes of a point in halo2-axiom's raw format: two coordinates, as they are in memory.
pub(crate) const POINT_BYTES: usize = 64;

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

/// The Lagrange basis, which has no accessor: it is caught as `write_custom` writes it out.
pub(crate) fn g_lagrange(params: &ParamsKZG<Bn256>) -> Result<Vec<G1Affine>, Error> {
    let n = params.n() as usize;
    let mut catcher = Catcher {
        // The number k, and the monomial basis.
        skip: 4 + n * POINT_BYTES,
        partial: Vec::with_capacity(POINT_BYTES),
        points: Vec::with_capacity(n),
        n,
    };
    params.write_custom(&mut catcher, SerdeFormat::RawBytes)?;
    if catcher.points.len() != n {
        return Err(Error::SrsTruncated {
            k: params.k(),
            expected: n,
            actual: catcher.points.len(),
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
}

impl io::Write for Catcher {
    fn write(&mut self, mut bytes: &[u8]) -> io::Result<usize> {
        let written = bytes.len();
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
