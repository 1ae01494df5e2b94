//! An engine that returns one wrong value.

use ff::Field;
use halo2_axiom::halo2curves::{
    bn256::{Fr, G1Affine},
    group::Curve,
};
use halo2_offload::{
    engine::{
        program::Program, Basis, Coeff, Column, CommitBasis, Coset, Engine, EngineColumn,
        EngineDomain, EngineError, EngineSrs, Fractions, Label, LagrangeCoeff, Permuted, RowBasis,
        Rows,
    },
    CpuEngine,
};
use rand::Rng;
use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard},
};

use crate::zoo::witness_rng;

/// Which call of which operation returns a wrong value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    pub operation: &'static str,
    /// Counted from 0, one for each column, point or scalar that is returned.
    pub call: usize,
}

/// The CPU engine, but for a fault.
pub struct Planted {
    cpu: CpuEngine<'static>,
    fault: Option<Fault>,
    calls: Mutex<BTreeMap<&'static str, usize>>,
}

type Cpu = CpuEngine<'static>;
type Values<B> = EngineColumn<Cpu, B>;

impl Planted {
    pub fn new(fault: Option<Fault>) -> Self {
        Self {
            cpu: CpuEngine::new(),
            fault,
            calls: Mutex::default(),
        }
    }

    /// How often each operation has returned something.
    pub fn calls(&self) -> MutexGuard<'_, BTreeMap<&'static str, usize>> {
        self.calls.lock().unwrap()
    }

    /// Counts a value; whether it is the wrong one.
    fn is_wrong(&self, operation: &'static str) -> bool {
        let mut calls = self.calls();
        let calls = calls.entry(operation).or_default();
        *calls += 1;
        let call = *calls - 1;
        self.fault == Some(Fault { operation, call })
    }

    fn spoil<B: Basis>(&self, operation: &'static str, column: Values<B>) -> Values<B> {
        if !self.is_wrong(operation) {
            return column;
        }
        let mut values = column.into_memory().into_owned();
        // Another row for each call, the same one every time.
        let seed = self.fault.map_or(0, |fault| fault.call as u64);
        let row = witness_rng(seed).gen_range(0..values.len());
        values[row] += Fr::ONE;
        Column::from_memory(values.into())
    }

    fn spoil_all<B: Basis>(
        &self,
        operation: &'static str,
        columns: Vec<Values<B>>,
    ) -> Vec<Values<B>> {
        let spoil = |column| self.spoil(operation, column);
        columns.into_iter().map(spoil).collect()
    }

    fn rows<'a>(rows: &Rows<'a, Self>) -> Rows<'a, Cpu> {
        Rows {
            domain: rows.domain,
            shift: rows.shift,
        }
    }
}

impl Engine for Planted {
    type Curve = G1Affine;
    type Memory = <Cpu as Engine>::Memory;
    type Tables = <Cpu as Engine>::Tables;
    type Points = <Cpu as Engine>::Points;
    type Commitments = <Cpu as Engine>::Commitments;

