//! Transforms of the host's columns, wherever the NTT is.

use super::{
    counting::{Booking, Counting},
    engine::{buffers, check_columns, HostEngine},
    Buffer, CpuKernels, CpuTables, HostKernels,
};
use crate::{
    accel::{InPlace, MsmAccel, NttAccel},
    basis::{Coeff, Coset, LagrangeCoeff},
    column::Column,
    engine::{
        extend_by_transforms, CommitmentCurve, Domain, EngineColumn, EngineDomain, ScalarField,
        Transforms,
    },
    error::EngineError,
    label::Label,
    process,
};

impl<F: ScalarField> NttAccel<F> for CpuKernels {
    type Tables = CpuTables<F>;

    fn name(&self) -> String {
        "cpu".into()
    }

    fn tables(&self, k: u32) -> Result<(F, Self::Tables), EngineError> {
        Self::chosen()?;
        check_size::<F>(k)?;
        process::enter()?;
        let tables = CpuTables::new(*self, k);
        Ok((tables.omega(), tables))
    }

    fn forward(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        process::enter()?;
        check_slices("ntt", tables.n(), columns)?;
        tables.forward(columns);
        Ok(())
    }

    fn inverse(&self, tables: &Self::Tables, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        process::enter()?;
        check_slices("inverse ntt", tables.n(), columns)?;
        tables.inverse(columns);
        Ok(())
    }

    fn coset_forward(
        &self,
        tables: &Self::Tables,
        columns: &mut [(&[F], &mut [F])],
        shift: F,
    ) -> Result<(), EngineError> {
        process::enter()?;
        for (coefficients, out) in columns.iter() {
            for column in [*coefficients, &**out] {
                EngineError::check_length("coset ntt", "a column", tables.n(), column.len())?;
            }
        }
        tables.coset_forward(columns, shift);
        Ok(())
    }

    fn coset_inverse(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [F]],
        shift: F,
    ) -> Result<(), EngineError> {
        process::enter()?;
        check_slices("inverse coset ntt", tables.n(), columns)?;
        tables.coset_inverse(columns, shift);
        Ok(())
    }

    fn coset_forward_in_place(
        &self,
        tables: &Self::Tables,
        columns: &mut [&mut [F]],
        shift: F,
    ) -> Result<(), EngineError> {
        process::enter()?;
        check_slices("coset ntt", tables.n(), columns)?;
        tables.coset_forward_in_place(columns, shift);
        Ok(())
    }
}

/// An error if the field has no domain of 2^k rows.
fn check_size<F: ScalarField>(k: u32) -> Result<(), EngineError> {
    match k <= F::S {
        true => Ok(()),
        false => Err(EngineError::DomainTooLarge { k, max_k: F::S }),
    }
}

fn check_slices<F>(
    operation: &'static str,
    n: usize,
    columns: &[&mut [F]],
) -> Result<(), EngineError> {
    columns
        .iter()
        .try_for_each(|column| EngineError::check_length(operation, "a column", n, column.len()))
}

#[warn(clippy::missing_trait_methods)]
impl<F: ScalarField> NttAccel<F> for Counting {
    type Tables = Booking;

    fn name(&self) -> String {
        "estimate".into()
    }

    fn tables(&self, k: u32) -> Result<(F, Booking), EngineError> {
        check_size::<F>(k)?;
        let half_n = 1u64 << k.saturating_sub(1);
        self.count("domain", half_n);
        let omega = (k..F::S).fold(F::ROOT_OF_UNITY, |root, _| root.square());
        Ok((omega, self.hold(half_n * size_of::<F>() as u64)))
    }

    fn forward(&self, _: &Booking, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        transform(self, "tabulate", columns.iter().map(|column| column.len()))
    }

    fn inverse(&self, _: &Booking, columns: &mut [&mut [F]]) -> Result<(), EngineError> {
        let lengths = columns.iter().map(|column| column.len());
        transform(self, "interpolate", lengths)
    }

    fn coset_forward(
        &self,
        _: &Booking,
        columns: &mut [(&[F], &mut [F])],
        _: F,
    ) -> Result<(), EngineError> {
        transform(
            self,
            "extend",
            columns.iter().map(|(column, _)| column.len()),
        )
    }

    fn coset_inverse(
        &self,
        _: &Booking,
        columns: &mut [&mut [F]],
        _: F,
    ) -> Result<(), EngineError> {
        let lengths = columns.iter().map(|column| column.len());
        transform(self, "interpolate_coset", lengths)
    }

    fn coset_forward_in_place(
        &self,
        _: &Booking,
        columns: &mut [&mut [F]],
        _: F,
    ) -> Result<(), EngineError> {
        transform(self, "extend", columns.iter().map(|column| column.len()))
    }

