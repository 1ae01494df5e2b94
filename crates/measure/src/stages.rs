//! The meter at the doors between the prover's rooms.

use halo2_offload_prover::{Meter, Room};

use crate::{
    clock::{Reading, Spent},
    report::Stage,
};

/// The share of a proof that may lie outside of all rooms before it is listed as a stage of its own.
const UNATTRIBUTED_SHARE: f64 = 0.01;

/// The name of what lies outside of all rooms.
pub(crate) const UNATTRIBUTED: &str = "unattributed";

/// Adds up wall and CPU time per room. A proof is in one room at a time, so that the rooms are
/// disjoint and add up to the whole.
#[derive(Debug, Default)]
pub struct StageMeter {
    inside: Option<(Room, Reading)>,
    /// In the order of [`Room::ALL`]; none if the proof was never there.
    spent: [Option<Spent>; Room::ALL.len()],
}

impl StageMeter {
    /// The rooms that the proof was in, which took `whole` altogether. If they leave out more than one
    /// percent of its wall time, the rest is listed as `unattributed`.
    pub fn stages(mut self, whole: Spent) -> Vec<Stage> {
        self.close(Reading::now());
        let mut stages: Vec<Stage> = Room::ALL
            .iter()
            .zip(self.spent)
            .filter_map(|(room, spent)| spent.map(|spent| stage(room.name(), spent)))
            .collect();
        let attributed: u64 = stages.iter().map(|stage| stage.wall_ns).sum();
        let rest = Spent {
            wall_ns: whole.wall_ns.saturating_sub(attributed),
            cpu_ns: whole
                .cpu_ns
                .saturating_sub(stages.iter().map(|stage| stage.cpu_ns).sum()),
        };
        if rest.wall_ns as f64 > UNATTRIBUTED_SHARE * whole.wall_ns as f64 {
            stages.push(stage(UNATTRIBUTED, rest));
        }
        stages
    }

    fn close(&mut self, now: Reading) {
        if let Some((room, entered)) = self.inside.take() {
            *self.spent[room as usize].get_or_insert_default() += now.since(&entered);
        }
    }
}

fn stage(name: &str, spent: Spent) -> Stage {
    Stage {
        name: name.to_owned(),
        wall_ns: spent.wall_ns,
        cpu_ns: spent.cpu_ns,
    }
}

impl Meter for StageMeter {
    fn enter(&mut self, room: Room) {
        let now = Reading::now();
        self.close(now);
        self.inside = Some((room, now));
    }

    fn leave(&mut self) {
        self.close(Reading::now());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{hint, time::Duration, time::Instant};

    fn work(milliseconds: u64) {
        let end = Instant::now() + Duration::from_millis(milliseconds);
        while Instant::now() < end {
            hint::spin_loop();
        }
    }

    #[test]
    fn rooms_are_in_order() {
        for (index, room) in Room::ALL.into_iter().enumerate() {
            assert_eq!(room as usize, index);
        }
    }

    #[test]
    fn rooms_add_up_to_the_whole() {
        let mut meter = StageMeter::default();
        let start = Reading::now();
        for (room, milliseconds) in [
            (Room::Witness, 10),
            (Room::Advice, 20),
            (Room::Witness, 10),
            (Room::Quotient, 30),
        ] {
            meter.enter(room);
            work(milliseconds);
        }
        meter.leave();
        let whole = Reading::now().since(&start);
        let stages = meter.stages(whole);

        let names: Vec<_> = stages.iter().map(|stage| stage.name.as_str()).collect();
        assert_eq!(names, ["witness", "advice", "quotient"]);
        let wall: u64 = stages.iter().map(|stage| stage.wall_ns).sum();
        assert!(wall <= whole.wall_ns && whole.wall_ns - wall <= whole.wall_ns / 100);
        assert!(stages[0].wall_ns >= 20_000_000, "two visits: {stages:?}");
    }

    #[test]
    fn what_no_room_accounts_for_is_said() {
        let mut meter = StageMeter::default();
        let start = Reading::now();
        work(10);
        meter.enter(Room::Evaluations);
        work(10);
        meter.leave();
        let whole = Reading::now().since(&start);
        let stages = meter.stages(whole);
        assert_eq!(stages[1].name, UNATTRIBUTED);
        assert_eq!(stages[0].wall_ns + stages[1].wall_ns, whole.wall_ns);
    }
}
