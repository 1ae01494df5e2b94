//! Where the SRS comes from.

use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fq, G2Affine, G2Compressed},
        group::{ff::PrimeField, prime::PrimeCurveAffine, GroupEncoding},
        serde::SerdeObject,
    },
    poly::{commitment::Params, kzg::commitment::ParamsKZG},
    SerdeFormat,
};
use halo2_offload_frontend::verify_srs;
use rand_chacha::ChaCha20Rng;
use rand_core::SeedableRng;
use sha2::{Digest, Sha256};
use std::{
    fs::{self, File},
    io::{self, BufReader, Read, Seek, SeekFrom},
    path::Path,
};

use crate::{
    error::{Error, Result},
    host::Host,
    prove::{hexadecimal, sha256},
    table::describe_bytes,
};

/// The trapdoor's seed, known to everybody.
const SEED: u64 = 0;

/// A point of the first group as it is in memory; compressed it is half as long.
pub(crate) const POINT_BYTES: u64 = 64;

/// An SRS of size 2^k whose trapdoor is known: for measuring, never for proofs that anybody is
/// to believe.
pub fn insecure_srs(k: u32) -> ParamsKZG<Bn256> {
    ParamsKZG::setup(k, ChaCha20Rng::seed_from_u64(SEED))
}

/// An SRS of size 2^k: that of a file, or else the insecure one.
///
/// A file is in one of halo2's formats (`ParamsKZG::write_custom`, raw or processed), told apart by length; if it has
/// more than 2^k points it is cut down. What is read is checked whole ([`verify_srs`]), once: that it was good is
/// noted in the folder `checked`, where one is given, under the SHA-256 of the file.
///
/// # Errors
///
/// If the file is not there, has another length than its k asks for, is for a smaller k, or is not an SRS
/// whole.
pub fn srs(path: Option<&Path>, k: u32, checked: Option<&Path>) -> Result<ParamsKZG<Bn256>> {
    match path {
        Some(path) => read_srs(path, k, checked),
        None => Ok(insecure_srs(k)),
    }
}

fn read_srs(path: &Path, k: u32, checked: Option<&Path>) -> Result<ParamsKZG<Bn256>> {
    // First what is last, and quick: of what it refuses halo2curves' reader of compressed points might panic.
    Setup::read(path, k)?;
    let Header {
        k: file_k,
        format,
        reader,
    } = open(path, k)?;
    let header = file_k.to_le_bytes();
    let mut reader = Hashing {
        state: Sha256::new(),
        inner: header.as_slice().chain(reader),
    };
    let mut params = ParamsKZG::read_custom(&mut reader, format)
        .map_err(|error| unusable(path, format!("{error}: fetch it again")))?;
    if file_k > k {
        // The Lagrange half is made anew from the powers.
        params.downsize(k);
    }
    let name = format!("{}-{k}", hexadecimal(&reader.state.finalize()));
    let note = checked.map(|folder| folder.join(CHECKED_FOLDER).join(name));
    if note.as_ref().is_some_and(|note| note.exists()) {
        return Ok(params);
    }
    // Reading looks at the coordinates alone, and who wrote the file may have meant another SRS.
    verify_srs(&params).map_err(|error| match error {
        halo2_offload_frontend::Error::Srs { reason } => unusable(
            path,
            format!("it is damaged, or no SRS: {reason}. Fetch it again"),
        ),
        other => unusable(path, other.to_string()),
    })?;
    if let Some(note) = note {
        let folder = note.parent().map_or(Ok(()), fs::create_dir_all);
        if let Err(error) = folder.and_then(|()| fs::write(&note, "")) {
            tracing::info!(%error, path = %note.display(), "that the SRS is good is not noted");
        }
    }
    Ok(params)
}

/// Which files were checked; the number is that of the checks.
const CHECKED_FOLDER: &str = "checked-srs-1";

/// Hashes what is read.
struct Hashing<R> {
    state: Sha256,
    inner: R,
}

impl<R: Read> Read for Hashing<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.state.update(&bytes[..read]);
        Ok(read)
    }
}

/// The setup that an SRS is of: its points of the second group, H and \[s\]H.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setup([G2Affine; 2]);

impl Setup {
    /// That of an SRS.
    pub fn of(params: &ParamsKZG<Bn256>) -> Self {
        Self([params.g2(), params.s_g2()])
    }

    /// That of an SRS file which holds at least 2^k points. Nothing else of it is looked at.
    ///
    /// # Errors
    ///
    /// If the file is not there, of another length than its k asks for, for a smaller k, or has no points of the
    /// second group at its end.
    pub fn read(path: &Path, k: u32) -> Result<Self> {
        let Header { format, reader, .. } = open(path, k)?;
        let mut file = reader.into_inner();
        let is_raw = matches!(format, SerdeFormat::RawBytes);
        let length = if is_raw { 128 } else { 64 };
        let mut bytes = vec![0; 2 * length];
        file.seek(SeekFrom::End(-(bytes.len() as i64)))
            .and_then(|_| file.read_exact(&mut bytes))
            .map_err(|error| unusable(path, error.to_string()))?;
        let point = |bytes: &[u8]| -> Option<G2Affine> {
            match is_raw {
                true => G2Affine::from_raw_bytes(bytes),
                false => compressed_point(bytes),
            }
        };
        // Zeros, as a download that was cut off leaves them, are the encoding of the identity.
        let point = |bytes| point(bytes).filter(|point| !bool::from(point.is_identity()));
        match (point(&bytes[..length]), point(&bytes[length..])) {
            (Some(h), Some(s_h)) => Ok(Self([h, s_h])),
            _ => Err(unusable(
                path,
                "it is damaged: its end is no points of the second group. Fetch it again"
                    .to_owned(),
            )),
        }
    }

