//! The report as a table, for people.

use std::fmt::Write;

use crate::{
    device::Vram,
    report::{Report, RungReport, StageReport, Status, WorkloadReport},
    rung::Rung,
    statistics::{bootstrap_ratio, Summary},
};

/// Seeds the intervals, so that a report always makes the same table.
const INTERVAL_SEED: u64 = 1;

/// A load average above this share of the threads is said.
const BUSY_SHARE: f64 = 0.3;

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
            "{}, seed {}, {} threads{}, median of {} {} after {} to warm up, key loaded\n",
            run.multiopen.name(),
            run.seed,
            report.host.rayon_threads,
            run.cpu_kernels
                .as_ref()
                .map_or_else(String::new, |kernels| format!(", {kernels} CPU kernels")),
            run.runs,
            if run.runs == 1 { "run" } else { "runs" },
            run.warmup_runs,
        );
        rungs(&mut text, workload);
        vector_unit(&mut text, workload);
        for rung in &workload.rungs {
            stages(&mut text, rung);
        }
        devices(&mut text, workload);
        for rung in &workload.rungs {
            remarks(&mut text, rung);
        }
        text.push('\n');
    }
    text.push_str(&busy(report).unwrap_or_default());
    text
}

/// Wall times mean little while others use the CPU.
fn busy(report: &Report) -> Option<String> {
    let (load, threads) = (report.host.load_average?, report.host.threads?);
    (load > BUSY_SHARE * threads as f64).then(|| {
        format!(
            "The machine was busy before it began (load {load:.1} on {threads} threads): compare CPU \
             times, or measure again.\n"
        )
    })
}

fn rungs(text: &mut String, workload: &WorkloadReport) {
    let measured = |rung: &&RungReport| rung.status == Status::Measured && rung.holds();
    let stock = workload
        .rungs
        .iter()
        .filter(measured)
        .find(|rung| rung.rung == Rung::Stock);
    let header = [
        "rung", "wall", "min", "max", "cv", "speed-up", "CPU", "/stock", "peak RAM", "/stock",
        "proof",
    ];
    let mut rows = vec![header.map(str::to_owned)];
    for rung in &workload.rungs {
        if measured(&rung) {
            rows.push(row(rung, stock));
        }
    }
    align(text, &rows);
}

/// What the kernels of the `cpu` rung are worth beside the portable ones, where both were measured.
fn vector_unit(text: &mut String, workload: &WorkloadReport) {
    let find = |wanted: Rung| {
        let mut rungs = workload.rungs.iter();
        rungs.find(|rung| rung.rung == wanted && rung.holds())
    };
    let Some((cpu, portable)) = find(Rung::Cpu).zip(find(Rung::CpuPortable)) else {
        return;
    };
    if let Some(kernels) = &cpu.cpu_kernels {
        let speed_up = speed_up(portable, cpu);
        let _ = writeln!(text, "{kernels} kernels: {speed_up} the portable ones");
    }
}

fn row(rung: &RungReport, stock: Option<&RungReport>) -> [String; 11] {
    if rung.emulated {
        return emulated(rung);
    }
    let summary = Summary::of(&rung.wall_ns());
    let time = |pick: fn(Summary) -> u64| summary.map_or_else(String::new, |s| seconds(pick(s)));
    let variation = summary.and_then(|summary| summary.variation);
    let against = |figure: fn(&RungReport) -> Option<u64>| {
        let (stock, ours) = (stock.and_then(figure)?, figure(rung)?);
        Some(format!("{:.2}", ours as f64 / stock.max(1) as f64))
    };
    let dash = || "-".to_owned();
    [
        rung.rung.name().to_owned(),
        time(|s| s.median),
        time(|s| s.min),
        time(|s| s.max),
        variation.map_or_else(dash, |cv| format!("{:.1} %", 100.0 * cv)),
        stock.map_or_else(dash, |stock| speed_up(stock, rung)),
        rung.median_cpu_ns.map_or_else(dash, seconds),
        against(|rung| rung.median_cpu_ns).unwrap_or_else(dash),
        rung.peak_rss_bytes.map_or_else(dash, describe_bytes),
        against(|rung| rung.peak_rss_bytes).unwrap_or_else(dash),
        format!(
            "{} B, verified{}",
            rung.proof_bytes.unwrap_or_default(),
            equal_to_cpu(rung)
        ),
    ]
}

/// No times: an emulator's say nothing of a device's.
fn emulated(rung: &RungReport) -> [String; 11] {
    let mut row = std::array::from_fn(|_| "-".to_owned());
    row[0] = rung.rung.name().to_owned();
    row[1] = "emulated".to_owned();
    row[10] = format!(
        "{} B, verified{}",
        rung.proof_bytes.unwrap_or_default(),
        equal_to_cpu(rung)
    );
    row
}

