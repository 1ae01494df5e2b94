//! Key files: a resident key, SRS included, in one file.
//!
//! Layout: the magic line; the length of the circuit's description in JSON (u64, little-endian) and
//! the JSON; then, as they are in memory (Montgomery form, little-endian limbs), what the verifier has: the
//! two points of the SRS in the second group, the commitments of the fixed and of the permutation columns;
//! 2^k points of the monomial SRS, 2^k of the Lagrange SRS, and the coefficients of each fixed and each
//! permutation column; last the BLAKE2b-256 hash of everything before it. A file of the first version lacks
//! what the verifier has: it is read, and proofs made with it are not checked to the end.
//!
//! A file is read in one pass and piece by piece, so that a process which reads one holds the key
//! and nothing beside it. Every point is checked to be on the curve, every field element to be
//! reduced, the SRS not to contradict itself, and the hash to be right before a key is returned.

use blake2b_simd::{Params, State};
use halo2_axiom::{
    halo2curves::{
        bn256::{Bn256, Fr, G1Affine, G2Affine},
        serde::SerdeObject,
    },
    plonk::ProvingKey,
    poly::{commitment::ParamsProver, kzg::commitment::ParamsKZG},
};
use halo2_offload_engine::{process, CpuEngine, EngineError};
use halo2_offload_prover::{CompiledCircuit, KeyColumns, Shape, VerifierSide};
use rayon::prelude::*;
use std::io::{self, Read, Write};

use crate::{
    compile::{blinding_factors, check_degree, compile},
    error::Error,
    resident_key::{Bn256Engine, ResidentKey},
    srs::{self, SecondGroup},
};

const MAGIC: &[u8] = b"halo2-offload key file 2\n";
/// Without what the verifier has.
const FIRST_MAGIC: &[u8] = b"halo2-offload key file 1\n";
const HASH_BYTES: usize = 32;
const SCALAR_BYTES: usize = 32;
/// Elements that are read or written at once.
const PIECE: usize = 1 << 14;
/// A description of a circuit is some kilobytes; what claims to be longer than this is not one.
const LONGEST_DESCRIPTION: u64 = 1 << 30;

/// Writes a key file of a stock proving key and its SRS.
///
/// # Errors
///
/// If the SRS is of another size than the key, truncated, contradicts itself or is not the one that the key was
/// made with; if the key's degree was cut down; or if writing fails. Nothing is written before all that is
/// checked.
pub fn write_key(
    params: &ParamsKZG<Bn256>,
    pk: &ProvingKey<G1Affine>,
    writer: impl Write,
) -> Result<(), Error> {
    let circuit = compile(pk.get_vk())?;
    srs::check_size(params, circuit.k)?;
    let engine = CpuEngine::<G1Affine>::new();
    ResidentKey::borrow(&engine, params, pk)?.check_columns(&engine)?;
    let lagrange = srs::g_lagrange(params)?;
    let mut writer = HashingWriter {
        inner: writer,
        state: hasher(),
    };
    let description = serde_json::to_vec(&circuit).map_err(io::Error::from)?;
    writer.write_all(MAGIC)?;
    writer.write_all(&(description.len() as u64).to_le_bytes())?;
    writer.write_all(&description)?;
    write_elements(&mut writer, &[params.g2(), params.s_g2()])?;
    write_elements(&mut writer, pk.get_vk().fixed_commitments())?;
    write_elements(&mut writer, pk.get_vk().permutation().commitments())?;
    write_elements(&mut writer, params.get_g())?;
    write_elements(&mut writer, &lagrange)?;
    let columns = pk.fixed_polys().iter().chain(pk.permutation().polys());
    for column in columns {
        write_elements(&mut writer, column.values())?;
    }
    let hash = writer.state.finalize();
    writer.inner.write_all(hash.as_bytes())?;
    writer.inner.flush()?;
    Ok(())
}

/// A key file of which the beginning has been read: the circuit is known, and what it takes can be
/// planned, before anything large is in memory.
#[derive(Debug)]
pub struct KeyReader<R> {
    circuit: CompiledCircuit<Fr>,
    /// None in files of the first version.
    verifier: Option<Verifier>,
    reader: HashingReader<R>,
}

