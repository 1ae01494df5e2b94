//! What the environment asks for.

use halo2_offload_prover::Unsatisfied;
use std::{
    env,
    ffi::{OsStr, OsString},
};

const PROVER: &str = "HALO2_OFFLOAD_PROVER";
const DEVICE: &str = "HALO2_OFFLOAD_DEVICE";
const UNSATISFIED: &str = "HALO2_OFFLOAD_UNSATISFIED";

/// How the next proof is to be made.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wishes {
    /// By halo2-axiom's own prover.
    pub stock: bool,
    pub device: Device,
    pub unsatisfied: Unsatisfied,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Device {
    Cpu { why: &'static str },
    Cuda(usize),
}

/// A variable says what it cannot say.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{variable}={} is not known: it can be {known}, or not set", value.to_string_lossy())]
pub(super) struct UnknownWish {
    variable: &'static str,
    value: OsString,
    known: &'static str,
}

impl Wishes {
    /// Read anew for each proof, as programs set variables, too.
    pub fn of_environment() -> Result<Self, UnknownWish> {
        Self::of(|name| env::var_os(name))
    }

    fn of(variable: impl Fn(&str) -> Option<OsString>) -> Result<Self, UnknownWish> {
        let of = |name| variable(name).filter(|value| !value.is_empty());
        Ok(Self {
            stock: read(
                PROVER,
                of(PROVER),
                "offload or stock",
                |value| match value {
                    None | Some("offload") => Some(false),
                    Some("stock") => Some(true),
                    _ => None,
                },
            )?,
            device: read(DEVICE, of(DEVICE), "auto, cpu, cuda or cuda:N", device)?,
            unsatisfied: read(
                UNSATISFIED,
                of(UNSATISFIED),
                "refuse or as-stock",
                |value| match value {
                    None | Some("refuse") => Some(Unsatisfied::Refuse),
                    Some("as-stock") => Some(Unsatisfied::AsStock),
                    _ => None,
                },
            )?,
        })
    }
}

fn read<T>(
    variable: &'static str,
    value: Option<OsString>,
    known: &'static str,
    parse: impl FnOnce(Option<&str>) -> Option<T>,
) -> Result<T, UnknownWish> {
    let wish = match value.as_deref().map(OsStr::to_str) {
        None => parse(None),
        Some(text) => text.and_then(|text| parse(Some(text))),
    };
    wish.ok_or_else(|| UnknownWish {
        variable,
        value: value.unwrap_or_default(),
        known,
    })
}

fn device(value: Option<&str>) -> Option<Device> {
    match value {
        None | Some("auto") => Some(Device::Cpu {
            why: "auto: a GPU proves only where HALO2_OFFLOAD_DEVICE=cuda asks for it",
        }),
        Some("cpu") => Some(Device::Cpu {
            why: "HALO2_OFFLOAD_DEVICE=cpu",
        }),
        Some("cuda") => Some(Device::Cuda(0)),
        Some(other) => other
            .strip_prefix("cuda:")
            .and_then(|ordinal| ordinal.parse().ok())
            .map(Device::Cuda),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wishes(variables: &[(&str, &str)]) -> Result<Wishes, UnknownWish> {
        Wishes::of(|name| {
            let found = variables.iter().find(|(of, _)| *of == name);
            found.map(|(_, value)| OsString::from(value))
        })
    }

    #[test]
    fn nothing_is_asked_for() {
        for nothing in [&[][..], &[(PROVER, ""), (DEVICE, ""), (UNSATISFIED, "")]] {
            let wishes = wishes(nothing).unwrap();
            assert!(!wishes.stock);
            assert!(matches!(wishes.device, Device::Cpu { .. }));
            assert_eq!(wishes.unsatisfied, Unsatisfied::Refuse);
        }
    }

    #[test]
    fn everything_is_asked_for() {
        let asked = wishes(&[
            (PROVER, "stock"),
            (DEVICE, "cuda:3"),
            (UNSATISFIED, "as-stock"),
        ])
        .unwrap();
        assert!(asked.stock);
        assert_eq!(asked.device, Device::Cuda(3));
        assert_eq!(asked.unsatisfied, Unsatisfied::AsStock);
        let cuda = wishes(&[(DEVICE, "cuda")]).unwrap();
        assert_eq!(cuda.device, Device::Cuda(0));
    }

    #[test]
    fn what_is_not_known_is_refused() {
        for (variable, value) in [
            (PROVER, "Stock"),
            (DEVICE, "gpu"),
            (DEVICE, "cuda:"),
            (DEVICE, "cuda:-1"),
            (UNSATISFIED, "1"),
        ] {
            let message = wishes(&[(variable, value)]).unwrap_err().to_string();
            assert!(message.starts_with(&format!("{variable}={value} is not known")));
            assert!(message.contains("it can be"));
        }
    }
}
