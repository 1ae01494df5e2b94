//! Sources that are not what they have to be.

mod place;

use halo2_offload_plug::Sources;
use place::{checkout, Place};
use std::{fs, path::Path};

fn write_package(folder: &Path, name: &str, version: &str) {
    fs::create_dir_all(folder.join("src")).expect("made");
    let text = format!("[package]\nname = '{name}'\nversion = '{version}'\n");
    fs::write(folder.join("Cargo.toml"), text).expect("written");
    fs::write(folder.join("src/lib.rs"), "").expect("written");
}

#[test]
fn another_stock_is_refused() {
    let place = Place::new();
    let sources = Sources::of_checkout(checkout()).with_stock(place.path("nowhere"));
    place.refused_from(&sources, "plug", &["nowhere", "no package", "--stock"]);
    for (name, version) in [("halo2-axiom", "0.5.2"), ("halo2_proofs", "0.5.3")] {
        let stock = place.path("stock");
        write_package(&stock, name, version);
        let sources = Sources::of_checkout(checkout()).with_stock(&stock);
        place.refused_from(&sources, "plug", &[name, version, "--stock"]);
        assert!(!place.path("plug").exists());
    }
}

#[test]
fn a_checkout_that_is_gone_is_told() {
    let place = Place::new();
    let sources = Sources::of_checkout(place.path("gone"));
    place.refused_from(&sources, "plug", &["gone", "cargo run --release -- plug"]);

    let other = place.path("other");
    fs::create_dir(&other).expect("made");
    let text = "[package]\nname = 'halo2-offload'\n[workspace.package]\nversion = '9.9.9'\n";
    fs::write(other.join("Cargo.toml"), text).expect("written");
    let sources = Sources::of_checkout(&other);
    place.refused_from(&sources, "plug", &["9.9.9", "cargo run --release -- plug"]);
    assert!(!place.path("plug").exists());
}

#[test]
fn a_manifest_that_is_none_is_told() {
    let place = Place::new();
    let stock = place.path("stock");
    fs::create_dir(&stock).expect("made");
    fs::write(stock.join("Cargo.toml"), "[package\n").expect("written");
    let sources = Sources::of_checkout(checkout()).with_stock(&stock);
    place.refused_from(&sources, "plug", &["stock/Cargo.toml", "line 1"]);
}
