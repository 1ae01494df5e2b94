//! Where the network's values go.

use halo2_axiom::{
    circuit::{Cell, Layouter, Region, SimpleFloorPlanner, Value},
    halo2curves::bn256::Fr,
    plonk::{Circuit, ConstraintSystem, Error},
};

use super::{
    columns::{LookupConfig, LookupShape, LANES},
    integer,
    network::{Evaluation, Network, SCALE, WIDTH},
};

/// Rows of a neuron: its products, then bias, rescaling and activation.
pub(super) const NEURON_ROWS: usize = WIDTH + 3;
const BIAS: usize = WIDTH;
const RESCALE: usize = WIDTH + 1;
const ACTIVATE: usize = WIDTH + 2;

#[derive(Clone, Debug)]
pub struct LookupCircuit {
    pub(super) network: Network,
    pub(super) evaluation: Option<Evaluation>,
}

impl Circuit<Fr> for LookupCircuit {
    type Config = LookupConfig;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = LookupShape;

    fn params(&self) -> LookupShape {
        LookupShape {
            half: self.network.half,
            activations: self.network.activations,
        }
    }

    fn without_witnesses(&self) -> Self {
        Self {
            network: self.network.clone(),
            evaluation: None,
        }
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> LookupConfig {
        Self::configure_with_params(meta, LookupShape::default())
    }

    fn configure_with_params(meta: &mut ConstraintSystem<Fr>, shape: LookupShape) -> LookupConfig {
        LookupConfig::new(meta, shape)
    }

    fn synthesize(
        &self,
        config: LookupConfig,
        mut layouter: impl Layouter<Fr>,
    ) -> Result<(), Error> {
        self.fill_tables(&config, &mut layouter)?;
        layouter.assign_region(
            || "network",
            |mut region| {
                (0..self.network.neurons)
                    .try_for_each(|neuron| self.fill_neuron(&config, &mut region, neuron))
            },
        )?;
        let public = self.network.neurons - super::PUBLIC;
        for row in 0..super::PUBLIC {
            let cell = output_cell(&config, public + row);
            layouter.constrain_instance(cell, config.instance, row);
        }
        Ok(())
    }
}

impl LookupCircuit {
    fn fill_tables(
        &self,
        config: &LookupConfig,
        layouter: &mut impl Layouter<Fr>,
    ) -> Result<(), Error> {
        layouter.assign_table(
            || "remainders",
            |mut table| {
                (0..SCALE).try_for_each(|x| {
                    let value = || Value::known(integer(x));
                    table.assign_cell(|| "x", config.remainders, x as usize, value)
                })
            },
        )?;
        let half = self.network.half;
        for entry in &config.activations {
            layouter.assign_table(
                || "activation",
                |mut table| {
                    (-half..half).try_for_each(|x| {
                        let y = entry.activation.apply(x, half);
                        let row = (x + half) as usize;
                        table.assign_cell(|| "x", entry.input, row, || Value::known(integer(x)))?;
                        table.assign_cell(|| "y", entry.output, row, || Value::known(integer(y)))
                    })
                },
            )?;
        }
        Ok(())
    }

    fn fill_neuron(
        &self,
        config: &LookupConfig,
        region: &mut Region<'_, Fr>,
        neuron: usize,
    ) -> Result<(), Error> {
        let lane_index = neuron % LANES;
        let lane = config.lanes[lane_index];
        let top = neuron / LANES * NEURON_ROWS;
        let trace = self.evaluation.as_ref().map(|e| self.trace(e, neuron));
        for offset in 0..NEURON_ROWS {
            let values = match &trace {
                Some(rows) => rows[offset].map(|x| Value::known(integer(x))),
                None => [Value::unknown(); 3],
            };
            for (column, value) in [lane.a, lane.b, lane.c].into_iter().zip(values) {
                region.assign_advice(column, top + offset, value);
            }
        }

        // The first neuron's cells hold the network's inputs; others copy them, or outputs.
        for input in 0..WIDTH {
            let source = match neuron / WIDTH {
                0 => LookupConfig::cell(config.lanes[0].a, input),
                layer => output_cell(config, (layer - 1) * WIDTH + input),
            };
            if neuron > 0 {
                region.constrain_equal(LookupConfig::cell(lane.a, top + input), source);
            }
        }
        // Each of the last rows takes up the result of the row above.
        for offset in [BIAS, RESCALE, ACTIVATE] {
            let above = LookupConfig::cell(lane.c, top + offset - 1);
            region.constrain_equal(LookupConfig::cell(lane.a, top + offset), above);
        }
        let bias = integer(self.network.biases[neuron]);
        let constant = region.assign_fixed(config.constants, top + lane_index, bias);
        region.constrain_equal(LookupConfig::cell(lane.b, top + BIAS), constant);

        config.in_range[lane_index].enable(region, top + RESCALE)?;
        let activation = self.network.activation(neuron);
        for table in &config.activations {
            if table.activation == activation {
                table.on[lane_index].enable(region, top + ACTIVATE)?;
            }
        }
        // Gates hold in all lanes at once: the first lane turns them on.
        if lane_index == 0 {
            config.product.enable(region, top)?;
            for offset in 1..WIDTH {
                config.accumulate.enable(region, top + offset)?;
            }
            config.bias.enable(region, top + BIAS)?;
            config.rescale.enable(region, top + RESCALE)?;
        }
        Ok(())
    }

    /// The values of a neuron's rows.
    fn trace(&self, evaluation: &Evaluation, neuron: usize) -> [[i64; 3]; NEURON_ROWS] {
        let mut rows = [[0; 3]; NEURON_ROWS];
        let mut sum = 0;
        for (input, row) in rows[..WIDTH].iter_mut().enumerate() {
            let value = evaluation.input(neuron, input);
            let weight = evaluation.weight(neuron, input);
            sum += value * weight;
            *row = [value, weight, sum];
        }
        let bias = self.network.biases[neuron];
        let total = sum + bias;
        let (quotient, remainder) = (total.div_euclid(SCALE), total.rem_euclid(SCALE));
        rows[BIAS] = [sum, bias, total];
        rows[RESCALE] = [total, remainder, quotient];
        rows[ACTIVATE] = [quotient, 0, evaluation.outputs[neuron]];
        rows
    }
}

/// Where the output of a neuron is.
fn output_cell(config: &LookupConfig, neuron: usize) -> Cell {
    let row = neuron / LANES * NEURON_ROWS + ACTIVATE;
    LookupConfig::cell(config.lanes[neuron % LANES].c, row)
}