    fn transform_in_place(
        &self,
        _: &Booking,
        which: InPlace<F>,
        columns: &mut [Buffer<'_, F>],
    ) -> Result<(), EngineError> {
        let operation = match which {
            InPlace::Forward => "tabulate",
            InPlace::Inverse => "interpolate",
            InPlace::CosetInverse { .. } => "interpolate_coset",
        };
        transform(self, operation, columns.iter().map(|column| column.len()))
    }

    fn extend_into(
        &self,
        _: &Booking,
        columns: &[&Buffer<'_, F>],
        _: &mut [Buffer<'_, F>],
        _: F,
    ) -> Result<(), EngineError> {
        transform(self, "extend", columns.iter().map(|column| column.len()))
    }
}

/// Counts transforms of columns of so many values: n/2 log n multiplications each.
fn transform(
    counting: &Counting,
    operation: &'static str,
    lengths: impl Iterator<Item = usize>,
) -> Result<(), EngineError> {
    for n in lengths {
        let multiplications = (n as u64 / 2) * u64::from(n.trailing_zeros());
        counting.count(operation, multiplications);
    }
    Ok(())
}

impl<C, K, M, N> Transforms for HostEngine<'_, C, K, M, N>
where
    C: CommitmentCurve,
    K: HostKernels<C::ScalarExt>,
    M: MsmAccel<C>,
    N: NttAccel<C::ScalarExt>,
{
    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        let (omega, tables) = self.ntt.tables(k)?;
        Ok(Domain { k, omega, tables })
    }

    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError> {
        let mut columns: Vec<_> = columns.into_iter().map(Column::into_memory).collect();
        check_columns("interpolate", domain.n(), &columns)?;
        let inverse = InPlace::Inverse;
        (self.ntt).transform_in_place(&domain.tables, inverse, &mut columns)?;
        Ok(columns.into_iter().map(Column::from_memory).collect())
    }

    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError> {
        process::enter()?;
        let columns = buffers(columns);
        check_columns("tabulate", domain.n(), columns.iter().copied())?;
        let copies = columns.iter().map(|column| self.kernels.copy(column));
        let mut values: Vec<_> = copies.collect();
        (self.ntt).transform_in_place(&domain.tables, InPlace::Forward, &mut values)?;
        Ok(values.into_iter().map(Column::from_memory).collect())
    }

    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError> {
        process::enter()?;
        let columns = buffers(columns);
        check_columns("extend", domain.n(), columns.iter().copied())?;
        let zeros = columns.iter().map(|_| self.kernels.zeros(domain.n()));
        let mut extended: Vec<_> = zeros.collect();
        (self.ntt).extend_into(&domain.tables, &columns, &mut extended, shift)?;
        Ok(extended.into_iter().map(Column::from_memory).collect())
    }

    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
        label: Label,
        values: &[C::ScalarExt],
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        // Beside l_0, which takes five, a multiplication a row for each value; two NTTs take k.
        if values.len() + 5 > domain.n().ilog2() as usize {
            return extend_by_transforms(self, domain, shift, label, values);
        }
        let mut column = self.extend_l0(domain, shift)?;
        (self.kernels).combine_rotations(column.memory_mut(), values);
        Ok(column)
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let mut column = column.into_memory();
        EngineError::check_length("interpolate_coset", "the column", domain.n(), column.len())?;
        let inverse = InPlace::CosetInverse { shift };
        let columns = std::slice::from_mut(&mut column);
        (self.ntt).transform_in_place(&domain.tables, inverse, columns)?;
        Ok(Column::from_memory(column))
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: C::ScalarExt,
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        process::enter()?;
        let mut values = self.kernels.zeros(domain.n());
        (self.kernels).extend_l0(domain.omega, shift, &mut values);
        Ok(Column::from_memory(values))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2curves::bn256::Fr;

    #[test]
    fn columns_of_another_length_are_an_error() {
        const CPU: CpuKernels = CpuKernels::Portable;
        let (_, tables) = NttAccel::<Fr>::tables(&CPU, 3).expect("a small domain");
        let shift = Fr::from(5);
        for length in [0, 1, 7, 9, 16] {
            let mut right = vec![Fr::one(); 8];
            let mut wrong = vec![Fr::one(); length];
            let mut columns = [&mut right[..], &mut wrong[..]];
            for result in [
                CPU.forward(&tables, &mut columns),
                CPU.inverse(&tables, &mut columns),
                CPU.coset_inverse(&tables, &mut columns, shift),
                CPU.coset_forward_in_place(&tables, &mut columns, shift),
            ] {
                let error = result.expect_err("a column is too short or too long");
                let text = format!("a column has {length} elements, 8 are needed");
                assert!(error.to_string().contains(&text), "{error}");
            }
            let mut right = vec![Fr::one(); 8];
            let mut wrong = vec![Fr::one(); length];
            let input = wrong.clone();
            let out = vec![Fr::one(); 8];
            assert!(CPU
                .coset_forward(&tables, &mut [(&input, &mut right)], shift)
                .is_err());
            assert!(CPU
                .coset_forward(&tables, &mut [(&out, &mut wrong)], shift)
                .is_err());
        }
        assert!(NttAccel::<Fr>::tables(&CPU, 29).is_err());
    }
}
