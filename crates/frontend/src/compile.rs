//! From a verifying key to a compiled circuit.

use ff::Field;
use halo2_axiom::{
    halo2curves::{
        bn256::{Fr, G1Affine},
        group::prime::PrimeCurveAffine,
    },
    plonk::{
        Any, Circuit, Column, ColumnType, ConstraintSystem, Expression as Halo2Expression,
        VerifyingKey,
    },
    poly::Rotation,
};
use halo2_offload_prover::{
    ColumnDegree, ColumnKind, ColumnRef, CompiledCircuit, Expression, ExpressionId, Lookup, Names,
    ProverError, Query, Shape,
};
use std::{collections::HashMap, env};

use crate::error::Error;

/// The circuit of a verifying key.
///
/// # Errors
///
/// If halo2-axiom has cut the degree down to less than the constraints need, or the environment has changed
/// since; if the circuit is larger than any can be.
pub fn compile(vk: &VerifyingKey<G1Affine>) -> Result<CompiledCircuit<Fr>, Error> {
    check_max_degree()?;
    let cs = vk.cs();
    let domain = vk.get_domain();
    // halo2-axiom takes the number of quotient pieces from key generation and the size of the
    // permutation's chunks, where there is a permutation, from the environment at proving.
    let degree = domain.quotient_poly_degree as usize + 1;
    if cs.degree() != degree && !cs.permutation().get_columns().is_empty() {
        return Err(Error::Degree {
            key: degree,
            now: cs.degree(),
        });
    }
    let circuit = compile_cs(cs, domain.k(), degree, vk.transcript_repr());
    Shape::from(&circuit)
        .check::<Fr>(circuit.k)
        .map_err(ProverError::from)?;
    check_degree(&circuit, vk.fixed_commitments())?;
    Ok(circuit)
}

/// An error if halo2-axiom would panic because the environment's MAX_DEGREE is no number, or below 3, the degree of
/// the permutation argument, which is always there.
pub fn check_max_degree() -> Result<(), Error> {
    match env::var("MAX_DEGREE") {
        Ok(value) if !value.parse::<usize>().is_ok_and(|degree| degree >= 3) => {
            Err(Error::MaxDegree { value })
        }
        _ => Ok(()),
    }
}

/// An error if halo2-axiom has cut the degree down to less than the constraints need. Of the columns it is
/// known which fixed ones are zero: those that commit to the identity. Public values may be anything.
pub(crate) fn check_degree(
    circuit: &CompiledCircuit<Fr>,
    fixed_commitments: &[G1Affine],
) -> Result<(), Error> {
    let (needed, argument) = circuit.needed_degree(|column| match column.kind {
        ColumnKind::Fixed if bool::from(fixed_commitments[column.index].is_identity()) => {
            ColumnDegree::Zero
        }
        ColumnKind::Instance => ColumnDegree::Constant,
        _ => ColumnDegree::Full,
    });
    if needed <= circuit.degree {
        return Ok(());
    }
    Err(Error::DegreeCut {
        key: circuit.degree,
        needed,
        argument,
    })
}

/// Rows that halo2 fills with randomness: one for each point that a column is opened at, of which a
/// permutation product has three, and two more.
pub(crate) fn blinding_factors(advice_queries: &[Query]) -> usize {
    let mut queries: HashMap<usize, usize> = HashMap::new();
    for query in advice_queries {
        *queries.entry(query.column).or_default() += 1;
    }
    queries.into_values().fold(3, usize::max) + 2
}

/// The circuit that a key of 2^k rows would be made for, before one is made; selectors are not
/// compressed. Nothing stands for a verifying key in the transcript: this is for estimates.
pub fn compile_unkeyed<C: Circuit<Fr>>(circuit: &C, k: u32) -> CompiledCircuit<Fr> {
    let mut cs = ConstraintSystem::default();
    C::configure_with_params(&mut cs, circuit.params());
    // The values of the selectors are of no interest, only their columns.
    let selectors = vec![Vec::new(); cs.num_selectors()];
    let (cs, _) = cs.directly_convert_selectors_to_fixed(selectors);
    compile_cs(&cs, k, cs.degree(), Fr::ZERO)
}

