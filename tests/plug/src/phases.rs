//! A circuit of two phases, written against halo2 itself: the same bytes in rows of four and in rows of two.
//! That they are the same is checked by random linear combinations of all of them, by a challenge that is
//! drawn once the bytes are committed to.

use halo2_base::halo2_proofs::{
    arithmetic::Field,
    circuit::{Cell, Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{
        Advice, Challenge, Circuit, Column, ConstraintSystem, Error, FirstPhase, SecondPhase,
        Selector, TableColumn,
    },
    poly::Rotation,
};
use rand::{rngs::StdRng, RngCore, SeedableRng};

use crate::range::UNUSABLE_ROWS;

/// Bytes in a row.
const WIDE: usize = 4;
const NARROW: usize = 2;

#[derive(Clone)]
pub struct Repacking {
    bytes: Vec<u8>,
}

impl Repacking {
    /// With as many bytes as 2^k rows hold.
    pub fn new(k: u32) -> Self {
        let rows = ((1 << k) - UNUSABLE_ROWS) / WIDE * WIDE;
        let mut bytes = vec![0; rows * NARROW];
        StdRng::seed_from_u64(3).fill_bytes(&mut bytes);
        Self { bytes }
    }
}

#[derive(Clone)]
pub struct Config {
    table: TableColumn,
    challenge: Challenge,
    wide: Packed<WIDE>,
    narrow: Packed<NARROW>,
}

/// Bytes in rows of so many, and the combination of all up to a row.
#[derive(Clone)]
struct Packed<const WIDTH: usize> {
    bytes: [Column<Advice>; WIDTH],
    combination: Column<Advice>,
    first: Selector,
    further: Selector,
}

impl<const WIDTH: usize> Packed<WIDTH> {
    fn columns(meta: &mut ConstraintSystem<Fr>) -> Self {
        let bytes = [(); WIDTH].map(|()| meta.advice_column());
        let combination = meta.advice_column_in(SecondPhase);
        meta.enable_equality(combination);
        Self {
            bytes,
            combination,
            first: meta.selector(),
            further: meta.selector(),
        }
    }

    fn constrain(&self, meta: &mut ConstraintSystem<Fr>, challenge: Challenge, table: TableColumn) {
        for column in self.bytes {
            meta.lookup("a byte", |meta| {
                vec![(meta.query_advice(column, Rotation::cur()), table)]
            });
        }
        meta.create_gate("combination", |meta| {
            let first = meta.query_selector(self.first);
            let further = meta.query_selector(self.further);
            let challenge = meta.query_challenge(challenge);
            let before = meta.query_advice(self.combination, Rotation::prev());
            let combination = meta.query_advice(self.combination, Rotation::cur());
            let bytes = self
                .bytes
                .map(|column| meta.query_advice(column, Rotation::cur()));
            let combined = bytes
                .into_iter()
                .fold(before, |sum, byte| sum * challenge.clone() + byte);
            vec![
                first * combination.clone(),
                further * (combination - combined),
            ]
        });
    }

    /// From the second row on: the first has the combination of nothing.
    fn assign_bytes(&self, region: &mut Region<Fr>, bytes: &[u8]) -> Result<(), Error> {
        self.first.enable(region, 0)?;
        for (i, bytes) in bytes.chunks_exact(WIDTH).enumerate() {
            self.further.enable(region, i + 1)?;
            for (&column, &byte) in self.bytes.iter().zip(bytes) {
                region.assign_advice(column, i + 1, Value::known(Fr::from(u64::from(byte))));
            }
        }
        Ok(())
    }

    /// The cell with the combination of all bytes.
    fn combine(&self, region: &mut Region<Fr>, bytes: &[u8], challenge: Value<Fr>) -> Cell {
        let mut sum = Value::known(Fr::ZERO);
        let mut cell = region.assign_advice(self.combination, 0, sum).cell();
        for (i, bytes) in bytes.chunks_exact(WIDTH).enumerate() {
            for &byte in bytes {
                sum = sum * challenge + Value::known(Fr::from(u64::from(byte)));
            }
            cell = region.assign_advice(self.combination, i + 1, sum).cell();
        }
        cell
    }
}

impl Circuit<Fr> for Repacking {
    type Config = Config;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = ();

    fn without_witnesses(&self) -> Self {
        self.clone()
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> Config {
        let table = meta.lookup_table_column();
        let wide = Packed::columns(meta);
        let narrow = Packed::columns(meta);
        let challenge = meta.challenge_usable_after(FirstPhase);
        wide.constrain(meta, challenge, table);
        narrow.constrain(meta, challenge, table);
        Config {
            table,
            challenge,
            wide,
            narrow,
        }
    }

    fn synthesize(&self, config: Config, mut layouter: impl Layouter<Fr>) -> Result<(), Error> {
        let Config {
            table,
            challenge,
            wide,
            narrow,
        } = config;
        let bytes = &self.bytes;
        layouter.assign_table(
            || "bytes",
            |mut rows| {
                for byte in 0..=u8::MAX {
                    let value = || Value::known(Fr::from(u64::from(byte)));
                    rows.assign_cell(|| "byte", table, byte.into(), value)?;
                }
                Ok(())
            },
        )?;
        layouter.assign_region(
            || "repacking",
            |mut region| {
                wide.assign_bytes(&mut region, bytes)?;
                narrow.assign_bytes(&mut region, bytes)?;
                region.next_phase();
                let challenge = region.get_challenge(challenge);
                let wide = wide.combine(&mut region, bytes, challenge);
                let narrow = narrow.combine(&mut region, bytes, challenge);
                region.constrain_equal(wide, narrow);
                Ok(())
            },
        )
    }
}
