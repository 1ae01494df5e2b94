//! `doctor`.

use serde_json::Value;

use crate::place::{entries, Place};

#[test]
fn doctor_says_what_is_here() {
    let place = Place::new();
    let text = place.good(&["doctor"]);
    for words in ["CPU", "RAM", "finds no device", "stock: works", "lookup"] {
        assert!(text.contains(words), "{words} in {text}");
    }
    let json: Value = serde_json::from_str(&place.good(&["doctor", "--json"])).expect("JSON");
    assert_eq!(json["gpu"]["devices"].as_array().map(Vec::len), Some(0));
    assert!(entries(&place.here()).is_empty());
}

/// The kernels of the CPU are named, by a flag or by the variable, and what is no name is refused.
#[test]
fn cpu_kernels_are_named() {
    const VARIABLE: &str = "HALO2_OFFLOAD_CPU";
    let place = Place::new();
    let of_json = |arguments: &[&str]| -> Value {
        let text = place.good(arguments);
        let mut json: Value = serde_json::from_str(&text).expect("JSON");
        json["cpu_kernels"].take()
    };
    let by_itself = of_json(&["doctor", "--json"]);
    let available = by_itself["available"].as_array().expect("a list");
    assert!(available.contains(&by_itself["chosen"]), "{by_itself}");
    for name in available {
        let name = name.as_str().expect("a name");
        assert_eq!(
            of_json(&["--cpu", name, "doctor", "--json"])["chosen"],
            name
        );
        assert_eq!(
            of_json(&["doctor", "--json", "--cpu", name])["chosen"],
            name
        );
        let text = place.good(&["doctor", "--cpu", name]);
        assert!(text.contains(&format!("{name} kernels")), "{text}");
    }
    assert_eq!(of_json(&["doctor", "--json", "--cpu", "auto"]), by_itself);

    // What cannot run here is named with its reason, and refused with it.
    let unavailable = by_itself["unavailable"].as_array().expect("a list");
    assert_eq!(available.len() + unavailable.len(), 2, "{by_itself}");
    for kernels in unavailable {
        let [name, reason] = ["name", "reason"].map(|field| kernels[field].as_str().expect("text"));
        assert!(place.good(&["doctor"]).contains(reason), "{reason}");
        place.bad(&["doctor", "--cpu", name], 2, &[name, reason]);
    }

    let words = ["abacus", "portable", VARIABLE];
    place.bad(&["doctor", "--cpu", "abacus"], 2, &words);
    let mut command = place.command(&["doctor"]);
    place.assert_bad(command.env(VARIABLE, "abacus"), &["doctor"], 2, &words);
}
