//! The engine of the `icicle` rung: what a prover gets that calls the ICICLE packages as EZKL's fork of
//! halo2 does.
//!
//! One call for each column. Scalars, points and values are made canonical before it, values are taken back
//! after it. Forward transforms go there, inverse ones do not.

use ff::{Field, PrimeField};
use group::Group;
use halo2_axiom::halo2curves::bn256::{Fq, Fr, G1Affine, G1};
use halo2_offload::engine::{
    cpu::CpuTables, CpuKernels, EngineError, HybridEngine, MsmAccel, NttAccel,
};
use halo2_offload_measure::{DeviceChoice, Error};
use icicle_bn254::curve::{G1Affine as IcicleAffine, G1Projective, ScalarField};
use icicle_core::{
    error::{IcicleError, IcicleResult},
    msm::{msm, MSMConfig},
    ntt::{initialize_domain, ntt_inplace, NTTConfig, NTTDir},
};
use icicle_cuda_runtime::{
    error::CudaResult,
    memory::{DeviceVec, HostSlice},
    offload::{self, last_error_text, select, Place, Selection},
};
use rayon::prelude::*;
use std::borrow::Cow;

use super::Watched;

/// Why the rung cannot run on a device, if it cannot: a client such as EZKL chooses neither the device nor a
/// budget of its memory, so the rung cannot either.
pub fn unavailable(device: DeviceChoice) -> Option<String> {
    let refused = device.ordinal != 0 || device.vram_budget.is_some();
    refused.then(|| {
        "it works on device 0, all of it: CUDA_VISIBLE_DEVICES says which that is, and --vram is not for it"
            .to_owned()
    })
}

/// The engine, and the device that it sends work to: none if the packages run on the CPU.
pub fn engine<'h>(device: Option<DeviceChoice>) -> Result<(Engine<'h>, Option<Watched>), Error> {
    select(match device {
        None => Selection::Cpu,
        Some(_) => Selection::Cuda,
    });
    let watched = match offload::device(0) {
        Ok(Place::Cpu) => None,
        Ok(Place::Cuda(device)) => Some(Watched::new(device.context().clone())),
        Err(error) => return Err(Error::Plan(with_text(error).to_string())),
    };
    let engine = HybridEngine::with_accelerators(IcicleMsm, IcicleNtt);
    Ok((engine, watched))
}

type Engine<'h> = HybridEngine<'h, G1Affine, IcicleMsm, IcicleNtt>;

pub struct IcicleMsm;

impl MsmAccel<G1Affine> for IcicleMsm {
    /// They stay on the host, and are converted anew for every multiplication.
    type Bases<'h> = Cow<'h, [G1Affine]>;

    fn name(&self) -> String {
        "icicle".to_owned()
    }

    fn load<'h>(&self, bases: Cow<'h, [G1Affine]>) -> Result<Self::Bases<'h>, EngineError> {
        Ok(bases)
    }

    fn msm(&self, bases: &Self::Bases<'_>, columns: &[&[Fr]]) -> Result<Vec<G1>, EngineError> {
        let sum = |column: &&[Fr]| match bases.get(..column.len()) {
            Some([]) => Ok(G1::identity()),
            Some(bases) => multiply(column, bases).map_err(device),
            None => Err(EngineError::Length {
                operation: "msm",
                what: "the base set",
                expected: column.len(),
                actual: bases.len(),
            }),
        };
        columns.iter().map(sum).collect()
    }
}

fn multiply(scalars: &[Fr], bases: &[G1Affine]) -> IcicleResult<G1> {
    let scalars: Vec<ScalarField> = scalars.par_iter().map(scalar).collect();
    let bases: Vec<IcicleAffine> = bases
        .par_iter()
        .map(|point| IcicleAffine::from_limbs(limbs(&point.x), limbs(&point.y)))
        .collect();
    let mut sum = wrap(DeviceVec::<G1Projective>::cuda_malloc(1))?;
    msm(
        HostSlice::from_slice(&scalars),
        HostSlice::from_slice(&bases),
        &MSMConfig::default(),
        &mut sum[..],
    )?;
    let mut on_host = [G1Projective::zero()];
    wrap(sum.copy_to_host(HostSlice::from_mut_slice(&mut on_host)))?;
    let sum = IcicleAffine::from(on_host[0]);
    Ok(G1::from(G1Affine {
        x: element::<Fq>(sum.x.into())?,
        y: element::<Fq>(sum.y.into())?,
    }))
}

