//! Two engines that compute everything side by side, and must agree.

use crate::{
    basis::{Basis, Coeff, CommitBasis, Coset, LagrangeCoeff, RowBasis},
    column::Column,
    engine::{
        Domain, Engine, EngineColumn, EngineDomain, EngineSrs, Fractions, Permuted, Rows, Scalar,
    },
    error::EngineError,
    label::Label,
    program::Program,
    srs::Srs,
};

mod compare;
#[cfg(test)]
mod defaults;
#[cfg(test)]
mod tests;

use compare::Comparison;

/// Runs every operation on two engines and compares what they make of it: points, scalars and
/// whole columns. The first difference is [`EngineError::Mismatch`], which names the operation and
/// the row, commitment or evaluation. Where one engine fails and the other does not, that is a
/// mismatch too; where both fail, the first one's error is the error.
///
/// It is for tests and for finding out where a device goes wrong, not for proving: besides the work
/// and the memory of both engines, every column that an operation makes is downloaded from both and
/// read once more on the host, one column at a time.
#[derive(Clone, Copy, Debug)]
pub struct Checked<A, B> {
    left: A,
    right: B,
}

impl<A, B> Checked<A, B> {
    /// Runs `left`, checked by `right`.
    pub fn new(left: A, right: B) -> Self {
        Self { left, right }
    }
}

impl<A: Engine, B: Engine<Curve = A::Curve>> Checked<A, B> {
    fn compare(&self, operation: &'static str) -> Comparison<'_, A, B> {
        Comparison::new(operation, &self.left, &self.right)
    }
}

/// A column of two engines.
type Both<A, B, Bs> = Column<(<A as Engine>::Memory, <B as Engine>::Memory), Bs>;

/// The same column of either engine.
fn sides<A: Engine, B: Engine, Bs: Basis>(
    column: &Both<A, B, Bs>,
) -> (&EngineColumn<A, Bs>, &EngineColumn<B, Bs>) {
    let (left, right) = column.memory();
    (
        Column::from_memory_ref(left),
        Column::from_memory_ref(right),
    )
}

/// References to the columns of either engine, in order.
type AllSides<'c, A, B, Bs> = (Vec<&'c EngineColumn<A, Bs>>, Vec<&'c EngineColumn<B, Bs>>);

fn all_sides<'c, A: Engine, B: Engine, Bs: Basis>(
    columns: &[&'c Both<A, B, Bs>],
) -> AllSides<'c, A, B, Bs> {
    columns
        .iter()
        .map(|column| sides::<A, B, Bs>(column))
        .unzip()
}

/// Makes one column of those of either engine.
fn together<A: Engine, B: Engine, Bs: Basis>(
    (left, right): (EngineColumn<A, Bs>, EngineColumn<B, Bs>),
) -> Both<A, B, Bs> {
    Column::from_memory((left.into_memory(), right.into_memory()))
}

/// Takes a column apart, so that each engine can consume its own.
fn apart<A: Engine, B: Engine, Bs: Basis>(
    column: Both<A, B, Bs>,
) -> (EngineColumn<A, Bs>, EngineColumn<B, Bs>) {
    let (left, right) = column.into_memory();
    (Column::from_memory(left), Column::from_memory(right))
}

// What a method does by default is what neither engine may do: all are asked.
#[warn(clippy::missing_trait_methods)]
impl<A: Engine, B: Engine<Curve = A::Curve>> Engine for Checked<A, B> {
    type Curve = A::Curve;
    type Memory = (A::Memory, B::Memory);
    type Tables = (EngineDomain<A>, EngineDomain<B>);
    type Points = (A::Points, B::Points);
    type Commitments = (A::Commitments, B::Commitments);

    fn name(&self) -> String {
        format!("{} checked by {}", self.left.name(), self.right.name())
    }

    fn has_data(&self) -> bool {
        self.left.has_data() && self.right.has_data()
    }

    fn domain(&self, k: u32) -> Result<EngineDomain<Self>, EngineError> {
        let check = self.compare("domain");
        let (left, right) = check.both(self.left.domain(k), self.right.domain(k))?;
        check.values("power of omega", &[left.omega], &[right.omega])?;
        Ok(Domain {
            k,
            omega: left.omega,
            tables: (left, right),
        })
    }

