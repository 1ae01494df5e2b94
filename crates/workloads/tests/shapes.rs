//! The shapes that the workloads' documentation promises.

use halo2_axiom::{
    halo2curves::bn256::Fr,
    plonk::{Circuit, ConstraintSystem},
};
use halo2_offload_workloads::{all, visit, Visitor, Workload};

#[derive(Debug, PartialEq, Eq)]
struct Shape {
    advice: usize,
    /// Selectors included: the stock key generation makes a column of each.
    fixed: usize,
    instance: usize,
    lookups: usize,
    permutation: usize,
    degree: usize,
}

struct Measure;

impl Visitor for Measure {
    type Output = Shape;

    fn visit<W: Workload>(self, workload: W) -> Shape {
        let mut cs = ConstraintSystem::<Fr>::default();
        let params = workload.keygen_circuit().params();
        W::Circuit::configure_with_params(&mut cs, params);
        assert_eq!(workload.instances().len(), cs.num_instance_columns());
        Shape {
            advice: cs.num_advice_columns(),
            fixed: cs.num_fixed_columns() + cs.num_selectors(),
            instance: cs.num_instance_columns(),
            lookups: cs.lookups().len(),
            permutation: cs.permutation().get_columns().len(),
            degree: cs.degree(),
        }
    }
}

fn shape(name: &str, k: u32) -> [usize; 6] {
    let shape = visit(name, k, 1, Measure).expect("workload");
    [
        shape.advice,
        shape.fixed,
        shape.instance,
        shape.lookups,
        shape.permutation,
        shape.degree,
    ]
}

#[test]
fn shapes() {
    assert_eq!(shape("plonk", 10), [3, 5, 1, 0, 3, 3]);
    assert_eq!(shape("lookup", 10), [6, 12, 1, 4, 8, 5]);
    assert_eq!(shape("lookup", 17), [6, 12, 1, 4, 8, 5]);
    assert_eq!(shape("lookup", 18), [6, 16, 1, 6, 8, 5]);
    assert_eq!(shape("poseidon", 10), [8, 9, 1, 0, 10, 3]);
    assert_eq!(shape("poseidon", 14), [8, 9, 1, 0, 10, 3]);
    assert_eq!(shape("ecdsa", 18), [0; 6]);
    assert_eq!(shape("pairing", 16), [0; 6]);
    assert_eq!(shape("wide", 6), [256, 2, 1, 0, 33, 4]);
}

#[test]
fn every_default_is_possible() {
    for info in all() {
        assert!(info.min_k <= info.default_k, "{}", info.name);
    }
}
