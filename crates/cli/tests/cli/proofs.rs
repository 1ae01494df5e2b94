//! `prove` and `verify`: which proofs are accepted, and what is said of them.

use serde_json::Value;
use std::{
    fs,
    process::Stdio,
    time::{Duration, Instant},
};

use crate::{
    arguments::to_prove,
    place::{entries, Place},
};

#[test]
fn proofs_are_verified() {
    let place = Place::new();
    let prove = to_prove("plonk", "8", &[]);
    place.good(&[&prove[..], &["--out", "one", "--key", "key"]].concat());
    let again = place.good(&[&prove[..], &["--out", "two", "--key", "key", "--json"]].concat());
    assert!(again.contains("proof_sha256"));
    let proof = fs::read(place.here().join("one/proof.bin")).expect("a proof");
    let same = fs::read(place.here().join("two/proof.bin")).expect("a proof");
    assert!(proof == same, "from the key file, and from the key");
    let answer = place.good(&["verify", "one"]);
    for words in [
        "valid\n",
        "proven    plonk, k = 8, seed 1",
        "proof     992 bytes, shplonk, sha256 ",
        "SRS       built in",
        "its trapdoor is public",
        "hides     nothing",
    ] {
        assert!(answer.contains(words), "{words} in {answer}");
    }
    let answer: Value =
        serde_json::from_str(&place.good(&["verify", "one", "--json"])).expect("JSON");
    assert_eq!(answer["verdict"], "valid");
    assert_eq!(answer["srs"]["trapdoor_is_public"], true);
    assert_eq!(answer["hides_witness"], false);

    let mut flipped = proof.clone();
    flipped[proof.len() - 40] ^= 4;
    let longer = [&proof[..], &[0]].concat();
    for (bytes, words) in [
        (&flipped[..], "rejected"),
        (&proof[..proof.len() - 1], "ends early"),
        (&[], "ends early"),
        (&longer, "1 bytes follow"),
    ] {
        fs::write(place.here().join("wrong"), bytes).expect("written");
        place.bad(
            &["verify", "one", "--proof", "wrong"],
            1,
            &["rejected", words],
        );
    }

    place.good(
        &[
            &prove[..],
            &["--out", "other", "--seed", "2", "--key", "key"],
        ]
        .concat(),
    );
    let foreign = ["verify", "one", "--proof", "other/proof.bin"];
    place.bad(&foreign, 1, &["rejected", "seed"]);
    place.good(&to_prove("plonk", "9", &["--out", "larger"]));
    let foreign = ["verify", "one", "--proof", "larger/proof.bin"];
    place.bad(&foreign, 1, &["rejected", "another circuit, k"]);
    place.good(
        &[
            &prove[..],
            &["--out", "gwc", "--multiopen", "gwc", "--key", "key"],
        ]
        .concat(),
    );
    assert!(place.good(&["verify", "gwc"]).starts_with("valid\n"));
    place.bad(
        &["verify", "one", "--proof", "gwc/proof.bin"],
        1,
        &["rejected"],
    );
}

