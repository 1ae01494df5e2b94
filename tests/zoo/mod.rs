//! Small circuits with satisfied witnesses, which together use everything that halo2-axiom's
//! constraint systems have, and the ways to prove and verify them.
//!
//! A circuit family is a file, with one function for each member. `zoo!(check)` makes a test of
//! each member, so that a check is one function generic over the circuit.

pub mod arithmetic;
pub mod assignments;
pub mod degrees;
pub mod everything;
pub mod instances;
pub mod lookups;
pub mod permutations;
pub mod phases;
pub mod proving;
pub mod rotations;
pub mod selectors;
pub mod shapes;

use ff::Field;
use halo2_axiom::{
    circuit::Cell,
    halo2curves::bn256::Fr,
    plonk::{Any, Column},
};
use rand_chacha::{rand_core::SeedableRng, ChaCha20Rng};

/// What one proof is about.
pub struct Specimen<C> {
    pub k: u32,
    pub compress_selectors: bool,
    /// halo2-axiom's prover panics at the end of a third phase, although its verifier and its
    /// constraint systems have three.
    pub stock_proves: bool,
    pub circuits: Vec<C>,
    /// For each circuit its instance columns.
    pub instances: Vec<Vec<Vec<Fr>>>,
}

impl<C> Specimen<C> {
    /// One circuit without instances.
    pub fn one(k: u32, circuit: C) -> Self {
        Self::with_instances(k, circuit, Vec::new())
    }

    /// One circuit.
    pub fn with_instances(k: u32, circuit: C, instances: Vec<Vec<Fr>>) -> Self {
        Self {
            k,
            compress_selectors: false,
            stock_proves: true,
            circuits: vec![circuit],
            instances: vec![instances],
        }
    }

    /// Several circuits.
    pub fn several(k: u32, circuits: impl IntoIterator<Item = (C, Vec<Vec<Fr>>)>) -> Self {
        let (circuits, instances) = circuits.into_iter().unzip();
        Self {
            k,
            compress_selectors: false,
            stock_proves: true,
            circuits,
            instances,
        }
    }
}

impl<C> Specimen<C> {
    /// Whether halo2-axiom's verifier accepts its own prover's proof: of several circuits the prover
    /// absorbs the instances each before the circuit's advice, and the verifier all of them first.
    pub fn stock_verifies(&self) -> bool {
        let after_the_first = self.instances.iter().skip(1);
        after_the_first.flatten().all(Vec::is_empty)
    }
}

/// Where witnesses come from.
pub fn witness_rng(seed: u64) -> ChaCha20Rng {
    ChaCha20Rng::seed_from_u64(seed)
}

/// Random scalars.
pub fn random_scalars(seed: u64, count: usize) -> Vec<Fr> {
    let mut rng = witness_rng(seed);
    (0..count).map(|_| Fr::random(&mut rng)).collect()
}

/// The cell of a column at a row: halo2-axiom's regions all begin at row 0.
pub fn cell(column: impl Into<Column<Any>>, row: usize) -> Cell {
    Cell {
        row_offset: row,
        column: column.into(),
    }
}

/// `zoo!(check)`: a module of tests named `check`, one test a member.
macro_rules! zoo {
    ($check:ident) => {
        zoo! { $check:
            shapes {
                nothing_at_all,
                only_fixed_columns,
                only_instance_columns,
                only_advice_columns,
                columns_without_constraints,
                a_permutation_and_nothing_else,
            }
            arithmetic {
                one_circuit,
                one_circuit_with_products_of_seven_columns,
                one_circuit_of_512_rows,
                two_circuits,
                three_circuits,
                two_circuits_without_public_values,
            }
            phases {
                challenges_after_the_only_phase,
                two_phases_synthesised_anew,
                two_phases_between_regions,
                two_phases_inside_a_region,
                two_phases_that_close_the_last_themselves,
                three_phases_synthesised_anew,
                three_phases_between_regions,
            }
            lookups {
                a_table,
                tables_shared_by_several_lookups,
                one_distinct_input,
                several_circuits,
                an_advice_table,
                an_advice_table_and_a_table,
            }
            permutations {
                one_column,
                columns_of_three_kinds_a_product_each,
                columns_of_three_kinds_in_chunks_of_two,
                columns_of_three_kinds_in_chunks_of_three,
                more_room_than_columns,
            }
            rotations {
                far_in_both_directions,
                nearly_all_the_way_round,
                many_of_one_column,
            }
            degrees {
                degree_2,
                degree_3,
                degree_4,
                degree_5,
                degree_6,
                degree_7,
                degree_8,
                degree_9,
                degree_10,
                degree_17,
            }
            instances {
                columns_of_all_lengths,
                two_circuits_of_different_lengths,
                two_circuits_of_empty_columns,
            }
            selectors {
                not_compressed,
                compressed,
            }
            assignments {
                fractions_constants_and_reassignments,
            }
            everything {
                in_one_phase,
                in_two_phases,
                in_two_circuits,
            }
        }
    };
    ($check:ident: $($family:ident { $($member:ident),* $(,)? })*) => {
        mod $check {
            $(mod $family {
                $(#[test]
                fn $member() {
                    super::super::$check($crate::zoo::$family::$member());
                })*
            })*
        }
    };
}
pub(crate) use zoo;
