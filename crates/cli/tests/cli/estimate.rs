//! `estimate`, and the bounds that it shares with `prove` and `measure`.

use crate::{
    arguments::{to_measure, to_prove},
    place::{entries, Place},
};

#[test]
fn what_no_circuit_can_be_is_refused_before_any_work() {
    let place = Place::new();
    let domain = "and the scalar field has none above 2^28";
    for (arguments, words) in [
        (
            &["estimate", "-k", "28"][..],
            ["k = 28: with degree 5", "the largest k is 26"],
        ),
        (
            &["estimate", "-k", "26", "--degree", "6"],
            ["k = 26: with degree 6", "the largest k is 25"],
        ),
        (
            &["estimate", "-k", "27", "--degree", "9"],
            ["a domain of 2^30", "the largest k is 25"],
        ),
        (
            &["estimate", "--workload", "lookup", "-k", "27"],
            ["workload `lookup`: k = 27", "the largest k is 26"],
        ),
        (
            &to_prove("lookup", "27", &["--out", "proof"]),
            ["workload `lookup`: k = 27", "the largest k is 26"],
        ),
        (
            &to_measure("plonk", "28", &[]),
            ["workload `plonk`: k = 28", "the largest k is 27"],
        ),
    ] {
        place.bad(arguments, 2, &[words[0], words[1], domain]);
    }
    assert_eq!(entries(&place.here()), Vec::<String>::new());
    place.bad(&["estimate", "-k", "3"], 2, &["-k 3: it is at least 4"]);
    for flag in ["--advice", "--fixed", "--instance", "--lookups"] {
        for count in ["16385", "4000000000", "18446744073709551615"] {
            let words = [count, "the most is 16384"];
            place.bad(&["estimate", flag, count], 2, &words);
        }
    }
    // As many as there can be are no trouble.
    let most = place.good(&["estimate", "--lookups", "16384"]);
    assert!(most.contains("lookups 16384"), "{most}");
}