fn compile_cs(
    cs: &ConstraintSystem<Fr>,
    k: u32,
    degree: usize,
    transcript_repr: Fr,
) -> CompiledCircuit<Fr> {
    let mut expressions = Expressions::default();
    let gates = cs
        .gates()
        .iter()
        .flat_map(|gate| gate.polynomials())
        .map(|polynomial| expressions.add(polynomial))
        .collect();
    let lookups = cs
        .lookups()
        .iter()
        .map(|lookup| Lookup {
            inputs: expressions.add_all(lookup.input_expressions()),
            tables: expressions.add_all(lookup.table_expressions()),
        })
        .collect();
    CompiledCircuit {
        k,
        degree,
        blinding_factors: cs.blinding_factors(),
        fixed_columns: cs.num_fixed_columns(),
        advice_phases: cs.advice_column_phase(),
        instance_columns: cs.num_instance_columns(),
        challenge_phases: cs.challenge_phase(),
        expressions: expressions.0,
        gates,
        lookups,
        permutation: permutation(cs),
        advice_queries: queries(cs.advice_queries()),
        fixed_queries: queries(cs.fixed_queries()),
        constants: cs.constants().iter().map(Column::index).collect(),
        names: names(cs),
        transcript_repr,
    }
}

fn queries<T>(queries: &[(Column<T>, Rotation)]) -> Vec<Query>
where
    T: ColumnType,
{
    let query = |(column, rotation): &(Column<T>, Rotation)| Query {
        column: column.index(),
        rotation: rotation.0,
    };
    queries.iter().map(query).collect()
}

/// What gates and lookups are called. A gate by its number, its name, and the number and name of its
/// constraint where it has several or it is named, as MockProver has it.
fn names(cs: &ConstraintSystem<Fr>) -> Names {
    let quoted = |name: &str| match name {
        "" => String::new(),
        name => format!(" ({name:?})"),
    };
    let mut gates = Vec::new();
    for (number, gate) in cs.gates().iter().enumerate() {
        let constraints = gate.polynomials().len();
        let gate_name = format!("{number}{}", quoted(gate.name()));
        gates.extend((0..constraints).map(|index| {
            match (gate.constraint_name(index), constraints) {
                ("", 1) => gate_name.clone(),
                (name, _) => format!("{gate_name}, constraint {index}{}", quoted(name)),
            }
        }));
    }
    let lookups = cs.lookups().iter().map(|lookup| lookup.name().to_owned());
    Names {
        gates,
        lookups: lookups.collect(),
    }
}

/// Checks that a circuit which configures itself to `cs` can give the key its witness: the columns and
/// challenges that synthesis touches are those of the key.
///
/// The rest is the key's own. A circuit that only makes a witness need not say what it constrains:
/// halo2-base's builders leave out their constants then, and with them a column of the permutation. One that
/// has all of the key's arguments has them as the key does.
pub(crate) fn check_circuit(
    key: &CompiledCircuit<Fr>,
    cs: &ConstraintSystem<Fr>,
) -> Result<(), Error> {
    check_phases(
        "advice column",
        &key.advice_phases,
        &cs.advice_column_phase(),
    )?;
    check_phases("challenge", &key.challenge_phases, &cs.challenge_phase())?;
    check_count(
        "instance column",
        key.instance_columns,
        cs.num_instance_columns(),
    )?;
    let names = names(cs);
    let has_all_arguments = names == key.names && permutation(cs) == key.permutation;
    match has_all_arguments {
        true => check_arguments(key, cs),
        false => Ok(()),
    }
}

