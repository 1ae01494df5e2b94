//! `plug`.

use crate::place::{entries, Place};

#[test]
fn a_plug_is_laid_out_where_nothing_else_is() {
    let place = Place::new();
    let patch = place.good(&["plug", "a plug"]);
    let facade = place.here().join("a plug/halo2-axiom");
    assert!(facade.join("Cargo.toml").exists());
    let facade = facade.canonicalize().expect("it is there");
    let path = format!("[patch.crates-io]\nhalo2-axiom = {{ path = {facade:?} }}\n");
    assert!(patch.ends_with(&path), "{patch}");
    // It is up to date.
    assert_eq!(place.good(&["plug", "a plug"]), patch);
    place.bad(&["plug", "."], 2, &["not empty", "name an empty folder"]);
    place.bad(
        &["plug", "other", "--stock", "a plug"],
        2,
        &["no package", "--stock"],
    );
    assert_eq!(entries(&place.here()), ["a plug"]);
}
