//! The report as a table, for people.

use std::fmt::Write;

use crate::{
    report::{Report, RungReport, Stage, Status, WorkloadReport},
    rung::Rung,
    statistics::{bootstrap_ratio, Summary},
};

/// Seeds the intervals, so that a report always makes the same table.
const INTERVAL_SEED: u64 = 1;

/// All workloads of a report, one table each.
pub fn table(report: &Report) -> String {
    let mut text = String::new();
    let run = &report.run;
    for workload in &report.workloads {
        let shape = &workload.shape;
        // Writing to a string cannot fail.
        let _ = writeln!(
            text,
            "{} k={}: advice {}, fixed {}, instance {}, lookups {}, permutation {}, degree {}",
            workload.name,
            workload.k,
            shape.advice,
            shape.fixed,
            shape.instance,
            shape.lookups,
            shape.permutation,
            shape.degree,
        );
        let _ = writeln!(
            text,
            "{}, seed {}, {} threads, median of {} {} after {} to warm up, key loaded\n",
            run.multiopen.name(),
            run.seed,
            report.host.rayon_threads,
            run.runs,
            if run.runs == 1 { "run" } else { "runs" },
            run.warmup_runs,
        );
        rungs(&mut text, workload);
        for rung in &workload.rungs {
            stages(&mut text, rung);
        }
        for rung in &workload.rungs {
            remarks(&mut text, rung);
        }
        text.push('\n');
    }
    text
}

fn rungs(text: &mut String, workload: &WorkloadReport) {
    let measured = |rung: &&RungReport| rung.status == Status::Measured && rung.holds();
    let stock = workload
        .rungs
        .iter()
        .filter(measured)
        .find(|rung| rung.rung == Rung::Stock);
    let header = [
        "rung", "wall", "min", "max", "cv", "CPU", "peak RAM", "speed-up", "RAM", "proof",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    for rung in &workload.rungs {
        if measured(&rung) {
            rows.push(row(rung, stock));
        }
    }
    align(text, &rows);
}

fn row(rung: &RungReport, stock: Option<&RungReport>) -> [String; 10] {
    let summary = Summary::of(&rung.wall_ns());
    let time = |pick: fn(Summary) -> u64| summary.map_or_else(String::new, |s| seconds(pick(s)));
    let variation = summary.and_then(|summary| summary.variation);
    let stock_peak = stock.and_then(|stock| stock.peak_rss_bytes);
    let ram = stock_peak
        .zip(rung.peak_rss_bytes)
        .map(|(stock, ours)| format!("{:.2}x", ours as f64 / stock as f64));
    let equal = match rung.equals_cpu {
        Some(true) if rung.rung != Rung::Cpu => ", = cpu",
        _ => "",
    };
    [
        rung.rung.name().to_owned(),
        time(|s| s.median),
        time(|s| s.min),
        time(|s| s.max),
        variation.map_or_else(|| "-".to_owned(), |cv| format!("{:.1} %", 100.0 * cv)),
        rung.median_cpu_ns.map_or_else(String::new, seconds),
        rung.peak_rss_bytes
            .map_or_else(|| "-".to_owned(), describe_bytes),
        stock.map_or_else(|| "-".to_owned(), |stock| speed_up(stock, rung)),
        ram.unwrap_or_else(|| "-".to_owned()),
        format!(
            "{} B, verified{equal}",
            rung.proof_bytes.unwrap_or_default()
        ),
    ]
}

/// Stock's wall time over this rung's, with its interval.
fn speed_up(stock: &RungReport, rung: &RungReport) -> String {
    let Some((stock_ns, ns)) = stock.median_wall_ns.zip(rung.median_wall_ns) else {
        return "-".to_owned();
    };
    let ratio = stock_ns as f64 / ns as f64;
    if rung.rung == Rung::Stock {
        return format!("{ratio:.2}x");
    }
    match bootstrap_ratio(&stock.wall_ns(), &rung.wall_ns(), INTERVAL_SEED) {
        Some(interval) => format!("{ratio:.2}x [{:.2}, {:.2}]", interval.low, interval.high),
        None => format!("{ratio:.2}x"),
    }
}

fn stages(text: &mut String, rung: &RungReport) {
    if rung.stages.is_empty() {
        return;
    }
    let whole: u64 = rung.stages.iter().map(|stage| stage.wall_ns).sum();
    let share = |ns: u64| format!("{:.1} %", 100.0 * ns as f64 / whole.max(1) as f64);
    let mut rows = vec![[
        "stage".to_owned(),
        "wall".into(),
        "share".into(),
        "CPU".into(),
    ]];
    rows.extend(rung.stages.iter().map(|stage: &Stage| {
        [
            stage.name.clone(),
            seconds(stage.wall_ns),
            share(stage.wall_ns),
            seconds(stage.cpu_ns),
        ]
    }));
    let _ = writeln!(
        text,
        "\nstages of {}, the run nearest to the median",
        rung.rung
    );
    align(text, &rows);
}

fn remarks(text: &mut String, rung: &RungReport) {
    if let Some(reason) = &rung.reason {
        let what = match rung.status {
            Status::Skipped => "skipped",
            Status::Measured => "FAILED, so no times are shown",
        };
        let _ = writeln!(text, "{}: {what}: {reason}", rung.rung);
    }
    for note in &rung.notes {
        let _ = writeln!(text, "{}: note: {note}", rung.rung);
    }
}

/// The first column to the left, the others to the right, the last one as it is.
fn align<const N: usize>(text: &mut String, rows: &[[String; N]]) {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max();
    for row in rows {
        let mut line = String::new();
        for (column, cell) in row.iter().enumerate() {
            let width = width(column).unwrap_or_default();
            let _ = match column {
                0 => write!(line, "{cell:<width$}"),
                _ if N > 4 && column == N - 1 => write!(line, "  {cell}"),
                _ => write!(line, "  {cell:>width$}"),
            };
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
}

fn seconds(ns: u64) -> String {
    match ns as f64 / 1e9 {
        s if s < 0.1 => format!("{:.2} ms", 1e3 * s),
        s if s < 100.0 => format!("{s:.3} s"),
        s => format!("{s:.1} s"),
    }
}

/// A size in the unit that suits it.
pub fn describe_bytes(bytes: u64) -> String {
    match bytes as f64 / f64::from(1 << 20) {
        mebibytes if mebibytes < 10.0 => format!("{mebibytes:.1} MiB"),
        mebibytes if mebibytes < 10240.0 => format!("{mebibytes:.0} MiB"),
        mebibytes => format!("{:.1} GiB", mebibytes / 1024.0),
    }
}
