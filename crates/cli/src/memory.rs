//! Whether a proof on the CPU fits into memory, before anything is spent.

use halo2_axiom::halo2curves::bn256::{Fr, G1Affine};
use halo2_offload::{
    prover::{estimate, CompiledCircuit, Estimation, Multiopen},
    CELL_BYTES,
};
use halo2_offload_measure::{describe_bytes, resident_bytes, swap_bytes, Error, Host, Result};
use serde::Serialize;

/// What glibc's allocator keeps of memory that was freed, for each byte that a proof has in use at
/// its peak beside the key: fitted to `plonk` and `lookup` at k = 16.
const ALLOCATOR_OVERHEAD: f64 = 0.17;

/// The RAM of a process that holds a resident key and makes a proof, by what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Need {
    process_bytes: u64,
    circuit_bytes: u64,
    key_bytes: u64,
    proof_bytes: u64,
    allocator_bytes: u64,
    peak_stage: &'static str,
}

impl Need {
    /// That of a proof, beside what the process and the circuit take.
    pub fn of(estimation: &Estimation, process_bytes: u64, circuit_bytes: u64) -> Self {
        let proof_bytes = estimation.peak_bytes - estimation.key_bytes;
        Self {
            process_bytes,
            circuit_bytes,
            key_bytes: estimation.key_bytes,
            proof_bytes,
            allocator_bytes: (proof_bytes as f64 * ALLOCATOR_OVERHEAD) as u64,
            peak_stage: estimation.peak_room.name(),
        }
    }

    /// The sum of its parts.
    pub fn bytes(&self) -> u64 {
        self.parts().iter().map(|(_, bytes)| bytes).sum()
    }

    /// Its parts in bytes, by name.
    pub fn parts(&self) -> [(&'static str, u64); 5] {
        [
            ("process", self.process_bytes),
            ("circuit", self.circuit_bytes),
            ("resident key", self.key_bytes),
            ("proof", self.proof_bytes),
            ("allocator", self.allocator_bytes),
        ]
    }

    /// The stage of the proof at which the peak is.
    pub fn peak_stage(&self) -> &'static str {
        self.peak_stage
    }
}

/// The RAM that this process needs for a proof of `circuit` on the CPU with so many threads, beside what it
/// holds already.
///
/// # Errors
///
/// If no such circuit can be proven.
pub fn need(circuit: &CompiledCircuit<Fr>, multiopen: Multiopen, threads: usize) -> Result<Need> {
    let estimation = estimate::<G1Affine>(circuit, multiopen, threads, CELL_BYTES)
        .map_err(|error| Error::Plan(error.to_string()))?;
    Ok(Need::of(&estimation, resident_bytes().unwrap_or(0), 0))
}

/// The memory that this process may use.
struct Room {
    bytes: u64,
    /// What sets that limit, in words.
    limit: &'static str,
    /// Swap that may be used beside it, at most.
    swap_bytes: u64,
}

impl Room {
    fn of(host: &Host, swap_bytes: u64) -> Option<Self> {
        let bytes = host.memory_bytes()?;
        let is_of_group = host.container.memory_bytes == Some(bytes);
        Some(Self {
            bytes,
            limit: match is_of_group {
                true => "the limit of its control group",
                false => "all that this machine has",
            },
            swap_bytes,
        })
    }

    /// What there is to say, if the need is beyond it: an error where the key and the columns of the witness
    /// alone are beyond it, swap included.
    fn check(&self, need: &Need, witness_bytes: u64) -> Result<Option<String>> {
        let (bytes, limit) = (describe_bytes(self.bytes), self.limit);
        let least = need.key_bytes + witness_bytes;
        if least > self.bytes.saturating_add(self.swap_bytes) {
            return Err(Error::Plan(format!(
                "the key and the columns of the witness alone take {}, and this process may have {bytes} \
                 ({limit}): use a smaller k, or a machine with more memory",
                describe_bytes(least)
            )));
        }
        Ok((need.bytes() > self.bytes).then(|| {
            format!(
                "about {} of memory are needed, and this process may have {bytes} ({limit}): it may be killed",
                describe_bytes(need.bytes())
            )
        }))
    }
}

/// Compares what a proof of `circuit` on the CPU needs with what this process may have; a warning if that is
/// less.
///
/// # Errors
///
/// If it certainly does not fit: what is held all along is more, swap included.
pub fn check(circuit: &CompiledCircuit<Fr>, multiopen: Multiopen) -> Result<Option<String>> {
    let need = need(circuit, multiopen, rayon::current_num_threads())?;
    let columns = circuit.advice_phases.len() + circuit.instance_columns;
    let witness_bytes = (columns * size_of::<Fr>()) as u64 * circuit.n() as u64;
    match Room::of(&Host::look(), swap_bytes().unwrap_or(0)) {
        Some(room) => room.check(&need, witness_bytes),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload::prover::Shape;
    use halo2_offload_measure::ContainerLimits;

    const GIB: u64 = 1 << 30;

    fn host(ram_bytes: u64, group_bytes: Option<u64>) -> Host {
        Host {
            ram_bytes: Some(ram_bytes),
            container: ContainerLimits {
                cpus: None,
                memory_bytes: group_bytes,
            },
            ..Host::default()
        }
    }

    const NEED: Need = Need {
        process_bytes: GIB / 10,
        circuit_bytes: 0,
        key_bytes: 8 * GIB,
        proof_bytes: 4 * GIB,
        allocator_bytes: GIB,
        peak_stage: "quotient",
    };

    fn checked(host: &Host, swap_bytes: u64) -> Result<Option<String>> {
        Room::of(host, swap_bytes)
            .expect("it is known")
            .check(&NEED, 2 * GIB)
    }

    #[test]
    fn what_does_not_fit_is_said() {
        assert!(matches!(checked(&host(14 * GIB, None), 0), Ok(None)));
        let warning = |host: Host| checked(&host, 0).expect("not certain").expect("a warning");
        assert_eq!(
            warning(host(64 * GIB, Some(11 * GIB))),
            "about 13.1 GiB of memory are needed, and this process may have 11.0 GiB (the limit of its control \
             group): it may be killed"
        );
        assert!(warning(host(11 * GIB, None)).contains("all that this machine has"));
        // A control group's limit above the machine's memory limits nothing.
        assert!(warning(host(11 * GIB, Some(64 * GIB))).contains("all that this machine has"));
        // The key's 8 GiB and the witness's 2 alone.
        let small = host(64 * GIB, Some(9 * GIB));
        let error = checked(&small, 0).expect_err("certain").to_string();
        assert!(error.contains("alone take 10.0 GiB"), "{error}");
        assert!(matches!(checked(&small, GIB), Ok(Some(_))));
    }

    #[test]
    fn a_need_is_that_of_its_parts() {
        let circuit = Shape {
            k: 12,
            degree: 5,
            advice: 6,
            fixed: 12,
            instance: 1,
            lookups: 4,
            permutation: 8,
        }
        .circuit();
        let need = need(&circuit, Multiopen::Shplonk, 2).expect("a circuit");
        let column = 32 << 12;
        // SRS, twiddles and the key's columns.
        assert_eq!(need.key_bytes, (4 + 12 + 8) * column + column / 2);
        assert!(need.proof_bytes > 6 * column);
        assert!(need.bytes() > need.key_bytes + need.proof_bytes);
        assert!(check(&circuit, Multiopen::Shplonk)
            .expect("it fits")
            .is_none());
    }
}