    fn name(&self) -> String {
        "planted".into()
    }

    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        let mut domain = self.cpu.domain(k)?;
        if self.is_wrong("domain") {
            domain.omega *= Fr::from(2);
        }
        Ok(domain)
    }

    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<G1Affine>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        let mut points = points();
        if self.is_wrong("load_srs") {
            let row = points.len() / 3;
            points[row] = (points[row] + G1Affine::generator()).to_affine();
        }
        self.cpu.load_srs(n, || points)
    }

    fn upload<B: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<Fr>,
    ) -> Result<Values<B>, EngineError> {
        Ok(self.spoil("upload", self.cpu.upload(label, n, values)?))
    }

    fn place<B: Basis>(&self, label: Label, column: Values<B>) -> Result<Values<B>, EngineError> {
        Ok(self.spoil("place", self.cpu.place(label, column)?))
    }

    fn expand_seed<B: Basis>(
        &self,
        label: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<Values<B>, EngineError> {
        Ok(self.spoil("expand_seed", self.cpu.expand_seed(label, n, seed)?))
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<Values<B>, EngineError> {
        Ok(self.spoil("zeros", self.cpu.zeros(n)?))
    }

    fn download<B: Basis>(&self, column: &Values<B>) -> Result<Vec<Fr>, EngineError> {
        self.cpu.download(column)
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&Values<B>],
    ) -> Result<Self::Commitments, EngineError> {
        self.cpu.begin_commit(srs, columns)
    }

    fn finish_commit(&self, commitments: Self::Commitments) -> Result<Vec<G1Affine>, EngineError> {
        let mut points = self.cpu.finish_commit(commitments)?;
        for point in &mut points {
            if self.is_wrong("commit") {
                *point = (*point + G1Affine::generator()).to_affine();
            }
        }
        Ok(points)
    }

    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<Values<LagrangeCoeff>>,
    ) -> Result<Vec<Values<Coeff>>, EngineError> {
        Ok(self.spoil_all("interpolate", self.cpu.interpolate(domain, columns)?))
    }

    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&Values<Coeff>],
    ) -> Result<Vec<Values<LagrangeCoeff>>, EngineError> {
        Ok(self.spoil_all("tabulate", self.cpu.tabulate(domain, columns)?))
    }

    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
        columns: &[&Values<Coeff>],
    ) -> Result<Vec<Values<Coset>>, EngineError> {
        Ok(self.spoil_all("extend", self.cpu.extend(domain, shift, columns)?))
    }

    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
        label: Label,
        values: &[Fr],
    ) -> Result<Values<Coset>, EngineError> {
        let extended = self.cpu.extend_values(domain, shift, label, values)?;
        Ok(self.spoil("extend_values", extended))
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
        column: Values<Coset>,
    ) -> Result<Values<Coeff>, EngineError> {
        let interpolated = self.cpu.interpolate_coset(domain, shift, column)?;
        Ok(self.spoil("interpolate_coset", interpolated))
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
    ) -> Result<Values<Coset>, EngineError> {
        Ok(self.spoil("extend_l0", self.cpu.extend_l0(domain, shift)?))
    }

    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<Fr>,
        rows: Rows<'_, Self>,
        inputs: &[&Values<B>],
        scalars: &[Fr],
        accumulator: Option<Values<B>>,
    ) -> Result<Values<B>, EngineError> {
        let rows = Self::rows(&rows);
        let values = self
            .cpu
            .evaluate(program, rows, inputs, scalars, accumulator)?;
        Ok(self.spoil("evaluate", values))
    }

    fn permute_lookup(
        &self,
        input: &Values<LagrangeCoeff>,
        table: &Values<LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[Fr],
        table_blinding: &[Fr],
    ) -> Result<Permuted<Self>, EngineError> {
        let Permuted { input, table } =
            self.cpu
                .permute_lookup(input, table, usable_rows, input_blinding, table_blinding)?;
        Ok(Permuted {
            input: self.spoil("permute_lookup", input),
            table: self.spoil("permute_lookup", table),
        })
    }

    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: Fractions<'_, Self>,
    ) -> Result<Values<LagrangeCoeff>, EngineError> {
        let fractions = Fractions {
            program: fractions.program,
            inputs: fractions.inputs,
            scalars: fractions.scalars,
            after: fractions.after,
            usable_rows: fractions.usable_rows,
            blinding: fractions.blinding,
        };
        Ok(self.spoil("grand_product", self.cpu.grand_product(domain, fractions)?))
    }

    fn batch_invert<B: Basis>(&self, column: Values<B>) -> Result<Values<B>, EngineError> {
        Ok(self.spoil("batch_invert", self.cpu.batch_invert(column)?))
    }

    fn horner(&self, queries: &[(&Values<Coeff>, Fr)]) -> Result<Vec<Fr>, EngineError> {
        let mut values = self.cpu.horner(queries)?;
        for value in &mut values {
            if self.is_wrong("horner") {
                *value += Fr::ONE;
            }
        }
        Ok(values)
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(Fr, &Values<Coeff>)],
        low: &[Fr],
    ) -> Result<Values<Coeff>, EngineError> {
        let combination = self.cpu.linear_combination(n, terms, low)?;
        Ok(self.spoil("linear_combination", combination))
    }

    fn accumulate(
        &self,
        sum: Values<Coeff>,
        terms: &[(Fr, &Values<Coeff>)],
    ) -> Result<Values<Coeff>, EngineError> {
        Ok(self.spoil("accumulate", self.cpu.accumulate(sum, terms)?))
    }

    fn kate_division(
        &self,
        column: Values<Coeff>,
        roots: &[Fr],
    ) -> Result<Values<Coeff>, EngineError> {
        Ok(self.spoil("kate_division", self.cpu.kate_division(column, roots)?))
    }
}