fn equal_to_cpu(rung: &RungReport) -> &'static str {
    match rung.equals_cpu {
        Some(true) if rung.rung != Rung::Cpu => ", = cpu",
        _ => "",
    }
}

/// The wall time of `base`, the stock rung's or another's, over this rung's, with its interval.
fn speed_up(base: &RungReport, rung: &RungReport) -> String {
    let Some((base_ns, ns)) = base.median_wall_ns.zip(rung.median_wall_ns) else {
        return "-".to_owned();
    };
    let ratio = base_ns as f64 / ns as f64;
    if rung.rung == Rung::Stock {
        return format!("{ratio:.2}x");
    }
    match bootstrap_ratio(&base.wall_ns(), &rung.wall_ns(), INTERVAL_SEED) {
        Some(interval) => format!("{ratio:.2}x [{:.2}, {:.2}]", interval.low, interval.high),
        None => format!("{ratio:.2}x"),
    }
}

fn stages(text: &mut String, rung: &RungReport) {
    if rung.stages.is_empty() || !rung.holds() || rung.emulated {
        return;
    }
    // Of floats: a report that was read may hold any numbers.
    let whole: f64 = rung.stages.iter().map(|stage| stage.wall_ns as f64).sum();
    let share = |ns: u64| format!("{:.1} %", 100.0 * ns as f64 / whole.max(1.0));
    let mut rows = vec![[
        "stage".to_owned(),
        "wall".into(),
        "share".into(),
        "CPU".into(),
    ]];
    rows.extend(rung.stages.iter().map(|stage: &StageReport| {
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

/// What went to devices and came back, stage by stage.
fn devices(text: &mut String, workload: &WorkloadReport) {
    for rung in workload.rungs.iter().filter(|rung| rung.holds()) {
        let stages = rung.stages.iter().filter_map(|stage| {
            let device = stage.device?;
            let row = [
                stage.name.clone(),
                describe_bytes(device.bytes_to_device),
                describe_bytes(device.bytes_from_device),
                device.launches.to_string(),
                device.synchronisations.to_string(),
                device.device_ns.map_or_else(|| "-".to_owned(), seconds),
            ];
            (device.launches > 0).then_some(row)
        });
        let mut rows =
            vec![["stage", "to it", "from it", "launches", "waits", "its time"].map(str::to_owned)];
        rows.extend(stages);
        if rows.len() == 1 {
            continue;
        }
        let what = if rung.emulated {
            "EMULATED device"
        } else {
            "device"
        };
        let peak = rung.peak_vram_bytes.map(describe_bytes).unwrap_or_default();
        let _ = writeln!(
            text,
            "\n{what} of {}, {peak} of its memory at the peak",
            rung.rung
        );
        if let Some(vram) = &rung.peak_vram {
            let _ = writeln!(text, "{}", describe_vram(vram));
        }
        align(text, &rows);
    }
}

/// The largest holders of device memory, in one line.
fn describe_vram(vram: &Vram) -> String {
    const NAMED: usize = 4;
    let named = vram.holdings.iter().take(NAMED);
    let mut parts: Vec<String> = named
        .map(|holding| format!("{} {}", holding.name, describe_bytes(holding.bytes)))
        .collect();
    let rest = vram.holdings.iter().skip(NAMED);
    let rest = rest.fold(0, |sum: u64, holding| sum.saturating_add(holding.bytes));
    if rest > 0 {
        parts.push(format!("others {}", describe_bytes(rest)));
    }
    let planned = vram.planned_bytes.map(describe_bytes);
    let planned = planned.map_or_else(String::new, |bytes| format!("; planned: {bytes}"));
    format!("held then: {}{planned}", parts.join(", "))
}

fn remarks(text: &mut String, rung: &RungReport) {
    if rung.emulated {
        let _ = writeln!(
            text,
            "{}: note: the device is emulated: its proofs and counts are a device's, its times are not",
            rung.rung
        );
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units() {
        assert_eq!(seconds(1_234_567), "1.23 ms");
        assert_eq!(seconds(1_234_567_890), "1.235 s");
        assert_eq!(seconds(123_456_789_012), "123.5 s");
        assert_eq!(describe_bytes(1 << 20), "1.0 MiB");
        assert_eq!(describe_bytes(3 << 30), "3072 MiB");
        assert_eq!(describe_bytes(30 << 30), "30.0 GiB");
    }

    #[test]
    fn columns_line_up() {
        let mut text = String::new();
        let row = |cells: [&str; 3]| cells.map(str::to_owned);
        align(&mut text, &[row(["a", "bb", "c"]), row(["aaa", "b", "cc"])]);
        assert_eq!(text, "a    bb   c\naaa   b  cc\n");
    }
}