    /// Whether it is that of [`insecure_srs`].
    pub fn is_insecure(&self) -> bool {
        *self == Self::of(&insecure_srs(1))
    }

    /// Names it: the SHA-256 of both points, compressed, in hexadecimal.
    pub fn sha256(&self) -> String {
        let bytes = self.0.map(|point| point.to_bytes());
        sha256(&bytes.map(|bytes| bytes.as_ref().to_vec()).concat())
    }
}

/// A compressed point of the second group: the two parts of x, and two flags in the highest bits. halo2curves-axiom
/// 0.7.3 takes the parts to be reduced, and panics where they are not.
fn compressed_point(bytes: &[u8]) -> Option<G2Affine> {
    const FLAGS: u8 = 0b1100_0000;
    let mut compressed = G2Compressed::default();
    compressed.as_mut().copy_from_slice(bytes);
    let mut parts: [[u8; 32]; 2] = [bytes[..32].try_into().ok()?, bytes[32..].try_into().ok()?];
    parts[1][31] &= !FLAGS;
    parts
        .iter()
        .all(is_reduced)
        .then(|| G2Affine::from_bytes(&compressed).into())?
}

/// Whether little-endian bytes are an element of the base field as it is written.
fn is_reduced(bytes: &[u8; 32]) -> bool {
    Fq::from_repr(*bytes).is_some().into()
}

impl From<[G2Affine; 2]> for Setup {
    fn from(points: [G2Affine; 2]) -> Self {
        Self(points)
    }
}

/// What [`srs`] finds out of a file before it reads a point.
pub(crate) fn check_srs(path: &Path, k: u32) -> Result<()> {
    open(path, k).map(drop)
}

/// What an SRS file begins with.
struct Header {
    k: u32,
    format: SerdeFormat,
    /// What follows.
    reader: BufReader<File>,
}

/// Reads the header: k, and the format of what follows.
fn open(path: &Path, k: u32) -> Result<Header> {
    let cannot_read = |error: io::Error| unusable(path, error.to_string());
    // Before it is opened: a pipe would be waited for.
    if !fs::metadata(path).map_err(cannot_read)?.is_file() {
        return Err(unusable(path, "it is no file".to_owned()));
    }
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
    // The whole file is read, also for a smaller k.
    let (bytes, memory) = (srs_bytes(file_k, POINT_BYTES), Host::look().memory_bytes());
    if let Some(memory) = memory.filter(|memory| bytes > *memory) {
        return Err(unusable(
            path,
            format!(
                "it is for k = {file_k} and takes {}, and there are {}: use one that was cut down to k = {k}",
                describe_bytes(bytes),
                describe_bytes(memory)
            ),
        ));
    }
    Ok(Header {
        k: file_k,
        format,
        reader,
    })
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
        read_srs(file.path(), k, None)
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

    #[test]
    fn setups_are_told_apart() {
        let setup = |bytes: &[u8], k| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            fs::write(file.path(), bytes).expect("written");
            Setup::read(file.path(), k)
        };
        let expected = Setup::of(&insecure_srs(2));
        for format in [SerdeFormat::RawBytes, SerdeFormat::Processed] {
            let mut bytes = bytes(4, format);
            let read = setup(&bytes, 3).expect("a setup");
            assert_eq!(read, expected);
            assert_eq!(read.sha256(), expected.sha256());
            assert!(setup(&bytes, 5).is_err());
            let length = bytes.len();
            // As where a download was cut off.
            bytes[length - 150..].fill(0);
            let error = setup(&bytes, 4).expect_err("no points").to_string();
            assert!(error.contains("second group"), "{error}");
        }
        let other = ParamsKZG::<Bn256>::setup(2, ChaCha20Rng::seed_from_u64(5));
        assert_ne!(Setup::of(&other), expected);
        assert_ne!(Setup::of(&other).sha256(), expected.sha256());
    }

    #[test]
    fn numbers_of_the_base_field_are_told_from_others() {
        let largest = (-Fq::one()).to_repr();
        assert!(is_reduced(&[0; 32]) && is_reduced(&largest));
        let mut modulus = largest;
        modulus[0] += 1;
        assert!(!is_reduced(&modulus));
        assert!(!is_reduced(&[0xff; 32]));
    }

    #[test]
    fn what_is_good_is_noted_by_its_hash() {
        let folder = tempfile::tempdir().expect("a folder");
        let notes = || match fs::read_dir(folder.path().join(CHECKED_FOLDER)) {
            Ok(entries) => entries.count(),
            Err(_) => 0,
        };
        let read = |bytes: &[u8], k| {
            let file = tempfile::NamedTempFile::new().expect("a file");
            fs::write(file.path(), bytes).expect("written");
            read_srs(file.path(), k, Some(folder.path()))
        };
        let good = bytes(4, SerdeFormat::RawBytes);
        let mut bad = good.clone();
        let end = bad.len();
        bad[end - 256..].fill(0);
        assert!(read(&bad, 4).is_err());
        assert_eq!(notes(), 0);
        for k in [4, 4, 3] {
            assert!(read(&good, k).is_ok());
        }
        assert_eq!(notes(), 2);
        assert!(read(&bad, 4).is_err());
    }

    /// A cache that cannot be written is no reason to refuse an SRS.
    #[test]
    fn a_note_that_cannot_be_made_changes_nothing() {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), bytes(4, SerdeFormat::RawBytes)).expect("written");
        assert!(read_srs(file.path(), 4, Some(file.path())).is_ok());
    }
}
