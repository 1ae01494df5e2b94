//! `--multiopen`.

use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};
use halo2_offload::prover::Multiopen;

/// Reads one of the multi-opening arguments by its name.
pub fn multiopen() -> impl TypedValueParser<Value = Multiopen> {
    let of = |multiopen: Multiopen, help| PossibleValue::new(multiopen.name()).help(help);
    PossibleValuesParser::new([
        of(
            Multiopen::Shplonk,
            "BDFG20: two points, whatever the circuit",
        ),
        of(Multiopen::Gwc, "GWC19: one point per rotation"),
    ])
    .map(|name| match name == Multiopen::Gwc.name() {
        true => Multiopen::Gwc,
        false => Multiopen::Shplonk,
    })
}
