//! What a launch touched, for those who must know whether launches of different streams meet.

use super::{Memory, Slot};

/// A run of words that a launch touched in one way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Touched {
    pub address: u64,
    pub bytes: u64,
    /// Whether it wrote them; else it only read them.
    pub written: bool,
}

impl Memory {
    /// What the last launch touched, by address. It is known only if that launch watched for
    /// races ([`Options`](crate::machine::Options)).
    pub fn touched(&self) -> Vec<Touched> {
        let table = self.table();
        let mut runs: Vec<Touched> = Vec::new();
        for slot in &table.slots {
            let Slot::Live(allocation) = slot else {
                continue;
            };
            let Some(shadow) = allocation.shadow_of(table.launch) else {
                continue;
            };
            for word in 0..allocation.bytes.div_ceil(4) {
                let Some(written) = shadow.use_of(word as usize, table.launch) else {
                    continue;
                };
                let address = allocation.address + 4 * word;
                let bytes = 4.min(allocation.bytes - 4 * word);
                match runs.last_mut() {
                    Some(run) if run.address + run.bytes == address && run.written == written => {
                        run.bytes += bytes;
                    }
                    _ => runs.push(Touched {
                        address,
                        bytes,
                        written,
                    }),
                }
            }
        }
        runs
    }
}
