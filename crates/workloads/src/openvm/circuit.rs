//! A circuit of halo2-base whose lookups have a column of their own even beside a single gate
//! column.

use halo2_axiom::{
    circuit::{Layouter, SimpleFloorPlanner},
    halo2curves::bn256::Fr,
    plonk::{Circuit, ConstraintSystem, Error},
    poly::Rotation,
};
use halo2_base::gates::{
    circuit::{builder::BaseCircuitBuilder, BaseCircuitParams, BaseConfig, MaybeRangeConfig},
    flex_gate::FlexGateConfigParams,
    range::RangeConfig,
};

/// All of it is halo2-base's but where the lookup is: halo2-base fills whatever lookup columns
/// its configuration has, and makes one itself if there are two gate columns or more.
pub(crate) struct LookupApart(BaseCircuitBuilder<Fr>);

impl From<BaseCircuitBuilder<Fr>> for LookupApart {
    fn from(builder: BaseCircuitBuilder<Fr>) -> Self {
        Self(builder)
    }
}

impl Circuit<Fr> for LookupApart {
    type Config = BaseConfig<Fr>;
    type FloorPlanner = SimpleFloorPlanner;
    type Params = BaseCircuitParams;

    fn params(&self) -> BaseCircuitParams {
        self.0.params()
    }

    fn without_witnesses(&self) -> Self {
        Self(self.0.deep_clone().unknown(true))
    }

    fn configure(meta: &mut ConstraintSystem<Fr>) -> BaseConfig<Fr> {
        Self::configure_with_params(meta, BaseCircuitParams::default())
    }

    fn configure_with_params(
        meta: &mut ConstraintSystem<Fr>,
        params: BaseCircuitParams,
    ) -> BaseConfig<Fr> {
        let gate = FlexGateConfigParams {
            k: params.k,
            num_advice_per_phase: params.num_advice_per_phase,
            num_fixed: params.num_fixed,
        };
        // With no lookup columns asked for, it makes the table and the gate, and no lookup.
        let lookup_bits = params.lookup_bits.unwrap_or_default();
        let mut range = RangeConfig::configure(meta, gate, &[0], lookup_bits);
        let columns = params.num_lookup_advice_per_phase.first().copied();
        for _ in 0..columns.unwrap_or_default() {
            let column = meta.advice_column();
            meta.enable_equality(column);
            meta.lookup("range", |meta| {
                vec![(meta.query_advice(column, Rotation::cur()), range.lookup)]
            });
            range.lookup_advice[0].push(column);
        }
        let instance = (0..params.num_instance_columns)
            .map(|_| {
                let column = meta.instance_column();
                meta.enable_equality(column);
                column
            })
            .collect();
        BaseConfig {
            base: MaybeRangeConfig::WithRange(range),
            instance,
        }
    }

    fn synthesize(&self, config: BaseConfig<Fr>, layouter: impl Layouter<Fr>) -> Result<(), Error> {
        self.0.synthesize(config, layouter)
    }
}
