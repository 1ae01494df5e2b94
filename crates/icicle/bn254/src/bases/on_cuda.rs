//! Bases on a device.

use std::sync::Arc;

use halo2_offload_cuda::{
    canonical::Conversion,
    msm::{CudaBases, Table},
    CudaError,
};
use halo2curves::bn256::{Fq, G1Affine as EngineAffine};

use super::cache::{Cache, Entry, Held, Source};
use crate::{access::Input, cuda::Engine, curve::G1Affine};

/// The kept sets of a device.
pub(crate) type OnCuda = Cache<CudaBases>;

impl Held for CudaBases {
    fn points(&self) -> usize {
        self.len()
    }

    fn device_bytes(&self) -> u64 {
        table_bytes(self.table())
    }

    fn host_bytes(&self) -> u64 {
        0
    }
}

fn table_bytes(table: &Table) -> u64 {
    (table.points() * size_of::<EngineAffine>()) as u64
}

/// A set for one multiplication or more.
pub(crate) enum Bases {
    Kept(Arc<Entry<CudaBases>>),
    Own(CudaBases),
}

impl Bases {
    pub(crate) fn get(&self) -> &CudaBases {
        match self {
            Self::Kept(entry) => &entry.bases,
            Self::Own(bases) => bases,
        }
    }
}

/// The set on the device, and whether it was there.
pub(crate) fn find_or_load(
    engine: &Engine,
    points: &Input<'_, G1Affine>,
    count: usize,
    are_montgomery: bool,
) -> Result<(Bases, bool), CudaError> {
    let cache = &engine.bases;
    let others = match cache.find(points, are_montgomery) {
        Ok(entry) => return Ok((Bases::Kept(entry), true)),
        Err(others) => others,
    };
    // halo2 multiplies with two sets of bases in turn; both are to stay.
    let multiples_bytes = engine.msm.policy().table_bytes.min(cache.bound() / 3);
    let mut table = engine.msm.table(count, multiples_bytes)?;
    let fits = cache.make_room(table_bytes(&table));
    if !fits {
        // Multiples are not worth their making for one use.
        table = engine.msm.table(count, 0)?;
    }
    let bases = load(engine, points, table, are_montgomery)?;
    let bases = match (fits, Source::of(points)) {
        (true, Some(source)) => {
            let entry = Arc::new(Entry::new(source, are_montgomery, bases));
            cache.keep(entry.clone(), points, &others);
            Bases::Kept(entry)
        }
        _ => Bases::Own(bases),
    };
    Ok((bases, false))
}

fn load(
    engine: &Engine,
    points: &Input<'_, G1Affine>,
    table: Table,
    are_montgomery: bool,
) -> Result<CudaBases, CudaError> {
    let context = &engine.context;
    let mut brought = context.allocate::<EngineAffine>("icicle bases", table.bases as usize)?;
    engine.bring(brought.all_mut().cast()?, points)?;
    if !are_montgomery {
        let coordinates = brought.all_mut().cast::<Fq>()?;
        engine
            .canonical
            .convert(Conversion::IntoMontgomery, coordinates)?;
    }
    engine.msm.load_device_table(table, brought.all())
}