    fn prepare(
        &self,
        domain: &EngineDomain<Self>,
        programs: &[&Program<Scalar<Self>>],
    ) -> Result<(), EngineError> {
        let (left, right) = &domain.tables;
        self.compare("prepare").both(
            self.left.prepare(left, programs),
            self.right.prepare(right, programs),
        )?;
        Ok(())
    }

    fn load_srs<Bs: CommitBasis>(
        &self,
        n: usize,
        points: impl FnOnce() -> Vec<A::Curve>,
    ) -> Result<EngineSrs<Self, Bs>, EngineError> {
        let points = points();
        let left = self.left.load_srs::<Bs>(n, || points.clone());
        let right = self.right.load_srs::<Bs>(n, || points);
        let (left, right) = self.compare("load_srs").both(left, right)?;
        Ok(Srs::from_points((left.into_points(), right.into_points())))
    }

    fn trim(&self) {
        self.left.trim();
        self.right.trim();
    }

    fn upload<Bs: Basis>(
        &self,
        label: Label,
        n: usize,
        values: impl FnOnce() -> Vec<Scalar<Self>>,
    ) -> Result<EngineColumn<Self, Bs>, EngineError> {
        let check = self.compare("upload");
        let values = values();
        let left = self.left.upload(label, n, || values.clone());
        check.column(check.both(left, self.right.upload(label, n, || values))?)
    }

    fn place<Bs: Basis>(
        &self,
        label: Label,
        column: EngineColumn<Self, Bs>,
    ) -> Result<EngineColumn<Self, Bs>, EngineError> {
        let (left, right) = apart::<A, B, Bs>(column);
        let placed = self
            .compare("place")
            .both(self.left.place(label, left), self.right.place(label, right))?;
        Ok(together::<A, B, Bs>(placed))
    }

    /// What both have room for.
    fn working_columns(&self, least: usize, most: usize) -> usize {
        let left = self.left.working_columns(least, most);
        left.min(self.right.working_columns(least, most))
    }

    fn columns_at_a_time(&self, n: usize) -> usize {
        let left = self.left.columns_at_a_time(n);
        left.min(self.right.columns_at_a_time(n))
    }

    fn expand_seed<Bs: Basis>(
        &self,
        label: Label,
        n: usize,
        seed: [u8; 32],
    ) -> Result<EngineColumn<Self, Bs>, EngineError> {
        let check = self.compare("expand_seed");
        check.column(check.both(
            self.left.expand_seed(label, n, seed),
            self.right.expand_seed(label, n, seed),
        )?)
    }

    fn zeros<Bs: Basis>(&self, n: usize) -> Result<EngineColumn<Self, Bs>, EngineError> {
        let check = self.compare("zeros");
        check.column(check.both(self.left.zeros(n), self.right.zeros(n))?)
    }

    fn download<Bs: Basis>(
        &self,
        column: &EngineColumn<Self, Bs>,
    ) -> Result<Vec<Scalar<Self>>, EngineError> {
        let (left, right) = sides::<A, B, Bs>(column);
        self.compare("download").download("row", left, right)
    }

