//! The points that rows stand for: powers of the domain's generator, in two small tables.

use std::sync::Arc;

use ff::Field;

use crate::{
    buffer::{DeviceBuffer, DeviceSlice},
    context::Context,
    error::CudaError,
    field::ScalarField,
};

/// omega^(j 2^log_low) for j < n / 2^log_low, then omega^j for j < 2^log_low: any power is the product
/// of two. 64 2^(k/2) bytes.
#[derive(Debug)]
pub(super) struct PointTables {
    powers: DeviceBuffer<ScalarField>,
    log_low: u32,
}

impl PointTables {
    /// For a domain of 2^k rows: 2^(k/2 + 1) multiplications on the host.
    pub(super) fn new(
        context: &Context,
        k: u32,
        omega: ScalarField,
    ) -> Result<Arc<Self>, CudaError> {
        let log_low = k / 2;
        let powers = |base: ScalarField, count: u32| {
            std::iter::successors(Some(ScalarField::ONE), move |power| Some(*power * base))
                .take(1 << count)
        };
        let step = omega.pow_vartime([1_u64 << log_low]);
        let values: Vec<ScalarField> = powers(step, k - log_low)
            .chain(powers(omega, log_low))
            .collect();
        Ok(Arc::new(Self {
            powers: context.allocate_from("powers of omega", &values)?,
            log_low,
        }))
    }

    pub(super) fn powers(&self) -> DeviceSlice<'_, ScalarField> {
        self.powers.all()
    }

    pub(super) fn log_low(&self) -> u32 {
        self.log_low
    }
}
