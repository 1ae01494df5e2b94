//! Where the SRS comes from.

use halo2_axiom::{
    halo2curves::bn256::Bn256,
    poly::{commitment::Params, kzg::commitment::ParamsKZG},
    SerdeFormat,
};
use halo2_offload_frontend::verify_srs;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::Path,
};

use crate::error::{Error, Result};

/// The trapdoor's seed, known to everybody.
const SEED: u64 = 0;

/// A point of the first group as it is in memory; compressed it is half as long.
pub(crate) const POINT_BYTES: u64 = 64;

/// An SRS of size 2^k whose trapdoor is known: for measuring, never for proofs that anybody is
/// to believe.
pub fn insecure_srs(k: u32) -> ParamsKZG<Bn256> {
    ParamsKZG::setup(k, ChaCha20Rng::seed_from_u64(SEED))
}

/// Reads an SRS in one of halo2's formats (`ParamsKZG::write_custom`, raw or processed), told apart
/// by length, and cuts it down to 2^k points if there are more.
///
/// # Errors
///
/// If the file is not there, has another length than its k asks for, is for a smaller k, or is not an SRS
/// whole ([`verify_srs`]).
pub fn read_srs(path: &Path, k: u32) -> Result<ParamsKZG<Bn256>> {
    let (file_k, format, reader) = open(path, k)?;
    let header = file_k.to_le_bytes();
    let mut params = ParamsKZG::read_custom(&mut header.as_slice().chain(reader), format)
        .map_err(|error| unusable(path, format!("{error}: fetch it again")))?;
    if file_k > k {
        // The Lagrange half is made anew from the powers.
        params.downsize(k);
    }
    // Reading looks at the coordinates alone, and who wrote the file may have meant another SRS.
    verify_srs(&params).map_err(|error| match error {
        halo2_offload_frontend::Error::Srs { reason } => unusable(
            path,
            format!("it is damaged, or no SRS: {reason}. Fetch it again"),
        ),
        other => unusable(path, other.to_string()),
    })?;
    Ok(params)
}

/// What [`read_srs`] finds out before it reads a point.
pub(crate) fn check_srs(path: &Path, k: u32) -> Result<()> {
    open(path, k).map(drop)
}

/// Reads the header: k, and the format of what follows.
fn open(path: &Path, k: u32) -> Result<(u32, SerdeFormat, BufReader<File>)> {
    let cannot_read = |error: io::Error| unusable(path, error.to_string());
    let file = File::open(path).map_err(cannot_read)?;
    let length = file.metadata().map_err(cannot_read)?.len();
    let mut reader = BufReader::new(file);
    let (file_k, format) = format(&mut reader, length).map_err(|reason| unusable(path, reason))?;
    if file_k < k {
        return Err(unusable(
            path,
            format!(
                "it is for k = {file_k}, but k = {k} is needed: use a larger SRS or a smaller k"
            ),
        ));
    }
    Ok((file_k, format, reader))
}

fn unusable(path: &Path, reason: String) -> Error {
    Error::Srs {
        path: path.to_owned(),
        reason,
    }
}

/// Reads k, and finds the format whose length this is.
fn format(reader: &mut impl Read, length: u64) -> std::result::Result<(u32, SerdeFormat), String> {
    let mut k = [0; 4];
    reader
        .read_exact(&mut k)
        .map_err(|_| format!("it has {length} bytes, not even a header: it is truncated"))?;
    let k = u32::from_le_bytes(k);
    if k > halo2_offload_workloads::MAX_K {
        return Err(format!(
            "it begins with k = {k}, which is not possible: it is no SRS in one of halo2's formats"
        ));
    }
    let raw = srs_bytes(k, POINT_BYTES);
    let processed = srs_bytes(k, POINT_BYTES / 2);
    match length {
        _ if length == raw => Ok((k, SerdeFormat::RawBytes)),
        _ if length == processed => Ok((k, SerdeFormat::Processed)),
        _ => Err(format!(
            "it is for k = {k} and has {length} bytes, where {raw} (raw) or {processed} (processed) \
             are needed: it is truncated, or no SRS in one of halo2's formats"
        )),
    }
}

/// k; both bases; two points of the second group, which are twice as long.
pub(crate) fn srs_bytes(k: u32, point_bytes: u64) -> u64 {
    4 + 2 * (point_bytes << k) + 2 * 2 * point_bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_axiom::poly::commitment::ParamsProver;

    fn bytes(k: u32, format: SerdeFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let params = insecure_srs(k);
        params.write_custom(&mut bytes, format).expect("memory");
        bytes
    }

    fn read(bytes: &[u8], k: u32) -> Result<ParamsKZG<Bn256>> {
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), bytes).expect("written");
        read_srs(file.path(), k)
    }

    #[test]
    fn both_formats_and_larger_ones() {
        for format in [SerdeFormat::RawBytes, SerdeFormat::Processed] {
            let bytes = bytes(4, format);
            for k in [3, 4] {
                let params = read(&bytes, k).expect("an SRS");
                assert_eq!(params.get_g(), insecure_srs(k).get_g());
            }
        }
    }

    #[test]
    fn what_is_wrong_is_said() {
        let good = bytes(4, SerdeFormat::RawBytes);
        let message = |bytes: &[u8], k| read(bytes, k).expect_err("no SRS").to_string();
        assert!(message(&good[..good.len() - 1], 4).contains("truncated"));
        assert!(message(&good[..3], 4).contains("truncated"));
        assert!(message(&[0xff; 100], 4).contains("no SRS"));
        assert!(message(&good, 5).contains("larger SRS"));
        let mut off_curve = good.clone();
        off_curve[70] ^= 1;
        assert!(message(&off_curve, 4).contains("no point of the curve"));
        // As a download that was cut off leaves it, in a file that was made as long as it was to be.
        for zeros in [256, 128, 4096] {
            let mut cut_off = good.clone();
            let length = cut_off.len();
            cut_off[length - zeros.min(length - 4)..].fill(0);
            let message = message(&cut_off, 4);
            assert!(message.contains("it is damaged"), "{zeros}: {message}");
        }
        let mut flipped = good.clone();
        let last = flipped.len() - 100;
        flipped[last] ^= 1;
        assert!(message(&flipped, 4).contains("second group"));
        // Another setup's second group, and its Lagrange half.
        let mut other = Vec::new();
        let params = ParamsKZG::<Bn256>::setup(4, ChaCha20Rng::seed_from_u64(5));
        params
            .write_custom(&mut other, SerdeFormat::RawBytes)
            .expect("memory");
        let (end, half) = (good.len() - 256, 4 + 16 * 64);
        let second_group = [&good[..end], &other[end..]].concat();
        assert!(message(&second_group, 4).contains("second group"));
        let lagrange = [&good[..half], &other[half..end], &good[end..]].concat();
        assert!(message(&lagrange, 4).contains("Lagrange points are not those of its powers"));
        // For a smaller k the Lagrange half is made anew.
        assert!(read(&lagrange, 3).is_ok());
    }
}
