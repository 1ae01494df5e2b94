//! How long a proof is in each of the prover's stages.

use halo2_offload_prover::{Account, AccountMeter, Meter, Stage};

use crate::{
    clock::{Reading, Spent},
    device::{DeviceProbe, DeviceUse},
    report::StageReport,
};

/// The share of a proof that may lie outside of all stages before it is listed as a stage of its own.
const UNATTRIBUTED_SHARE: f64 = 0.01;

/// The name of what lies outside of all stages.
pub(crate) const UNATTRIBUTED: &str = "unattributed";

/// Adds up wall and CPU time per stage, and what a device was given to do there.
pub struct StageMeter<'a>(AccountMeter<Times<'a>>);

/// Time, and a device's work.
struct Times<'a> {
    device: &'a dyn DeviceProbe,
}

impl Account for Times<'_> {
    type Reading = (Reading, Option<DeviceUse>);
    type Spent = InStage;

    fn read(&self) -> Self::Reading {
        (Reading::now(), self.device.used())
    }

    fn add(&self, sum: &mut Option<InStage>, from: &Self::Reading, to: &Self::Reading) {
        let stage = sum.get_or_insert_default();
        stage.spent += to.0.since(&from.0);
        if let Some((now, before)) = to.1.zip(from.1) {
            match &mut stage.device {
                Some(sum) => *sum += now - before,
                None => stage.device = Some(now - before),
            }
        }
    }
}

/// What a proof took in one stage.
#[derive(Clone, Copy, Default)]
struct InStage {
    spent: Spent,
    device: Option<DeviceUse>,
}

impl<'a> StageMeter<'a> {
    /// A meter that also reads this device.
    pub fn new(device: &'a dyn DeviceProbe) -> Self {
        Self(AccountMeter::new(Times { device }))
    }

    /// The stages that the proof was in, which took `whole` altogether. If they leave out more than one
    /// percent of its wall time, the rest is listed as `unattributed`.
    pub fn stages(self, whole: Spent) -> Vec<StageReport> {
        let mut stages: Vec<StageReport> = self
            .0
            .spent()
            .into_iter()
            .filter_map(|(stage, spent)| spent.map(|spent| report(stage.name(), spent)))
            .collect();
        let attributed: u64 = stages.iter().map(|stage| stage.wall_ns).sum();
        let rest = Spent {
            wall_ns: whole.wall_ns.saturating_sub(attributed),
            cpu_ns: whole
                .cpu_ns
                .saturating_sub(stages.iter().map(|stage| stage.cpu_ns).sum()),
        };
        if rest.wall_ns as f64 > UNATTRIBUTED_SHARE * whole.wall_ns as f64 {
            let rest = InStage {
                spent: rest,
                device: None,
            };
            stages.push(report(UNATTRIBUTED, rest));
        }
        stages
    }
}

fn report(name: &str, InStage { spent, device }: InStage) -> StageReport {
    StageReport {
        name: name.to_owned(),
        wall_ns: spent.wall_ns,
        cpu_ns: spent.cpu_ns,
        device,
    }
}

impl Meter for StageMeter<'_> {
    fn enter(&mut self, stage: Stage) {
        self.0.enter(stage);
    }

    fn leave(&mut self) {
        self.0.leave();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use halo2_offload_prover::Stage;

    #[test]
    fn stages_are_in_order() {
        for (index, stage) in Stage::ALL.into_iter().enumerate() {
            assert_eq!(stage as usize, index);
        }
    }

    /// Goes from stage to stage at these milliseconds, and leaves the last one at `end`; the whole
    /// lasts until then.
    fn stages(start: u64, entered: &[(Stage, u64)], end: u64) -> (Vec<(String, u64)>, u64) {
        let origin = Reading::now();
        let mut meter = StageMeter::new(&());
        for (stage, at) in entered {
            meter.0.enter_at(*stage, (origin.later(*at), None));
        }
        meter.0.leave_at(&(origin.later(end), None));
        let whole = origin.later(end).since(&origin.later(start));
        let stages = meter.stages(whole);
        assert!(stages.iter().all(|stage| stage.cpu_ns == 2 * stage.wall_ns));
        let stages = stages.into_iter().map(|stage| (stage.name, stage.wall_ns));
        (stages.collect(), whole.wall_ns)
    }

    #[test]
    fn stages_add_up_to_the_whole() {
        let entered = [
            (Stage::Witness, 0),
            (Stage::Advice, 10),
            (Stage::Witness, 30),
            (Stage::Quotient, 45),
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
    fn what_no_stage_accounts_for_is_said() {
        let (small, _) = stages(0, &[(Stage::Evaluations, 1)], 100);
        assert_eq!(small.len(), 1, "one percent");
        let (large, whole) = stages(0, &[(Stage::Evaluations, 2)], 100);
        assert_eq!(large[1], (UNATTRIBUTED.to_owned(), 2_000_000));
        assert_eq!(large.iter().map(|(_, ns)| ns).sum::<u64>(), whole);
    }

    #[test]
    fn the_clocks_go_forward() {
        let start = Reading::now();
        let mut meter = StageMeter::new(&());
        meter.enter(Stage::Quotient);
        while Reading::now().since(&start).cpu_ns < 1_000_000 {}
        meter.leave();
        let whole = Reading::now().since(&start);
        let (_, quotient) = meter.0.spent()[Stage::Quotient as usize];
        let quotient = quotient.expect("it was there").spent;
        assert!(0 < quotient.wall_ns && quotient.wall_ns <= whole.wall_ns);
        assert!(0 < quotient.cpu_ns && quotient.cpu_ns <= whole.cpu_ns);
    }
}