impl<R: Read> KeyReader<R> {
    /// Reads the beginning of a key file. Reading is buffered here.
    ///
    /// # Errors
    ///
    /// If the file is no key file, or its beginning is truncated or damaged, or if halo2-axiom has cut the degree
    /// of the constraint system down to less than its constraints need.
    pub fn new(reader: R) -> Result<Self, Error> {
        let mut reader = HashingReader {
            inner: reader,
            state: hasher(),
        };
        let (circuit, has_verifier) = read_circuit(&mut reader)?;
        let verifier = match has_verifier {
            true => Some(Verifier::read(&mut reader, &circuit)?),
            false => None,
        };
        if let Some(verifier) = &verifier {
            check_degree(&circuit, &verifier.fixed_commitments)?;
        }
        Ok(Self {
            circuit,
            verifier,
            reader,
        })
    }

    /// The SRS's points of the second group, H and \[s\]H, by which setups can be told apart. Files of the first
    /// version have none. That they fit the rest of the SRS is found out when the key is loaded.
    pub fn second_group(&self) -> Option<[G2Affine; 2]> {
        Some(self.verifier.as_ref()?.second_group)
    }

    /// The circuit that the key is for.
    pub fn circuit(&self) -> &CompiledCircuit<Fr> {
        &self.circuit
    }

    /// Reads the rest onto the engine.
    ///
    /// # Errors
    ///
    /// If the file is truncated or damaged, or the engine has no room for the key.
    pub fn load<E: Bn256Engine>(self, engine: &E) -> Result<ResidentKey<E>, Error> {
        process::enter().map_err(EngineError::from)?;
        let Self {
            circuit,
            verifier,
            mut reader,
        } = self;
        let n = circuit.n();
        let points: Vec<G1Affine> = read_elements(&mut reader, n, srs::POINT_BYTES)?;
        let verifier = verifier.map(|v| v.side(&points)).transpose()?;
        let srs = engine.load_srs(n, || points)?;
        let points = read_elements(&mut reader, n, srs::POINT_BYTES)?;
        let lagrange_srs = srs::load_lagrange(engine, n, points)?;
        let counts = [circuit.fixed_columns, circuit.permutation.len()];
        let columns = KeyColumns::load(counts, |_, label| -> Result<_, Error> {
            let values = read_elements::<Fr>(&mut reader, n, SCALAR_BYTES)?;
            Ok(engine.upload(label, n, || values)?.into())
        })?;
        let expected = reader.state.finalize();
        let mut hash = [0; HASH_BYTES];
        read_exact(&mut reader.inner, &mut hash)?;
        if expected.as_bytes() != hash {
            return Err(damaged("its hash does not match its contents"));
        }
        if reader.inner.read(&mut [0])? != 0 {
            return Err(damaged("it goes on after its end"));
        }
        let key = ResidentKey::assemble(engine, circuit, srs, lagrange_srs, columns)?;
        match verifier {
            Some(side) => key.with_verifier(side),
            None => Ok(key),
        }
    }
}

/// What the verifier has, as it is in the file.
#[derive(Debug)]
struct Verifier {
    second_group: [G2Affine; 2],
    fixed_commitments: Vec<G1Affine>,
    permutation_commitments: Vec<G1Affine>,
}

impl Verifier {
    fn read(reader: &mut impl Read, circuit: &CompiledCircuit<Fr>) -> Result<Self, Error> {
        let mut point = || -> Result<G2Affine, Error> {
            let mut bytes = [0; srs::SECOND_GROUP_POINT_BYTES];
            read_exact(reader, &mut bytes)?;
            G2Affine::from_raw_bytes(&bytes)
                .ok_or_else(|| damaged("it holds a point off the curve of the second group"))
        };
        let second_group = [point()?, point()?];
        let mut points = |count| read_elements(reader, count, srs::POINT_BYTES);
        Ok(Self {
            second_group,
            fixed_commitments: points(circuit.fixed_columns)?,
            permutation_commitments: points(circuit.permutation.len())?,
        })
    }

    /// With the SRS's powers, which the points of the second group have to fit.
    fn side(self, powers: &[G1Affine]) -> Result<VerifierSide<G1Affine>, Error> {
        let [h, s_h] = self.second_group;
        Ok(VerifierSide {
            generator: G1Affine::generator(),
            fixed_commitments: self.fixed_commitments,
            permutation_commitments: self.permutation_commitments,
            pairing: Box::new(SecondGroup::new(powers, h, s_h)?),
        })
    }
}

