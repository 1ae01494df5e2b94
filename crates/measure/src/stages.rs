//! How long a proof is in each of the prover's rooms.

use halo2_offload_prover::{Account, AccountMeter, Meter, Room};

use crate::{
    clock::{Reading, Spent},
    device::{DeviceProbe, DeviceUse},
    report::Stage,
};

/// The share of a proof that may lie outside of all rooms before it is listed as a stage of its own.
const UNATTRIBUTED_SHARE: f64 = 0.01;

/// The name of what lies outside of all rooms.
pub(crate) const UNATTRIBUTED: &str = "unattributed";

/// Adds up wall and CPU time per room, and what a device was given to do there.
pub struct StageMeter<'a>(AccountMeter<Times<'a>>);

/// Time, and a device's work.
struct Times<'a> {
    device: &'a dyn DeviceProbe,
}

impl Account for Times<'_> {
    type Reading = (Reading, Option<DeviceUse>);
    type Spent = InRoom;

    fn read(&self) -> Self::Reading {
        (Reading::now(), self.device.used())
    }

    fn add(&self, sum: &mut Option<InRoom>, from: &Self::Reading, to: &Self::Reading) {
        let room = sum.get_or_insert_default();
        room.spent += to.0.since(&from.0);
        if let Some((now, before)) = to.1.zip(from.1) {
            match &mut room.device {
                Some(sum) => *sum += now - before,
                None => room.device = Some(now - before),
            }
        }
    }
}

/// What a proof took in one room.
#[derive(Clone, Copy, Default)]
struct InRoom {
    spent: Spent,
    device: Option<DeviceUse>,
}

impl<'a> StageMeter<'a> {
    /// A meter that also reads this device.
    pub fn new(device: &'a dyn DeviceProbe) -> Self {
        Self(AccountMeter::new(Times { device }))
    }

    /// The rooms that the proof was in, which took `whole` altogether. If they leave out more than one
    /// percent of its wall time, the rest is listed as `unattributed`.
    pub fn stages(self, whole: Spent) -> Vec<Stage> {
        let mut stages: Vec<Stage> = self
            .0
            .spent()
            .into_iter()
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
            let rest = InRoom {
                spent: rest,
                device: None,
            };
            stages.push(stage(UNATTRIBUTED, rest));
        }
        stages
    }
}

fn stage(name: &str, InRoom { spent, device }: InRoom) -> Stage {
    Stage {
        name: name.to_owned(),
        wall_ns: spent.wall_ns,
        cpu_ns: spent.cpu_ns,
        device,
    }
}

impl Meter for StageMeter<'_> {
    fn enter(&mut self, room: Room) {
        self.0.enter(room);
    }

    fn leave(&mut self) {
        self.0.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_prover::Room;

    #[test]
    fn rooms_are_in_order() {
        for (index, room) in Room::ALL.into_iter().enumerate() {
            assert_eq!(room as usize, index);
        }
    }

    /// Goes from room to room at these milliseconds, and leaves the last one at `end`; the whole
    /// lasts until then.
    fn stages(start: u64, entered: &[(Room, u64)], end: u64) -> (Vec<(String, u64)>, u64) {
        let origin = Reading::now();
        let mut meter = StageMeter::new(&());
        for (room, at) in entered {
            meter.0.enter_at(*room, (origin.later(*at), None));
        }
        meter.0.leave_at(&(origin.later(end), None));
        let whole = origin.later(end).since(&origin.later(start));
        let stages = meter.stages(whole);
        assert!(stages.iter().all(|stage| stage.cpu_ns == 2 * stage.wall_ns));
        let stages = stages.into_iter().map(|stage| (stage.name, stage.wall_ns));
        (stages.collect(), whole.wall_ns)
    }

    #[test]
    fn rooms_add_up_to_the_whole() {
        let entered = [
            (Room::Witness, 0),
            (Room::Advice, 10),
            (Room::Witness, 30),
            (Room::Quotient, 45),
        ];
        let (stages, whole) = stages(0, &entered, 100);
        let expected = [("witness", 25), ("advice", 20), ("quotient", 55)];
        assert_eq!(
            stages,
            expected.map(|(name, ms)| (name.to_owned(), ms * 1_000_000))
        );
        assert_eq!(stages.iter().map(|(_, ns)| ns).sum::<u64>(), whole);
    }

    #[test]
    fn what_no_room_accounts_for_is_said() {
        let (small, _) = stages(0, &[(Room::Evaluations, 1)], 100);
        assert_eq!(small.len(), 1, "one percent");
        let (large, whole) = stages(0, &[(Room::Evaluations, 2)], 100);
        assert_eq!(large[1], (UNATTRIBUTED.to_owned(), 2_000_000));
        assert_eq!(large.iter().map(|(_, ns)| ns).sum::<u64>(), whole);
    }

    #[test]
    fn the_clocks_go_forward() {
        let start = Reading::now();
        let mut meter = StageMeter::new(&());
        meter.enter(Room::Quotient);
        while Reading::now().since(&start).cpu_ns < 1_000_000 {}
        meter.leave();
        let whole = Reading::now().since(&start);
        let (_, quotient) = meter.0.spent()[Room::Quotient as usize];
        let quotient = quotient.expect("it was there").spent;
        assert!(0 < quotient.wall_ns && quotient.wall_ns <= whole.wall_ns);
        assert!(0 < quotient.cpu_ns && quotient.cpu_ns <= whole.cpu_ns);
    }
}
