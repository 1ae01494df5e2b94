//! `digits.cu`: signed digits of a column of scalars.

use super::holds;
use crate::{
    buffer::{DeviceSlice, DeviceSliceMut},
    context::Context,
    entry_points,
    error::CudaError,
    field::ScalarField,
    kernel::{EntryPoint, Kernel},
    launch::LaunchConfig,
    msm::plan::Windows,
};

entry_points!(msm_digits);

#[derive(Debug)]
pub(in crate::msm) struct DigitsKernel(Kernel<MsmDigits>);

impl DigitsKernel {
    pub(super) fn load(context: &Context) -> Result<Self, CudaError> {
        Ok(Self(MsmDigits::load(context)?))
    }

    /// The digits of a column, window by window, `rows` in each; zeros where there are no scalars.
    /// `used` is one number, zero before: how many windows have digits other than zero.
    pub(in crate::msm) fn launch(
        &self,
        context: &Context,
        scalars: DeviceSlice<'_, ScalarField>,
        rows: u32,
        windows: &Windows,
        digits: DeviceSliceMut<'_, u32>,
        used: DeviceSliceMut<'_, u32>,
    ) -> Result<(), CudaError> {
        const OPERATION: &str = "msm digits";
        holds(
            OPERATION,
            digits.len(),
            u64::from(rows) * u64::from(windows.count),
        )?;
        holds(OPERATION, used.len(), 1)?;
        let count = u32::try_from(scalars.len()).unwrap_or(u32::MAX).min(rows);
        // SAFETY: the kernel reads `count` scalars, no more than there are, and writes `rows` digits
        // in each of the windows, and one number.
        unsafe {
            self.0.launch(
                context,
                LaunchConfig::covering(rows as usize, MsmDigits::THREADS),
                (
                    &scalars,
                    &count,
                    &rows,
                    &windows.width,
                    &windows.count,
                    &digits,
                    &used,
                ),
            )
        }
    }
}
