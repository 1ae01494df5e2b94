//! Files that are nearly right are refused for what is wrong with them: soon, in little memory, and without a panic.
//!
//! `MUTATIONS=10000 cargo test --release --test formats` makes as many of each format.

mod inputs;
mod mutation;

use halo2_offload_measure::{peak_bytes, reset_peak, resident_bytes, trim, Reading};
use inputs::{files, K};
use mutation::Mutator;
use serde_json::{json, Value};
use std::{
    env,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// CPU time, which others on the machine do not take. A hundredth of that is what one takes.
const LONGEST: Duration = Duration::from_secs(2);
const MOST_MEMORY: u64 = 64 << 20;

fn mutations() -> usize {
    match env::var("MUTATIONS") {
        Ok(number) => number.parse().expect("MUTATIONS is a number"),
        Err(_) => 500,
    }
}

/// One test at a time: memory is the process's.
fn alone() -> impl Drop {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within_bounds(what: &str, bytes: &[u8], check: fn(&[u8])) {
    trim();
    let can_measure = reset_peak().is_ok();
    let before = resident_bytes();
    let start = Reading::now();
    check(bytes);
    let time = Duration::from_nanos(Reading::now().since(&start).cpu_ns);
    assert!(time < LONGEST, "{what}: {time:?}");
    if let (true, Some(before), Some(peak)) = (can_measure, before, peak_bytes()) {
        let memory = peak.saturating_sub(before);
        assert!(memory < MOST_MEMORY, "{what}: {memory} bytes");
    }
}

fn mutate(good: &[u8], check: fn(&[u8]), finish: fn(&mut Vec<u8>, &mut Mutator)) {
    let _alone = alone();
    check(good);
    for seed in 0..mutations() {
        let mut mutator = Mutator::new(seed as u64);
        let mut bytes = mutator.mutate(good);
        finish(&mut bytes, &mut mutator);
        within_bounds(&format!("mutation {seed}"), &bytes, check);
    }
}

#[test]
fn key_files() {
    mutate(&files().key, inputs::check_key, |bytes, mutator| {
        // The hash is no secret.
        if mutator.below(4) > 0 {
            inputs::mend_hash(bytes);
        }
    });
}

#[test]
fn srs_files() {
    mutate(&files().raw_srs, inputs::check_srs, |_, _| ());
    mutate(&files().processed_srs, inputs::check_srs, |_, _| ());
}

#[test]
fn proofs() {
    mutate(&files().proof, inputs::check_proof, |_, _| ());
}

#[test]
fn statements() {
    mutate(&files().statement, inputs::check_statement, |_, _| ());
}

#[test]
fn reports() {
    mutate(&files().report, inputs::check_report, |_, _| ());
}

/// A key file with another description of its circuit, and the hash of that.
fn described(change: impl FnOnce(&mut Value)) -> Vec<u8> {
    const MAGIC_BYTES: usize = 25;
    let (magic, rest) = files().key.split_at(MAGIC_BYTES);
    let (length, rest) = rest.split_at(8);
    let length = u64::from_le_bytes(length.try_into().expect("eight bytes")) as usize;
    let mut circuit: Value = serde_json::from_slice(&rest[..length]).expect("JSON");
    change(&mut circuit);
    let circuit = serde_json::to_vec(&circuit).expect("JSON");
    let new_length = (circuit.len() as u64).to_le_bytes();
    let mut file = [magic, &new_length, &circuit, &rest[length..]].concat();
    inputs::mend_hash(&mut file);
    file
}

/// A gate that is an operation of a node with itself, and so on.
fn nested(circuit: &mut Value, depth: usize, node: impl Fn(usize) -> Value) {
    let expressions = circuit["expressions"].as_array_mut().expect("an array");
    let mut last = 0;
    for _ in 0..depth {
        expressions.push(node(last));
        last = expressions.len() - 1;
    }
    circuit["gates"]
        .as_array_mut()
        .expect("an array")
        .push(json!(last));
}

/// What a reader would take at its word.
#[test]
fn key_files_of_what_cannot_be() {
    let _alone = alone();
    let numbers = [
        0,
        1,
        2,
        1000,
        1 << 20,
        u64::from(u32::MAX),
        1 << 40,
        u64::MAX - 1,
        u64::MAX,
    ];
    for field in [
        "k",
        "degree",
        "blinding_factors",
        "fixed_columns",
        "instance_columns",
    ] {
        for number in numbers.into_iter().chain([u64::from(K) + 1, 20, 28]) {
            let file = described(|circuit| circuit[field] = json!(number));
            within_bounds(&format!("{field} = {number}"), &file, inputs::check_key);
        }
    }
    for depth in [20, 60, 1000, 20_000] {
        for name in ["Sum", "Product"] {
            let file = described(|circuit| {
                nested(circuit, depth, |last| json!({ name: [last, last] }));
            });
            within_bounds(&format!("{name}, {depth} deep"), &file, inputs::check_key);
        }
        let file = described(|circuit| nested(circuit, depth, |last| json!({ "Negated": last })));
        within_bounds(&format!("-, {depth} deep"), &file, inputs::check_key);
    }
}
