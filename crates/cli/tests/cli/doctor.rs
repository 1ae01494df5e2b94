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
