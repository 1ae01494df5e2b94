//! Methods of [`Engine`] that do something by default: both engines are asked, whatever they answer.

use std::{borrow::Cow, cell::RefCell};

use ff::Field;
use halo2curves::bn256::{Fr, G1Affine};

use super::Checked;
use crate::{
    basis::{Basis, Coeff, CommitBasis, Coset, LagrangeCoeff, RowBasis},
    engine::{Engine, EngineColumn, EngineDomain, EngineSrs, Fractions, Permuted, Rows},
    error::EngineError,
    label::Label,
    program::{Program, ProgramBuilder},
    Column, CpuEngine,
};

type Cpu = CpuEngine<'static, G1Affine>;
type Values<B> = Column<Cow<'static, [Fr]>, B>;

/// The CPU engine, with an answer of its own wherever there is one by default.
#[derive(Default)]
struct Opinionated {
    cpu: Cpu,
    /// Of working columns, and of columns at a time.
    columns: usize,
    /// The defaulted methods that were called.
    called: RefCell<Vec<&'static str>>,
}

impl Opinionated {
    fn with_columns(columns: usize) -> Self {
        Self {
            columns,
            ..Self::default()
        }
    }

    fn note(&self, method: &'static str) {
        self.called.borrow_mut().push(method);
    }

    /// A column that no default would give.
    fn seventeen<B: Basis>(n: usize) -> Values<B> {
        Column::from_memory(Cow::Owned(vec![Fr::from(17); n]))
    }
}

// So that a method which is new has an answer here, too.
#[warn(clippy::missing_trait_methods)]
impl Engine for Opinionated {
    type Curve = G1Affine;
    type Memory = <Cpu as Engine>::Memory;
    type Tables = <Cpu as Engine>::Tables;
    type Points = <Cpu as Engine>::Points;
    type Commitments = <Cpu as Engine>::Commitments;

    fn name(&self) -> String {
        "opinionated".into()
    }

    fn has_data(&self) -> bool {
        false
    }

    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        self.cpu.domain(k)
    }

    fn prepare(
        &self,
        _: &EngineDomain<Self>,
        programs: &[&Program<Fr>],
    ) -> Result<(), EngineError> {
        self.note("prepare");
        assert_eq!(programs.len(), 1);
        Ok(())
    }

    fn load_srs<B: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<G1Affine>,
    ) -> Result<EngineSrs<Self, B>, EngineError> {
        self.cpu.load_srs(n, points)
    }

    fn upload<B: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<Fr>,
    ) -> Result<Values<B>, EngineError> {
        self.cpu.upload(label, n, values)
    }

    fn place<B: Basis>(&self, _: Label, column: Values<B>) -> Result<Values<B>, EngineError> {
        self.note("place");
        Ok(Self::seventeen(column.memory().len()))
    }

    fn working_columns(&self, _: usize, _: usize) -> usize {
        self.note("working_columns");
        self.columns
    }

    fn columns_at_a_time(&self, _: usize) -> usize {
        self.note("columns_at_a_time");
        self.columns
    }

    fn expand_seed<B: Basis>(
        &self,
        _: Label,
        n: usize,
        _: [u8; 32],
    ) -> Result<Values<B>, EngineError> {
        self.note("expand_seed");
        Ok(Self::seventeen(n))
    }

    fn zeros<B: Basis>(&self, n: usize) -> Result<Values<B>, EngineError> {
        self.cpu.zeros(n)
    }

    fn download<B: Basis>(&self, column: &Values<B>) -> Result<Vec<Fr>, EngineError> {
        self.cpu.download(column)
    }

    fn begin_commit<B: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, B>,
        columns: &[&Values<B>],
    ) -> Result<Vec<G1Affine>, EngineError> {
        self.cpu.begin_commit(srs, columns)
    }

    fn finish_commit(&self, commitments: Vec<G1Affine>) -> Result<Vec<G1Affine>, EngineError> {
        self.cpu.finish_commit(commitments)
    }

    fn commit<B: CommitBasis>(
        &self,
        _: &EngineSrs<Self, B>,
        _: &[&Values<B>],
    ) -> Result<Vec<G1Affine>, EngineError> {
        self.note("commit");
        Ok(vec![-G1Affine::generator()])
    }

    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<Values<LagrangeCoeff>>,
    ) -> Result<Vec<Values<Coeff>>, EngineError> {
        self.cpu.interpolate(domain, columns)
    }

    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&Values<Coeff>],
    ) -> Result<Vec<Values<LagrangeCoeff>>, EngineError> {
        self.cpu.tabulate(domain, columns)
    }

    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
        columns: &[&Values<Coeff>],
    ) -> Result<Vec<Values<Coset>>, EngineError> {
        self.cpu.extend(domain, shift, columns)
    }

    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        _: Fr,
        _: Label,
        _: &[Fr],
    ) -> Result<Values<Coset>, EngineError> {
        self.note("extend_values");
        Ok(Self::seventeen(domain.n()))
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
        column: Values<Coset>,
    ) -> Result<Values<Coeff>, EngineError> {
        self.cpu.interpolate_coset(domain, shift, column)
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: Fr,
    ) -> Result<Values<Coset>, EngineError> {
        self.cpu.extend_l0(domain, shift)
    }

    fn evaluate<B: RowBasis>(
        &self,
        program: &Program<Fr>,
        rows: Rows<'_, Self>,
        inputs: &[&Values<B>],
        scalars: &[Fr],
        accumulator: Option<Values<B>>,
    ) -> Result<Values<B>, EngineError> {
        let rows = Rows {
            domain: rows.domain,
            shift: rows.shift,
        };
        self.cpu
            .evaluate(program, rows, inputs, scalars, accumulator)
    }

    fn permute_lookup(
        &self,
        input: &Values<LagrangeCoeff>,
        table: &Values<LagrangeCoeff>,
        _: usize,
        _: &[Fr],
        _: &[Fr],
    ) -> Result<Permuted<Self>, EngineError> {
        // What an engine gives that leaves the verdict to `check_permuted`.
        Ok(Permuted {
            input: input.clone(),
            table: table.clone(),
        })
    }

    fn check_permuted(&self, _: &Permuted<Self>) -> Result<(), EngineError> {
        self.note("check_permuted");
        Err(EngineError::NotInTable { row: 7 })
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
        self.cpu.grand_product(domain, fractions)
    }

    fn batch_invert<B: Basis>(&self, column: Values<B>) -> Result<Values<B>, EngineError> {
        self.cpu.batch_invert(column)
    }

    fn horner(&self, queries: &[(&Values<Coeff>, Fr)]) -> Result<Vec<Fr>, EngineError> {
        self.cpu.horner(queries)
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(Fr, &Values<Coeff>)],
        low: &[Fr],
    ) -> Result<Values<Coeff>, EngineError> {
        self.cpu.linear_combination(n, terms, low)
    }

    fn accumulate(
        &self,
        sum: Values<Coeff>,
        terms: &[(Fr, &Values<Coeff>)],
    ) -> Result<Values<Coeff>, EngineError> {
        self.cpu.accumulate(sum, terms)
    }

    fn kate_division(
        &self,
        column: Values<Coeff>,
        roots: &[Fr],
    ) -> Result<Values<Coeff>, EngineError> {
        self.cpu.kate_division(column, roots)
    }

    fn trim(&self) {
        self.note("trim");
    }
}

