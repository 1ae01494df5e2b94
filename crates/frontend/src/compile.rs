//! From a verifying key to a compiled circuit.

use ff::Field;
use halo2_axiom::{
    halo2curves::bn256::{Fr, G1Affine},
    plonk::{Any, Circuit, Column, ConstraintSystem, Expression as Halo2Expression, VerifyingKey},
};
use halo2_offload_prover::{
    ColumnKind, ColumnRef, CompiledCircuit, Expression, ExpressionId, Lookup, Query,
};

use crate::error::Error;

/// The circuit of a verifying key.
pub fn compile(vk: &VerifyingKey<G1Affine>) -> Result<CompiledCircuit<Fr>, Error> {
    let cs = vk.cs();
    let domain = vk.get_domain();
    // halo2-axiom takes the number of quotient pieces from key generation and the size of the
    // permutation's chunks from the environment at proving.
    let degree = domain.quotient_poly_degree as usize + 1;
    if cs.degree() != degree {
        return Err(Error::Degree {
            key: degree,
            now: cs.degree(),
        });
    }
    Ok(compile_cs(cs, domain.k(), degree, vk.transcript_repr()))
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
        advice_queries: cs
            .advice_queries()
            .iter()
            .map(|(column, rotation)| Query {
                column: column.index(),
                rotation: rotation.0,
            })
            .collect(),
        fixed_queries: cs
            .fixed_queries()
            .iter()
            .map(|(column, rotation)| Query {
                column: column.index(),
                rotation: rotation.0,
            })
            .collect(),
        constants: cs.constants().iter().map(Column::index).collect(),
        transcript_repr,
    }
}

/// Checks that a circuit which configures itself to `cs` can give the key its witness: the columns and
/// challenges that synthesis touches are those of the key.
///
/// The rest is the key's own. A circuit that only makes a witness need not say what it constrains:
/// halo2-base's builders leave out their constants then, and with them a column of the permutation.
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
    )
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
