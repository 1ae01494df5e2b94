//! What the workloads out of halo2-base's and halo2-ecc's chips have in common.
//!
//! Such a circuit is one long virtual column, folded into as many advice columns as 2^k rows
//! ask for. Its witness is made the way real users make it: by a builder that records no
//! constraints and must therefore be told where the virtual column is folded. Users keep these
//! break points beside their keys; we find them by laying the circuit out once, with
//! constraints, before anything is measured. That layout costs about as much memory as the
//! circuit itself, and is dropped before the workload is handed out.

use halo2_axiom::{
    halo2curves::bn256::Fr,
    plonk::{Circuit, ConstraintSystem},
};
use halo2_base::{
    gates::{
        circuit::{
            builder::BaseCircuitBuilder, BaseCircuitParams, BaseConfig, CircuitBuilderStage,
        },
        flex_gate::ThreadBreakPoints,
    },
    AssignedValue, Context,
};

use crate::Workload;

/// Rows that halo2-base leaves alone: the blinding of a column that its gate reads at four
/// rotations, and three more.
pub(crate) const UNUSABLE_ROWS: usize = 9;

/// Rows that the gate of halo2-base reaches over.
const GATE_ROWS: usize = 4;

/// A circuit that is a builder, whatever columns it makes of the builder's parameters.
pub(crate) trait BaseCircuit:
    Circuit<Fr, Config = BaseConfig<Fr>, Params = BaseCircuitParams> + From<BaseCircuitBuilder<Fr>>
{
}

impl<C> BaseCircuit for C where
    C: Circuit<Fr, Config = BaseConfig<Fr>, Params = BaseCircuitParams>
        + From<BaseCircuitBuilder<Fr>>
{
}

/// A computation out of chips.
pub(crate) trait Program: Send + Sync {
    /// The circuit that holds it.
    type Circuit: BaseCircuit;

    /// The bits of the range table; none if nothing is range checked.
    fn lookup_bits(&self) -> Option<usize>;

    /// Does the computation, and returns the values that are public.
    fn run(&self, builder: &mut BaseCircuitBuilder<Fr>) -> Vec<AssignedValue<Fr>>;
}

/// A program laid out for 2^k rows.
pub(crate) struct BaseWorkload<P> {
    program: P,
    params: BaseCircuitParams,
    break_points: ThreadBreakPoints,
    instances: Vec<Fr>,
}

impl<P: Program> BaseWorkload<P> {
    pub(crate) fn new(k: u32, program: P) -> Self {
        let mut params = BaseCircuitParams {
            k: k as usize,
            lookup_bits: program.lookup_bits(),
            num_instance_columns: 1,
            ..Default::default()
        };
        let mut builder = BaseCircuitBuilder::new(false).use_params(params);
        let public = program.run(&mut builder);
        let instances = public.iter().map(|cell| *cell.value()).collect();

        // The builder's own count of columns does not see the rows that a fold loses.
        params = builder.calculate_params(Some(UNUSABLE_ROWS));
        let mut cs = ConstraintSystem::default();
        let config = P::Circuit::configure_with_params(&mut cs, params.clone());
        let rows = config.gate().max_rows;
        let break_points = break_points(builder.main(0), rows);
        params.num_advice_per_phase = vec![break_points.len() + 1];
        builder.clear();
        Self {
            program,
            params,
            break_points,
            instances,
        }
    }

    fn fill(&self, stage: CircuitBuilderStage) -> BaseCircuitBuilder<Fr> {
        let mut builder = BaseCircuitBuilder::from_stage(stage)
            .use_params(self.params.clone())
            .use_break_points(vec![self.break_points.clone()]);
        builder.assigned_instances[0] = self.program.run(&mut builder);
        builder
    }
}

impl<P: Program> Workload for BaseWorkload<P> {
    type Circuit = P::Circuit;

    fn keygen_circuit(&self) -> P::Circuit {
        self.fill(CircuitBuilderStage::Keygen).into()
    }

    fn circuit(&self) -> P::Circuit {
        self.fill(CircuitBuilderStage::Prover).into()
    }

    fn instances(&self) -> Vec<Vec<Fr>> {
        vec![self.instances.clone()]
    }
}

/// The rows at which the virtual column goes on in the next physical one. The cell there is
/// repeated on top of the next, so that no gate is cut.
fn break_points(context: &Context<Fr>, rows: usize) -> ThreadBreakPoints {
    let mut break_points = Vec::new();
    let mut row = 0;
    for &gate in &context.selector {
        if (gate && row + GATE_ROWS > rows) || row + 1 >= rows {
            break_points.push(row);
            row = 0;
        }
        row += 1;
    }
    break_points
}

#[cfg(test)]
mod tests {
    use halo2_axiom::dev::MockProver;

    use super::*;
    use crate::{
        ecdsa::Ecdsa,
        openvm::{self, Outer, Wrapper},
        pairing::Pairing,
        poseidon::Poseidon,
    };

    /// The constraints hold, and halo2-base folds the column where we said it would: it
    /// panics if its own break points differ.
    fn satisfied<P: Program>(k: u32, program: P) {
        let workload = BaseWorkload::new(k, program);
        let circuit: P::Circuit = workload.fill(CircuitBuilderStage::Mock).into();
        let prover = MockProver::run(k, &circuit, workload.instances()).expect("synthesis");
        let failures = prover.verify().err().unwrap_or_default();
        assert!(failures.is_empty(), "first of many: {}", failures[0]);
    }

    /// The same seed gives the same witness and layout, another seed the same layout.
    fn repeats<P: Program>(k: u32, program: impl Fn(u64) -> P) {
        let [one, same, other] = [1, 1, 2].map(|seed| {
            let workload = BaseWorkload::new(k, program(seed));
            let mut builder = workload.fill(CircuitBuilderStage::Prover);
            let witness = builder.main(0).advice.clone();
            (workload.break_points, workload.instances, witness)
        });
        assert!(one == same);
        assert_eq!(one.0, other.0);
        assert_ne!(one.1, other.1);
        assert!(one.2 != other.2);
    }

    #[test]
    fn poseidon() {
        satisfied(11, Poseidon::new(11, 3));
        satisfied(13, Poseidon::new(13, 3));
        repeats(11, |seed| Poseidon::new(11, seed));
    }

    #[test]
    fn ecdsa() {
        satisfied(15, Ecdsa::new(15, 3));
        repeats(15, |seed| Ecdsa::new(15, seed));
    }

    #[test]
    fn pairing() {
        satisfied(15, Pairing::new(15, 3));
        repeats(15, |seed| Pairing::new(15, seed));
    }

    #[test]
    fn openvm_outer() {
        let min_k = openvm::OUTER.min_k;
        satisfied(min_k, Outer::new(min_k, 3));
        satisfied(14, Outer::new(14, 3));
        repeats(min_k, |seed| Outer::new(min_k, seed));
    }

    #[test]
    fn openvm_wrapper() {
        let min_k = openvm::WRAPPER.min_k;
        satisfied(min_k, Wrapper::new(min_k, 3));
        satisfied(14, Wrapper::new(14, 3));
        repeats(min_k, |seed| Wrapper::new(min_k, seed));
    }
}