/// What the statement says is compared with what it can be compared with.
#[test]
fn statements_are_not_taken_at_their_word() {
    let place = Place::new();
    let path = |name: &str| place.here().join(name);
    place.good(&to_prove("plonk", "8", &["--out", "one"]));
    let statement = fs::read_to_string(path("one/statement.json")).expect("a statement");
    let verify = |from: &str, to: &str, more: &[&str], code, words: &[&str]| {
        let changed = statement.replacen(from, to, 1);
        assert_ne!(changed, statement);
        fs::write(path("changed"), changed).expect("written");
        let verify = ["verify", "one", "--statement", "changed"];
        place.bad(&[&verify[..], more].concat(), code, words);
    };
    verify(
        "\"seed\": 1",
        "\"seed\": 7",
        &[],
        1,
        &["rejected", "not those that seed 7 draws"],
    );
    let mut words = statement.split('"');
    let hash = words
        .find(|word| *word == "proof_sha256")
        .and_then(|_| words.nth(1));
    verify(
        hash.expect("a hash"),
        &"0".repeat(64),
        &[],
        1,
        &[
            "rejected",
            "not the one that the statement was written with",
        ],
    );
    let mut words = statement.split('"');
    let setup = words
        .find(|word| *word == "srs_sha256")
        .and_then(|_| words.nth(1));
    verify(
        setup.expect("a hash"),
        &"0".repeat(64),
        &[],
        2,
        &["which is not the built-in one", "--srs"],
    );
    let time = Instant::now();
    verify("\"k\": 8", "\"k\": 27", &[], 2, &["k = 27"]);
    assert!(time.elapsed() < Duration::from_secs(2));
    verify(
        "\"k\": 8",
        "\"k\": 9",
        &["--max-k", "8"],
        2,
        &["k = 9", "--max-k 9"],
    );
    verify("\"k\": 8", "\"k\": 9", &[], 1, &["rejected"]);

    // Without an end: no file of this machine is read whole for it.
    place.bad(
        &["verify", "one", "--proof", "/dev/zero"],
        2,
        &["as no proof has"],
    );
}

/// Four at once into one folder: what is there in the end is a pair.
#[test]
fn a_proof_and_its_statement_are_a_pair() {
    let place = Place::new();
    let children: Vec<_> = (1..=4)
        .map(|seed: u32| {
            let seed = seed.to_string();
            let prove = to_prove("plonk", "6", &["--out", "out", "--seed", &seed]);
            let mut command = place.command(&prove);
            command.stdout(Stdio::null()).stderr(Stdio::null());
            command.spawn().expect("it starts")
        })
        .collect();
    for mut child in children {
        assert!(child.wait().expect("it ran").success());
    }
    assert!(place.good(&["verify", "out"]).starts_with("valid\n"));
    assert_eq!(
        entries(&place.here().join("out")),
        ["proof.bin", "statement.json"]
    );
}

#[test]
fn what_cannot_be_proven_or_verified() {
    let place = Place::new();
    let write = |name: &str, text: &str| fs::write(place.here().join(name), text).expect("written");
    write("empty", "");
    let prove = to_prove("plonk", "8", &["--out", "out"]);
    let case = |more: &[&str], code, words: &[&str]| {
        place.bad(&[&prove[..], more].concat(), code, words);
    };
    case(&["--key", "empty"], 2, &["key file empty", "not usable"]);
    case(&["--srs", "empty"], 2, &["truncated"]);
    case(&["--device", "cuda"], 2, &["finds no device"]);
    case(&["--device", "gpu"], 2, &["cuda:N"]);
    assert_eq!(entries(&place.here()), ["empty"]);

    let lookup = to_prove("lookup", "9", &["--out", "lookup", "--key", "key"]);
    place.good(&lookup);
    case(&["--key", "key"], 2, &["k = 9, not 8", "another circuit"]);
    let prove_9 = to_prove("plonk", "9", &["--out", "out", "--key", "key"]);
    place.bad(&prove_9, 2, &["another circuit", "key"]);
    assert!(!place.here().join("out").exists());

    place.bad(&["verify", "nowhere"], 2, &["nowhere"]);
    let no_proof = ["verify", "lookup", "--proof", "nothing"];
    place.bad(&no_proof, 2, &["cannot read the proof nothing"]);
    let verify_with = |text: &str, words: &str| {
        write("statement", text);
        place.bad(
            &["verify", "lookup", "--statement", "statement"],
            2,
            &[words],
        );
    };
    let statement = fs::read_to_string(place.here().join("lookup/statement.json")).expect("one");
    verify_with("{}", "schema");
    verify_with(&statement.replace("\"lookup\"", "\"sudoku\""), "sudoku");
    verify_with(&statement.replace("\"k\": 9", "\"k\": 99"), "up to 28");
    verify_with(&statement.replacen("00\"", "zz\"", 1), "no field element");
    verify_with(
        &statement.replace("statement/2", "statement/3"),
        "statement/2",
    );
}
