//! What is reported of an access.

use super::Plan;
use crate::machine::block::Environment;
use crate::machine::log::Stop;
use crate::machine::races::Conflict;
use crate::machine::warp::Warp;
use crate::machine::FaultKind;

pub(super) fn misaligned(
    warp: &Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    lane: usize,
    address: u64,
) -> Result<(), Stop> {
    let kind = FaultKind::Misaligned;
    let bytes = plan.bytes;
    env.fault(warp, lane, plan.instruction, kind, Some(address), || {
        format!("{bytes} bytes at an address that is not a multiple of {bytes}")
    })
}

/// Reports a race, if races of its sort are looked for.
pub(super) fn race(
    warp: &Warp,
    env: &mut Environment<'_>,
    plan: &Plan<'_>,
    (lane, address): (usize, u64),
    conflict: Conflict,
    place: impl FnOnce() -> String,
) -> Result<(), Stop> {
    let options = env.grid.options;
    let (kind, wanted) = if conflict.between_blocks {
        (FaultKind::RaceBetweenBlocks, options.races_between_blocks)
    } else {
        (FaultKind::RaceInBlock, options.races_in_block)
    };
    if !wanted {
        return Ok(());
    }
    let grid = env.grid;
    env.fault(warp, lane, plan.instruction, kind, Some(address), || {
        let [bx, by, bz] = grid.block_index(conflict.block);
        let [tx, ty, tz] = grid.thread_index(conflict.thread);
        let verb = if conflict.wrote { "written" } else { "read" };
        format!(
            "{}, {verb} also by block ({bx},{by},{bz}) thread ({tx},{ty},{tz})",
            place()
        )
    })
}