impl<E: Bn256Engine> ResidentKey<E> {
    /// Reads a key file onto the engine. Reading is buffered here.
    ///
    /// # Errors
    ///
    /// If the file is truncated, damaged, or no key file.
    pub fn read(engine: &E, reader: impl Read) -> Result<Self, Error> {
        KeyReader::new(reader)?.load(engine)
    }
}

/// The circuit, and whether what the verifier has comes next.
fn read_circuit(reader: &mut impl Read) -> Result<(CompiledCircuit<Fr>, bool), Error> {
    let mut magic = [0; MAGIC.len()];
    read_exact(reader, &mut magic)?;
    let has_verifier = magic == MAGIC;
    if !has_verifier && magic != FIRST_MAGIC {
        return Err(Error::KeyFile {
            reason:
                "it does not begin as a key file of this version does; write one from the stock \
                     key with `write_key`"
                    .into(),
        });
    }
    let mut length = [0; 8];
    read_exact(reader, &mut length)?;
    let length = u64::from_le_bytes(length);
    if length > LONGEST_DESCRIPTION {
        return Err(damaged("the length of its circuit is not plausible"));
    }
    let mut description = Vec::new();
    reader.take(length).read_to_end(&mut description)?;
    if (description.len() as u64) < length {
        return Err(truncated());
    }
    let circuit: CompiledCircuit<Fr> = serde_json::from_slice(&description)
        .map_err(|error| damaged(&format!("its circuit cannot be read: {error}")))?;
    let makes_no_sense =
        |problem: String| damaged(&format!("its circuit makes no sense: {problem}"));
    circuit
        .check()
        .map_err(|problem| makes_no_sense(problem.to_string()))?;
    Shape::from(&circuit)
        .check::<Fr>(circuit.k)
        .map_err(|problem| makes_no_sense(problem.to_string()))?;
    let blinding_factors = blinding_factors(&circuit.advice_queries);
    if circuit.blinding_factors != blinding_factors {
        return Err(damaged(&format!(
            "its circuit has {} blinding factors, and {blinding_factors} are what its queries need",
            circuit.blinding_factors
        )));
    }
    Ok((circuit, has_verifier))
}

/// A field element or a point, in raw bytes.
fn write_elements<T: SerdeObject>(writer: &mut impl Write, elements: &[T]) -> io::Result<()> {
    let mut bytes = Vec::new();
    for piece in elements.chunks(PIECE) {
        bytes.clear();
        for element in piece {
            element.write_raw(&mut bytes)?;
        }
        writer.write_all(&bytes)?;
    }
    Ok(())
}

fn read_elements<T: SerdeObject + Send>(
    reader: &mut impl Read,
    count: usize,
    element_bytes: usize,
) -> Result<Vec<T>, Error> {
    let mut elements = Vec::new();
    let mut bytes = vec![0; PIECE.min(count) * element_bytes];
    while elements.len() < count {
        let piece = PIECE.min(count - elements.len());
        let bytes = &mut bytes[..piece * element_bytes];
        read_exact(reader, bytes)?;
        // Not before the first piece is there: a damaged header may claim any size.
        elements
            .try_reserve_exact(count - elements.len())
            .map_err(|_| damaged("it claims to be larger than this machine's memory"))?;
        let read: Option<Vec<T>> = bytes
            .par_chunks(element_bytes)
            .map(T::from_raw_bytes)
            .collect();
        elements.extend(read.ok_or_else(|| {
            damaged("it holds a number that is no field element or a point off the curve")
        })?);
    }
    Ok(elements)
}

fn read_exact(reader: &mut impl Read, bytes: &mut [u8]) -> Result<(), Error> {
    reader
        .read_exact(bytes)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => truncated(),
            _ => error.into(),
        })
}

fn truncated() -> Error {
    damaged("it ends too early")
}

fn damaged(what: &str) -> Error {
    Error::KeyFile {
        reason: format!("{what}; write it anew from the stock key with `write_key`"),
    }
}

fn hasher() -> State {
    Params::new().hash_length(HASH_BYTES).to_state()
}

struct HashingWriter<W> {
    inner: W,
    state: State,
}

impl<W: Write> Write for HashingWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.state.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

#[derive(Debug)]
struct HashingReader<R> {
    inner: R,
    state: State,
}

impl<R: Read> Read for HashingReader<R> {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(bytes)?;
        self.state.update(&bytes[..read]);
        Ok(read)
    }
}
