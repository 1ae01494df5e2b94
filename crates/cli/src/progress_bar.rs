//! A bar on a terminal, lines elsewhere; on stderr either way.

use halo2_offload_measure::{Progress, WorkloadPlan};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::{
    cell::RefCell,
    io::{self, IsTerminal},
    time::Duration,
};

use crate::output::talk;

const TEMPLATE: &str = "{prefix} {bar:24} {pos}/{len}  {elapsed_precise}  {msg}";

pub struct Bar {
    bar: ProgressBar,
    terminal: bool,
    workload: RefCell<String>,
}

impl Bar {
    pub fn new() -> Self {
        let terminal = io::stderr().is_terminal();
        let target = match terminal {
            true => ProgressDrawTarget::stderr(),
            false => ProgressDrawTarget::hidden(),
        };
        let bar = ProgressBar::with_draw_target(Some(0), target);
        if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
            bar.set_style(style);
        }
        Self {
            bar,
            terminal,
            workload: RefCell::default(),
        }
    }
}

impl Progress for Bar {
    fn begin(&self, workload: &WorkloadPlan, steps: u64) {
        let title = format!("{} k={}", workload.name, workload.k);
        self.bar.reset();
        // Steps are counted when they begin: with one more, the bar is not full during the last of them.
        self.bar.set_length(steps + 1);
        self.bar.set_prefix(title.clone());
        if self.terminal {
            self.bar.enable_steady_tick(Duration::from_millis(200));
        }
        self.workload.replace(title);
    }

    fn step(&self, doing: &str) {
        self.bar.inc(1);
        self.bar.set_message(doing.to_owned());
        if !self.terminal {
            talk(&format!("{}: {doing}", self.workload.borrow()));
        }
    }

    fn end(&self) {
        self.bar.disable_steady_tick();
        self.bar.finish_and_clear();
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