/// Compares what a proof's shape depends on.
fn check_arguments(key: &CompiledCircuit<Fr>, cs: &ConstraintSystem<Fr>) -> Result<(), Error> {
    let foreign = |of_key: String, of_circuit: String| Error::ForeignKey {
        key: of_key,
        circuit: of_circuit,
    };
    // Whatever MAX_DEGREE was when the key was made, its degree is at most what the constraints ask for.
    let gates = cs.gates().iter().flat_map(|gate| gate.polynomials());
    let lookups = cs.lookups().iter().map(|lookup| {
        let of =
            |tuple: &[Halo2Expression<Fr>]| tuple.iter().map(|e| e.degree()).fold(1, usize::max);
        of(lookup.input_expressions()) + of(lookup.table_expressions()) + 2
    });
    let most = gates
        .map(|e| e.degree())
        .chain(lookups)
        .fold(cs.degree(), usize::max);
    if key.degree > most.max(3) {
        return Err(foreign(
            format!("is of degree {}", key.degree),
            format!("is of degree {most}"),
        ));
    }
    // Selectors that became fixed columns are opened after the circuit's own.
    let fixed = queries(cs.fixed_queries());
    let of_key = &key.fixed_queries[..fixed.len().min(key.fixed_queries.len())];
    for (what, of_key, of_circuit) in [
        (
            "advice",
            &key.advice_queries[..],
            queries(cs.advice_queries()),
        ),
        ("fixed", of_key, fixed),
    ] {
        if of_key != of_circuit {
            let index = of_key.iter().zip(&of_circuit).position(|(a, b)| a != b);
            let index = index.unwrap_or(of_key.len().min(of_circuit.len()));
            let text = |query: Option<&Query>| match query {
                Some(Query { column, rotation }) => {
                    format!("opens {what} column {column} at rotation {rotation}")
                }
                None => format!("opens {what} columns at fewer rotations"),
            };
            return Err(foreign(
                text(of_key.get(index)),
                text(of_circuit.get(index)),
            ));
        }
    }
    Ok(())
}

fn check_count(what: &str, of_key: usize, of_circuit: usize) -> Result<(), Error> {
    if of_key == of_circuit {
        return Ok(());
    }
    let count = |count| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    Err(Error::ForeignKey {
        key: format!("has {}", count(of_key)),
        circuit: format!("has {}", count(of_circuit)),
    })
}

/// Compares the phases of columns or challenges; says which one differs first.
fn check_phases(what: &str, of_key: &[u8], of_circuit: &[u8]) -> Result<(), Error> {
    check_count(what, of_key.len(), of_circuit.len())?;
    let phases = of_key.iter().zip(of_circuit).enumerate();
    for (index, (key, circuit)) in phases {
        if key != circuit {
            return Err(Error::ForeignKey {
                key: format!("has {what} {index} in phase {key}"),
                circuit: format!("in phase {circuit}"),
            });
        }
    }
    Ok(())
}

fn permutation(cs: &ConstraintSystem<Fr>) -> Vec<ColumnRef> {
    cs.permutation()
        .get_columns()
        .iter()
        .map(column_ref)
        .collect()
}

fn column_ref(column: &Column<Any>) -> ColumnRef {
    ColumnRef {
        kind: match column.column_type() {
            Any::Advice(_) => ColumnKind::Advice,
            Any::Fixed => ColumnKind::Fixed,
            Any::Instance => ColumnKind::Instance,
        },
        index: column.index(),
    }
}

/// The nodes of all expressions, operands before what uses them.
#[derive(Default)]
struct Expressions(Vec<Expression<Fr>>);

impl Expressions {
    fn add_all(&mut self, expressions: &[Halo2Expression<Fr>]) -> Vec<ExpressionId> {
        expressions.iter().map(|e| self.add(e)).collect()
    }

    fn add(&mut self, expression: &Halo2Expression<Fr>) -> ExpressionId {
        let column =
            |kind, index, rotation: i32| Expression::Column(ColumnRef { kind, index }, rotation);
        let node = match expression {
            Halo2Expression::Constant(value) => Expression::Constant(*value),
            Halo2Expression::Selector(_) => {
                unreachable!("a verifying key holds no virtual selectors")
            }
            Halo2Expression::Fixed(query) => {
                column(ColumnKind::Fixed, query.column_index(), query.rotation().0)
            }
            Halo2Expression::Advice(query) => {
                column(ColumnKind::Advice, query.column_index(), query.rotation().0)
            }
            Halo2Expression::Instance(query) => column(
                ColumnKind::Instance,
                query.column_index(),
                query.rotation().0,
            ),
            Halo2Expression::Challenge(challenge) => Expression::Challenge(challenge.index()),
            Halo2Expression::Negated(a) => Expression::Negated(self.add(a)),
            Halo2Expression::Sum(a, b) => Expression::Sum(self.add(a), self.add(b)),
            Halo2Expression::Product(a, b) => Expression::Product(self.add(a), self.add(b)),
            Halo2Expression::Scaled(a, factor) => Expression::Scaled(self.add(a), *factor),
        };
        self.0.push(node);
        self.0.len() - 1
    }
}