/// Both engines are asked for what they would do; the fewer columns are what both have room for.
#[test]
fn both_engines_are_asked_for_what_they_do_otherwise_than_by_default() {
    let engine = Checked::new(Opinionated::with_columns(5), Opinionated::with_columns(3));
    let other_way = Checked::new(Opinionated::with_columns(3), Opinionated::with_columns(5));
    for engine in [&engine, &other_way] {
        assert_eq!(engine.working_columns(1, 100), 3);
        assert_eq!(engine.columns_at_a_time(4), 3);
    }

    let n = 4;
    let label = Label::brief("values", 0);
    let read = |column: &EngineColumn<Checked<Opinionated, Opinionated>, LagrangeCoeff>| {
        engine.download(column).expect("equal")
    };
    let seventeens = vec![Fr::from(17); n];
    assert!(!Checked::new(Cpu::new(), Opinionated::default()).has_data());
    assert!(!Checked::new(Opinionated::default(), Cpu::new()).has_data());
    let domain = engine.domain(2).expect("domain");
    let program = ProgramBuilder::new().compile(&[]);
    engine.prepare(&domain, &[&program]).expect("prepare");
    let column = engine
        .upload(label, n, || vec![Fr::ONE; n])
        .expect("upload");
    let column = engine.place(label, column).expect("place");
    assert_eq!(read(&column), seventeens);
    let expanded = engine.expand_seed(label, n, [0; 32]).expect("expand_seed");
    assert_eq!(read(&expanded), seventeens);
    let points = || vec![G1Affine::generator(); n];
    let srs = engine.load_srs(n, points).expect("load_srs");
    let commitments = engine.commit(&srs, &[&column]).expect("commit");
    assert_eq!(commitments, [-G1Affine::generator()]);
    let extended = engine.extend_values(&domain, Fr::from(5), label, &[Fr::ONE]);
    let extended = engine.download(&extended.expect("extend_values"));
    assert_eq!(extended.expect("equal"), seventeens);
    // The verdict on a lookup is asked for at once, of both.
    let permuted = engine.permute_lookup(&column, &column, n, &[], &[]);
    assert!(matches!(permuted, Err(EngineError::NotInTable { row: 7 })));
    engine.trim();

    for side in [&engine.left, &engine.right] {
        let mut called = side.called.take();
        called.sort_unstable();
        called.dedup();
        assert_eq!(
            called,
            [
                "check_permuted",
                "columns_at_a_time",
                "commit",
                "expand_seed",
                "extend_values",
                "place",
                "prepare",
                "trim",
                "working_columns",
            ]
        );
    }
}
