//! The witnesses of the plain workloads satisfy their circuits, at the smallest size and above.
//!
//! Those out of halo2-base are not asked here: their prover's circuits carry no constraints.

use halo2_axiom::{dev::MockProver, halo2curves::bn256::Fr, plonk::Circuit};
use halo2_offload_workloads::{visit, Visitor, Workload};

struct Mock {
    k: u32,
}

impl Visitor for Mock {
    type Output = ();

    fn visit<W: Workload>(self, workload: W) {
        check(self.k, &workload.circuit(), workload.instances());
    }
}

fn check<C: Circuit<Fr>>(k: u32, circuit: &C, instances: Vec<Vec<Fr>>) {
    let prover = MockProver::run(k, circuit, instances.clone()).expect("synthesis");
    assert_eq!(prover.verify(), Ok(()));

    // Every public value is bound.
    for row in 0..instances[0].len() {
        let mut wrong = instances.clone();
        wrong[0][row] += Fr::one();
        let prover = MockProver::run(k, circuit, wrong).expect("synthesis");
        assert!(prover.verify().is_err(), "public value {row} is free");
    }
}

fn satisfied(name: &str, k: u32) {
    visit(name, k, 7, Mock { k }).expect("workload");
}

#[test]
fn plonk() {
    satisfied("plonk", 5);
    satisfied("plonk", 9);
}

#[test]
fn lookup() {
    satisfied("lookup", 9);
    satisfied("lookup", 13);
}

#[test]
fn wide() {
    satisfied("wide", 4);
    satisfied("wide", 7);
}