pub struct IcicleNtt;

impl NttAccel<Fr> for IcicleNtt {
    type Tables = CpuTables<Fr>;

    fn name(&self) -> String {
        "icicle".to_owned()
    }

    fn tables(&self, k: u32) -> Result<(Fr, Self::Tables), EngineError> {
        CpuKernels::default().tables(k)
    }

    fn forward(&self, tables: &Self::Tables, columns: &mut [&mut [Fr]]) -> Result<(), EngineError> {
        columns
            .iter_mut()
            .try_for_each(|column| transform(column, tables.omega()).map_err(device))
    }

    fn inverse(&self, tables: &Self::Tables, columns: &mut [&mut [Fr]]) -> Result<(), EngineError> {
        CpuKernels::default().inverse(tables, columns)
    }

    fn coset_forward(
        &self,
        tables: &Self::Tables,
        columns: &mut [(&[Fr], &mut [Fr])],
        shift: Fr,
    ) -> Result<(), EngineError> {
        for (coefficients, out) in columns {
            scale_by_powers(coefficients, shift, out);
            transform(out, tables.omega()).map_err(device)?;
        }
        Ok(())
    }

    fn coset_inverse(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [Fr]],
        shift: Fr,
    ) -> Result<(), EngineError> {
        CpuKernels::default().coset_inverse(tables, columns, shift)
    }
}

fn transform(values: &mut [Fr], omega: Fr) -> IcicleResult<()> {
    let cfg = NTTConfig::<'_, ScalarField>::default();
    initialize_domain(scalar(&omega), &cfg.ctx, true)?;
    let mut scalars: Vec<ScalarField> = values.par_iter().map(scalar).collect();
    ntt_inplace(
        HostSlice::from_mut_slice(&mut scalars),
        NTTDir::kForward,
        &cfg,
    )?;
    values
        .par_iter_mut()
        .zip(scalars)
        .try_for_each(|(value, scalar)| {
            *value = element(scalar.into())?;
            Ok(())
        })
}

/// out_i <- shift^i p_i.
fn scale_by_powers(coefficients: &[Fr], shift: Fr, out: &mut [Fr]) {
    const PART: usize = 1 << 12;
    out.par_chunks_mut(PART)
        .zip(coefficients.par_chunks(PART))
        .enumerate()
        .for_each(|(part, (out, coefficients))| {
            let mut power = shift.pow_vartime([(part * PART) as u64]);
            for (out, coefficient) in out.iter_mut().zip(coefficients) {
                *out = power * coefficient;
                power *= shift;
            }
        });
}

fn scalar(value: &Fr) -> ScalarField {
    limbs(value).into()
}

/// The canonical limbs of an element.
fn limbs<F: PrimeField<Repr = [u8; 32]>>(value: &F) -> [u32; 8] {
    let bytes = value.to_repr();
    std::array::from_fn(|i| u32::from_le_bytes([0, 1, 2, 3].map(|j| bytes[4 * i + j])))
}

fn element<F: PrimeField<Repr = [u8; 32]>>(limbs: [u32; 8]) -> IcicleResult<F> {
    let mut bytes = [0; 32];
    for (bytes, limb) in bytes.chunks_exact_mut(4).zip(limbs) {
        bytes.copy_from_slice(&limb.to_le_bytes());
    }
    Option::from(F::from_repr(bytes))
        .ok_or_else(|| IcicleError::invalid_argument("a result is above the modulus"))
}

fn wrap<T>(result: CudaResult<T>) -> IcicleResult<T> {
    result.map_err(with_text)
}

fn with_text(error: icicle_cuda_runtime::error::CudaError) -> IcicleError {
    match last_error_text() {
        Some(text) => IcicleError::from_cuda_error_and_text(error, &text),
        None => IcicleError::from_cuda_error(error),
    }
}

fn device(error: IcicleError) -> EngineError {
    EngineError::Device(Box::new(error))
}
