#!/usr/bin/env bash
# halo2-axiom 0.5.3: SimpleFloorPlanner starts every region at row 0.
#
# In zcash's halo2_proofs it starts a region at the first row that is free in all columns which the region uses, and
# halo2-axiom has that under the same name, and its documentation. A circuit of two regions over one column is satisfied
# there; here the second region is laid on the first, whose cell is assigned twice and whose gate then fails. Key
# generation says nothing.
#
# Seen: "halo2_proofs 0.3.1: satisfied true" and "halo2-axiom 0.5.3: satisfied false"
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
mkdir src
cat >Cargo.toml <<'TOML'
[package]
name = "finding"
version = "0.0.0"
edition = "2021"
[dependencies]
halo2-axiom = "=0.5.3"
halo2_proofs = "=0.3.1"
[workspace]
TOML
cat >src/main.rs <<'RUST'
/// A cell of the first region is 1, one of the second is 2.
macro_rules! two_regions {
    ($module:ident, $library:ident, $field:ty, $assign:expr, { $($params:tt)* }) => {
        mod $module {
            use $library::{
                circuit::{Layouter, SimpleFloorPlanner, Value},
                dev::MockProver,
                plonk::{Advice, Circuit, Column, ConstraintSystem, Error, Expression, Selector},
                poly::Rotation,
            };

            struct TwoRegions;

            impl Circuit<$field> for TwoRegions {
                type Config = (Column<Advice>, [Selector; 2]);
                type FloorPlanner = SimpleFloorPlanner;
                $($params)*

                fn without_witnesses(&self) -> Self {
                    TwoRegions
                }

                fn configure(cs: &mut ConstraintSystem<$field>) -> Self::Config {
                    let column = cs.advice_column();
                    let selectors = [cs.selector(), cs.selector()];
                    for (index, selector) in selectors.into_iter().enumerate() {
                        cs.create_gate("is the number of its region", |cells| {
                            let cell = cells.query_advice(column, Rotation::cur());
                            let number = Expression::Constant(<$field>::from(index as u64 + 1));
                            vec![cells.query_selector(selector) * (cell - number)]
                        });
                    }
                    (column, selectors)
                }

                fn synthesize(
                    &self,
                    (column, selectors): Self::Config,
                    mut layouter: impl Layouter<$field>,
                ) -> Result<(), Error> {
                    for (index, selector) in selectors.into_iter().enumerate() {
                        layouter.assign_region(
                            || "a number",
                            |mut region| {
                                selector.enable(&mut region, 0)?;
                                let number = Value::known(<$field>::from(index as u64 + 1));
                                $assign(&mut region, column, number)
                            },
                        )?;
                    }
                    Ok(())
                }
            }

            pub fn is_satisfied() -> bool {
                MockProver::run(4, &TwoRegions, vec![]).expect("it is laid out").verify().is_ok()
            }
        }
    };
}

two_regions!(
    zcash,
    halo2_proofs,
    halo2_proofs::pasta::Fp,
    |region: &mut halo2_proofs::circuit::Region<'_, halo2_proofs::pasta::Fp>, column, number| {
        region.assign_advice(|| "number", column, 0, || number).map(|_| ())
    },
    {}
);
two_regions!(
    axiom,
    halo2_axiom,
    halo2_axiom::halo2curves::bn256::Fr,
    |region: &mut halo2_axiom::circuit::Region<'_, halo2_axiom::halo2curves::bn256::Fr>, column, number| {
        region.assign_advice(column, 0, number);
        Ok(())
    },
    { type Params = (); }
);

fn main() {
    println!("halo2_proofs 0.3.1: satisfied {}", zcash::is_satisfied());
    println!("halo2-axiom 0.5.3: satisfied {}", axiom::is_satisfied());
}
RUST
seen=$(cargo run --quiet --release 2>"$folder/stderr") || { cat "$folder/stderr" >&2; exit 1; }
echo "$seen"
expected="halo2_proofs 0.3.1: satisfied true
halo2-axiom 0.5.3: satisfied false"
[ "$seen" = "$expected" ] || { echo "it has changed" >&2; exit 1; }
