//! What Cargo makes of a plug.

mod place;

use place::Place;
use serde_json::Value;
use std::{env, fs, path::Path, process::Command};
use toml_edit::DocumentMut;

/// The client's packages by the names that Cargo resolves them to, for a client that asks for a
/// version of halo2-axiom so.
fn resolve(client: &Path, patch: &Path, version: &str) -> Vec<(String, Value)> {
    fs::create_dir_all(client.join("src")).expect("made");
    fs::write(client.join("src/lib.rs"), "").expect("written");
    let manifest = format!(
        "[package]\nname = 'client'\nedition = '2021'\n[workspace]\n\
         [dependencies]\nhalo2-axiom = '{version}'\n"
    );
    fs::write(client.join("Cargo.toml"), manifest).expect("written");
    // What this checkout is built with is there without a network.
    let lock = place::checkout().join("Cargo.lock");
    fs::copy(lock, client.join("Cargo.lock")).expect("copied");
    let patch = patch.to_str().expect("Unicode");
    let version = cargo(client, &["--version", "--verbose"]);
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    // Packages for other platforms need not be here.
    let platform = ["--filter-platform", host.expect("a host")];
    let arguments = [
        "metadata",
        "--format-version=1",
        "--offline",
        "--config",
        patch,
    ];
    let metadata = cargo(client, &[&arguments[..], &platform[..]].concat());
    let metadata: Value = serde_json::from_str(&metadata).expect("JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let name = |package: &Value| package["name"].as_str().expect("a name").to_owned();
    packages
        .iter()
        .map(|package| (name(package), package.clone()))
        .collect()
}

/// What Cargo says on stdout, where it has nothing to say against the patch.
fn cargo(client: &Path, arguments: &[&str]) -> String {
    let output = Command::new(env::var_os("CARGO").expect("set by cargo"))
        .current_dir(client)
        .args(arguments)
        .output()
        .expect("it starts");
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}");
    assert!(!said.contains("not used"), "{said}");
    String::from_utf8(output.stdout).expect("text")
}

#[test]
fn clients_get_the_facade_and_nothing_else_of_that_name() {
    let place = Place::new();
    // Wherever the plug is, inside of the client's workspace or beside it.
    for (folder, version) in [
        ("client/plug", "^0.5.3"),
        ("plug", "=0.5.3"),
        ("plug", "0.5"),
    ] {
        let plug = place.lay(folder).expect("laid out");
        let patch = place.path("patch.toml");
        fs::write(&patch, plug.patch()).expect("written");
        let packages = resolve(&place.path("client"), &patch, version);
        let of = |name: &str| -> Vec<&Value> {
            let named = packages.iter().filter(|(other, _)| other == name);
            named.map(|(_, package)| package).collect()
        };
        let [facade] = of("halo2-axiom")[..] else {
            panic!("{version}: {:?}", of("halo2-axiom"));
        };
        let manifest = plug.folder().join("halo2-axiom/Cargo.toml");
        assert_eq!(facade["manifest_path"].as_str(), manifest.to_str());
        assert_eq!(of("halo2-axiom-stock").len(), 1);
        assert_eq!(of("halo2-offload").len(), 1);
        let features = |package: &Value| package["features"].as_object().expect("features").clone();
        let names = |package| features(package).into_iter().map(|(name, _)| name);
        assert!(names(facade).eq(names(of("halo2-axiom-stock")[0])));
        fs::remove_dir_all(place.path("client")).expect("removed");
    }
}

#[test]
fn paths_are_what_they_are_in_toml() {
    let place = Place::new();
    for name in ["a b", "a\"b", "a'b", "a\\b", "a\"'''b", "å#[b]"] {
        let plug = place.lay(name).expect("laid out");
        let patch: DocumentMut = plug.patch().parse().expect("TOML");
        let path = patch["patch"]["crates-io"]["halo2-axiom"]["path"].as_str();
        let facade = plug.folder().join("halo2-axiom");
        assert_eq!(path, facade.to_str());
        assert!(facade.join("Cargo.toml").exists());
    }
}
