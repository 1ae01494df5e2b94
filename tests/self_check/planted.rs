//! An engine that returns one wrong value.

use ff::Field;
use halo2_axiom::halo2curves::{
    bn256::{Fr, G1Affine},
    group::Curve,
};
use halo2_offload::{
    engine::{
        altered::{Alter, Altered},
        Buffer,
    },
    CpuEngine,
};
use rand::Rng;
use std::{
    any::Any,
    borrow::Cow,
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

/// Puts the fault into the results of the CPU engine.
#[derive(Default)]
pub struct Planted {
    fault: Option<Fault>,
    calls: Mutex<BTreeMap<&'static str, usize>>,
}

type Cpu = CpuEngine<'static>;

impl Planted {
    pub fn engine(fault: Option<Fault>) -> Altered<Cpu, Self> {
        let planted = Self {
            fault,
            ..Self::default()
        };
        Altered::new(CpuEngine::new(), planted)
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
}

impl Alter<Cpu> for Planted {
    fn column(&self, operation: &'static str, column: &mut Buffer<'static, Fr>) {
        if self.is_wrong(operation) {
            // Another row for each call, the same one every time.
            let seed = self.fault.map_or(0, |fault| fault.call as u64);
            let row = witness_rng(seed).gen_range(0..column.len());
            column.values_mut()[row] += Fr::ONE;
        }
    }

    fn value(&self, operation: &'static str, value: &mut dyn Any) {
        // What is downloaded is looked at, and no part of a proof.
        if operation == "download" || !self.is_wrong(operation) {
            return;
        }
        if let Some(omega) = value.downcast_mut::<Fr>().filter(|_| operation == "domain") {
            *omega *= Fr::from(2);
        } else if let Some(scalar) = value.downcast_mut::<Fr>() {
            *scalar += Fr::ONE;
        } else if let Some(point) = value.downcast_mut::<G1Affine>() {
            *point = other(*point);
        } else if let Some(srs) = value.downcast_mut::<Cow<'static, [G1Affine]>>() {
            let row = srs.len() / 3;
            let points = srs.to_mut();
            points[row] = other(points[row]);
        } else {
            panic!("{operation} returns something that is not known here");
        }
    }
}

fn other(point: G1Affine) -> G1Affine {
    (point + G1Affine::generator()).to_affine()
}
