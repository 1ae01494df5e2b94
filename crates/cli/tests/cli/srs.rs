//! `--srs`: the file that was named is the one that is used.

use serde_json::Value;
use std::fs;

use crate::{
    arguments::{to_measure, to_prove},
    place::Place,
};

/// An SRS that was named is used, whatever else is there.
#[test]
fn an_srs_that_is_named_is_not_passed_over() {
    use halo2_axiom::{halo2curves::bn256::Bn256, poly::kzg::commitment::ParamsKZG, SerdeFormat};
    use rand::SeedableRng;
    let place = Place::new();
    let write = |name: &str, k: u32, seed: u64, format: SerdeFormat| {
        let rng = rand_chacha::ChaCha20Rng::seed_from_u64(seed);
        let mut bytes = Vec::new();
        let params = ParamsKZG::<Bn256>::setup(k, rng);
        params.write_custom(&mut bytes, format).expect("written");
        fs::write(place.here().join(name), &bytes).expect("written");
        bytes
    };
    let bytes = write("mine", 9, 3, SerdeFormat::RawBytes);
    write("processed", 9, 3, SerdeFormat::Processed);
    write("other", 8, 4, SerdeFormat::RawBytes);
    write("small", 7, 3, SerdeFormat::RawBytes);
    let prove = to_prove("plonk", "8", &["--out", "out", "--key", "key"]);
    let with = |srs: &'static str| [&prove[..], &["--srs", srs]].concat();
    place.good(&with("mine"));
    let first = fs::read(place.here().join("out/proof.bin")).expect("a proof");
    for srs in ["mine", "processed"] {
        place.good(&with(srs));
        let again = fs::read(place.here().join("out/proof.bin")).expect("a proof");
        assert!(first == again);
    }
    place.bad(&with("other"), 2, &["--srs other", "name another --key"]);
    place.bad(&with("none"), 2, &["SRS file none", "not usable"]);
    place.bad(&with("small"), 2, &["k = 7", "larger SRS"]);
    // The one that the key file is of.
    place.good(&prove);
    assert!(place
        .good(&["verify", "out", "--srs", "mine"])
        .contains("SRS       mine"));
    place.bad(&["verify", "out"], 2, &["which is not the built-in one"]);
    place.bad(
        &["verify", "out", "--srs", "other"],
        2,
        &["SRS file other", "setup"],
    );

    // Cut off, in a file as long as it was to be: no proof is blamed for it.
    let mut cut_off = bytes;
    let length = cut_off.len();
    cut_off[length - 256..].fill(0);
    fs::write(place.here().join("cut off"), cut_off).expect("written");
    let damaged = ["SRS file cut off", "it is damaged"];
    place.bad(&["verify", "out", "--srs", "cut off"], 2, &damaged);
    place.bad(&with("cut off"), 2, &damaged);
    let fresh = to_prove("plonk", "8", &["--out", "new", "--srs", "cut off"]);
    place.bad(&fresh, 2, &damaged);
    let measure = to_measure("plonk", "8", &["--srs", "cut off", "--out", "new"]);
    place.bad(&measure, 1, &damaged);
    assert!(!place.here().join("new").exists());
}

/// An SRS whose secret is known is called that, wherever it comes from.
#[test]
fn an_srs_whose_trapdoor_is_public_is_named() {
    use halo2_axiom::SerdeFormat;
    let place = Place::new();
    let mut bytes = Vec::new();
    let params = halo2_offload_measure::insecure_srs(6);
    params
        .write_custom(&mut bytes, SerdeFormat::RawBytes)
        .expect("memory");
    fs::write(place.here().join("srs"), bytes).expect("written");
    place.good(&to_prove("plonk", "6", &["--out", "out"]));
    let text = place.good(&["verify", "out", "--srs", "srs"]);
    assert!(
        text.contains("SRS       srs, setup") && text.contains("trapdoor is public"),
        "{text}"
    );
    let json = place.good(&["verify", "out", "--srs", "srs", "--json"]);
    let answer: Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(answer["srs"]["trapdoor_is_public"], true);
}