    fn begin_commit<Bs: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, Bs>,
        columns: &[&EngineColumn<Self, Bs>],
    ) -> Result<Self::Commitments, EngineError> {
        let (left, right) = all_sides::<A, B, Bs>(columns);
        self.compare("commit").both(
            self.left
                .begin_commit(Srs::from_points_ref(&srs.points().0), &left),
            self.right
                .begin_commit(Srs::from_points_ref(&srs.points().1), &right),
        )
    }

    fn finish_commit(
        &self,
        (left, right): Self::Commitments,
    ) -> Result<Vec<A::Curve>, EngineError> {
        let check = self.compare("commit");
        let (left, right) = check.both(
            self.left.finish_commit(left),
            self.right.finish_commit(right),
        )?;
        check.values("commitment", &left, &right)?;
        Ok(left)
    }

    fn commit<Bs: CommitBasis>(
        &self,
        srs: &EngineSrs<Self, Bs>,
        columns: &[&EngineColumn<Self, Bs>],
    ) -> Result<Vec<A::Curve>, EngineError> {
        let check = self.compare("commit");
        let (left, right) = all_sides::<A, B, Bs>(columns);
        let (left, right) = check.both(
            self.left
                .commit(Srs::from_points_ref(&srs.points().0), &left),
            self.right
                .commit(Srs::from_points_ref(&srs.points().1), &right),
        )?;
        check.values("commitment", &left, &right)?;
        Ok(left)
    }

    fn interpolate(
        &self,
        domain: &EngineDomain<Self>,
        columns: Vec<EngineColumn<Self, LagrangeCoeff>>,
    ) -> Result<Vec<EngineColumn<Self, Coeff>>, EngineError> {
        let check = self.compare("interpolate");
        let (left, right) = columns.into_iter().map(apart::<A, B, _>).unzip();
        check.columns(check.both(
            self.left.interpolate(&domain.tables.0, left),
            self.right.interpolate(&domain.tables.1, right),
        )?)
    }

    fn tabulate(
        &self,
        domain: &EngineDomain<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, LagrangeCoeff>>, EngineError> {
        let check = self.compare("tabulate");
        let (left, right) = all_sides::<A, B, _>(columns);
        check.columns(check.both(
            self.left.tabulate(&domain.tables.0, &left),
            self.right.tabulate(&domain.tables.1, &right),
        )?)
    }

    fn extend(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        columns: &[&EngineColumn<Self, Coeff>],
    ) -> Result<Vec<EngineColumn<Self, Coset>>, EngineError> {
        let check = self.compare("extend");
        let (left, right) = all_sides::<A, B, _>(columns);
        check.columns(check.both(
            self.left.extend(&domain.tables.0, shift, &left),
            self.right.extend(&domain.tables.1, shift, &right),
        )?)
    }

    fn extend_values(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        label: Label,
        values: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        let check = self.compare("extend_values");
        let (left, right) = &domain.tables;
        check.column(check.both(
            self.left.extend_values(left, shift, label, values),
            self.right.extend_values(right, shift, label, values),
        )?)
    }

    fn interpolate_coset(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
        column: EngineColumn<Self, Coset>,
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let check = self.compare("interpolate_coset");
        let (left, right) = apart::<A, B, _>(column);
        let left = self.left.interpolate_coset(&domain.tables.0, shift, left);
        let right = self.right.interpolate_coset(&domain.tables.1, shift, right);
        check.column(check.both(left, right)?)
    }

    fn extend_l0(
        &self,
        domain: &EngineDomain<Self>,
        shift: Scalar<Self>,
    ) -> Result<EngineColumn<Self, Coset>, EngineError> {
        let check = self.compare("extend_l0");
        check.column(check.both(
            self.left.extend_l0(&domain.tables.0, shift),
            self.right.extend_l0(&domain.tables.1, shift),
        )?)
    }

    fn evaluate<Bs: RowBasis>(
        &self,
        program: &Program<Scalar<Self>>,
        rows: Rows<'_, Self>,
        inputs: &[&EngineColumn<Self, Bs>],
        scalars: &[Scalar<Self>],
        accumulator: Option<EngineColumn<Self, Bs>>,
    ) -> Result<EngineColumn<Self, Bs>, EngineError> {
        let check = self.compare("evaluate");
        let (left_inputs, right_inputs) = all_sides::<A, B, Bs>(inputs);
        let (left, right) = accumulator.map(apart::<A, B, Bs>).unzip();
        let shift = rows.shift;
        let (left_domain, right_domain) = &rows.domain.tables;
        let left_rows = Rows {
            domain: left_domain,
            shift,
        };
        let right_rows = Rows {
            domain: right_domain,
            shift,
        };
        check.column(check.both(
            (self.left).evaluate(program, left_rows, &left_inputs, scalars, left),
            (self.right).evaluate(program, right_rows, &right_inputs, scalars, right),
        )?)
    }

    fn permute_lookup(
        &self,
        input: &EngineColumn<Self, LagrangeCoeff>,
        table: &EngineColumn<Self, LagrangeCoeff>,
        usable_rows: usize,
        input_blinding: &[Scalar<Self>],
        table_blinding: &[Scalar<Self>],
    ) -> Result<Permuted<Self>, EngineError> {
        let check = self.compare("permute_lookup");
        let (input, table) = (sides::<A, B, _>(input), sides::<A, B, _>(table));
        let blinding = (input_blinding, table_blinding);
        let left = (self.left)
            .permute_lookup(input.0, table.0, usable_rows, blinding.0, blinding.1)
            .and_then(|permuted| self.left.check_permuted(&permuted).map(|()| permuted));
        let right = (self.right)
            .permute_lookup(input.1, table.1, usable_rows, blinding.0, blinding.1)
            .and_then(|permuted| self.right.check_permuted(&permuted).map(|()| permuted));
        let (left, right) = check.both(left, right)?;
        Ok(Permuted {
            input: check.named_column("A', row", left.input, right.input)?,
            table: check.named_column("S', row", left.table, right.table)?,
        })
    }

    /// Nothing is left to ask: [`permute_lookup`](Engine::permute_lookup) has asked both engines, each
    /// of which may leave the error to this method.
    fn check_permuted(&self, _: &Permuted<Self>) -> Result<(), EngineError> {
        Ok(())
    }

    fn grand_product(
        &self,
        domain: &EngineDomain<Self>,
        fractions: Fractions<'_, Self>,
    ) -> Result<EngineColumn<Self, LagrangeCoeff>, EngineError> {
        let check = self.compare("grand_product");
        let (left_inputs, right_inputs) = all_sides::<A, B, _>(fractions.inputs);
        let (left_after, right_after) = fractions.after.map(sides::<A, B, _>).unzip();
        let left = Fractions {
            program: fractions.program,
            inputs: &left_inputs,
            scalars: fractions.scalars,
            after: left_after,
            usable_rows: fractions.usable_rows,
            blinding: fractions.blinding,
        };
        let right = Fractions {
            program: fractions.program,
            inputs: &right_inputs,
            scalars: fractions.scalars,
            after: right_after,
            usable_rows: fractions.usable_rows,
            blinding: fractions.blinding,
        };
        check.column(check.both(
            self.left.grand_product(&domain.tables.0, left),
            self.right.grand_product(&domain.tables.1, right),
        )?)
    }

    fn batch_invert<Bs: Basis>(
        &self,
        column: EngineColumn<Self, Bs>,
    ) -> Result<EngineColumn<Self, Bs>, EngineError> {
        let check = self.compare("batch_invert");
        let (left, right) = apart::<A, B, Bs>(column);
        check.column(check.both(self.left.batch_invert(left), self.right.batch_invert(right))?)
    }

    fn horner(
        &self,
        queries: &[(&EngineColumn<Self, Coeff>, Scalar<Self>)],
    ) -> Result<Vec<Scalar<Self>>, EngineError> {
        let check = self.compare("horner");
        let split = queries.iter().map(|(column, point)| {
            let (left, right) = sides::<A, B, _>(column);
            ((left, *point), (right, *point))
        });
        let (left, right): (Vec<_>, Vec<_>) = split.unzip();
        let (left, right) = check.both(self.left.horner(&left), self.right.horner(&right))?;
        check.values("evaluation", &left, &right)?;
        Ok(left)
    }

    fn linear_combination(
        &self,
        n: usize,
        terms: &[(Scalar<Self>, &EngineColumn<Self, Coeff>)],
        low: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let check = self.compare("linear_combination");
        let split = terms.iter().map(|(factor, column)| {
            let (left, right) = sides::<A, B, _>(column);
            ((*factor, left), (*factor, right))
        });
        let (left, right): (Vec<_>, Vec<_>) = split.unzip();
        check.column(check.both(
            self.left.linear_combination(n, &left, low),
            self.right.linear_combination(n, &right, low),
        )?)
    }

    fn accumulate(
        &self,
        sum: EngineColumn<Self, Coeff>,
        terms: &[(Scalar<Self>, &EngineColumn<Self, Coeff>)],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let check = self.compare("accumulate");
        let (left_sum, right_sum) = apart::<A, B, _>(sum);
        let split = terms.iter().map(|(factor, column)| {
            let (left, right) = sides::<A, B, _>(column);
            ((*factor, left), (*factor, right))
        });
        let (left, right): (Vec<_>, Vec<_>) = split.unzip();
        check.column(check.both(
            self.left.accumulate(left_sum, &left),
            self.right.accumulate(right_sum, &right),
        )?)
    }

    fn kate_division(
        &self,
        column: EngineColumn<Self, Coeff>,
        roots: &[Scalar<Self>],
    ) -> Result<EngineColumn<Self, Coeff>, EngineError> {
        let check = self.compare("kate_division");
        let (left, right) = apart::<A, B, _>(column);
        check.column(check.both(
            self.left.kate_division(left, roots),
            self.right.kate_division(right, roots),
        )?)
    }
}
