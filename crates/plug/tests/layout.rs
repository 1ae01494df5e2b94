//! What is laid out, and what happens to what is in the folder.

mod place;

use place::{checkout, Place};
use std::{collections::BTreeMap, fs, path::Path, time::SystemTime};
use toml_edit::DocumentMut;

fn manifest(folder: &Path) -> DocumentMut {
    let text = fs::read_to_string(folder.join("Cargo.toml")).expect("a manifest");
    text.parse().expect("TOML")
}

/// All files below a folder, with when they were written.
fn times(folder: &Path) -> BTreeMap<String, SystemTime> {
    let mut times = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                open.push(path);
            } else {
                let time = fs::metadata(&path).and_then(|file| file.modified());
                times.insert(path.display().to_string(), time.expect("a time"));
            }
        }
    }
    times
}

#[test]
fn manifests_say_what_they_must() {
    let place = Place::new();
    let plug = place.lay("plug").expect("laid out");

    let facade = manifest(&plug.folder().join("halo2-axiom"));
    assert_eq!(facade["package"]["name"].as_str(), Some("halo2-axiom"));
    assert_eq!(facade["package"]["version"].as_str(), Some("0.5.3"));
    let stock = manifest(&plug.folder().join("halo2-axiom-stock"));
    assert_eq!(stock["package"]["name"].as_str(), Some("halo2-axiom-stock"));
    assert_eq!(stock["package"]["version"].as_str(), Some("0.5.3"));
    assert_eq!(stock["lib"]["name"].as_str(), Some("halo2_axiom"));
    for left_out in ["dev-dependencies", "test", "bench", "example", "target"] {
        assert!(stock.get(left_out).is_none(), "{left_out}");
    }
    for (feature, _) in stock["features"].as_table().expect("features") {
        let forwarded = facade["features"][feature].as_array().expect("forwarded");
        let forwarded: Vec<_> = forwarded.iter().map(|value| value.as_str()).collect();
        assert_eq!(forwarded, [Some(format!("stock/{feature}").as_str())]);
    }

    let root = manifest(&plug.folder().join("halo2-offload"));
    let workspace = &root["workspace"];
    let swapped = &workspace["dependencies"]["halo2-axiom"];
    assert_eq!(swapped["package"].as_str(), Some("halo2-axiom-stock"));
    assert!(root["features"].get("announce").is_some());
    for left_out in ["dev-dependencies", "test", "bench", "bin", "profile"] {
        assert!(root.get(left_out).is_none(), "{left_out}");
    }
    let members = workspace["members"].as_array().expect("members");
    for member in members.iter().filter_map(|member| member.as_str()) {
        let folder = plug.folder().join("halo2-offload").join(member);
        assert!(manifest(&folder).get("dev-dependencies").is_none());
        assert!(folder.join("src/lib.rs").exists());
    }
    let source = plug.folder().join("halo2-offload/src");
    assert!(source.join("lib.rs").exists());
    assert!(!plug.folder().join("halo2-offload/crates/cli").exists());
}

#[test]
fn what_is_up_to_date_is_not_written() {
    let place = Place::new();
    let plug = place.lay("plug").expect("laid out");
    let before = times(plug.folder());
    assert_eq!(place.lay("plug").expect("laid out").changed(), 0);
    assert_eq!(times(plug.folder()), before);

    let changed = plug.folder().join("halo2-offload/src/lib.rs");
    let right = fs::read(&changed).expect("there");
    fs::write(&changed, "").expect("written");
    assert_eq!(place.lay("plug").expect("laid out").changed(), 1);
    assert_eq!(fs::read(&changed).expect("there"), right);
    let unchanged = |times: BTreeMap<String, SystemTime>| {
        let is_other = |path: &str| path != changed.display().to_string();
        let is_other = |path: &str| is_other(path) && !path.ends_with("plug.toml");
        let times = times.into_iter().filter(|(path, _)| is_other(path));
        times.collect::<Vec<_>>()
    };
    assert_eq!(unchanged(times(plug.folder())), unchanged(before));
}

#[test]
fn what_is_no_part_any_more_is_removed_and_nothing_else() {
    let place = Place::new();
    let plug = place.lay("plug").expect("laid out");
    let once_a_part = plug.folder().join("halo2-offload/crates/gone/src/lib.rs");
    let built = plug.folder().join("halo2-offload/Cargo.lock");
    fs::create_dir_all(once_a_part.parent().expect("a folder")).expect("made");
    for path in [&once_a_part, &built] {
        fs::write(path, "").expect("written");
    }
    place.change_marker(|marker| {
        marker["files"]
            .as_array_mut()
            .expect("files")
            .push("halo2-offload/crates/gone/src/lib.rs");
    });
    assert_eq!(place.lay("plug").expect("laid out").changed(), 1);
    assert!(!plug.folder().join("halo2-offload/crates/gone").exists());
    assert!(built.exists());
}

#[test]
fn what_was_not_finished_is_finished() {
    let place = Place::new();
    let plug = place.lay("plug").expect("laid out");
    let facade = plug.folder().join("halo2-axiom");
    let before = times(plug.folder());
    place.change_marker(|marker| marker["finished"] = toml_edit::value(false));
    fs::rename(facade.join("Cargo.toml"), facade.join("Cargo.toml.held")).expect("moved");
    place.lay("plug").expect("laid out");
    let after = times(plug.folder());
    assert_eq!(
        before.keys().collect::<Vec<_>>(),
        after.keys().collect::<Vec<_>>()
    );
    assert_eq!(
        manifest(&facade)["package"]["version"].as_str(),
        Some("0.5.3")
    );
}

#[test]
fn other_folders_are_refused_and_left_as_they_are() {
    let place = Place::new();
    let folder = place.path("somebodys");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("thesis.tex"), "words").expect("written");
    let before = times(&folder);
    place.refused(
        "somebodys",
        &["somebodys", "not empty", "name an empty folder"],
    );
    assert_eq!(times(&folder), before);

    let plug = place.lay("plug").expect("laid out");
    place.change_marker(|marker| marker["version"] = toml_edit::value("0.0.1"));
    let before = times(plug.folder());
    place.refused("plug", &["halo2-offload 0.0.1", "remove it"]);
    assert_eq!(times(plug.folder()), before);

    let file = place.path("file");
    fs::write(&file, "").expect("written");
    place.refused("file", &["is a file", "name an empty folder"]);

    // Among the sources, the next plug would have this one in it.
    let among = checkout().join("crates/engine/src/plug");
    let among = among.to_str().expect("Unicode");
    place.refused(among, &["engine/src", "name a folder elsewhere"]);
    assert!(!Path::new(among).exists());
}

/// As where the disk was full before anything was there.
#[test]
fn a_first_marker_that_was_not_finished_is_in_nobody_s_way() {
    let place = Place::new();
    let folder = place.path("plug");
    fs::create_dir(&folder).expect("made");
    fs::write(folder.join("plug.toml.part"), "versi").expect("written");
    place.lay("plug").expect("laid out");
    assert!(!folder.join("plug.toml.part").exists());
}

#[cfg(unix)]
#[test]
fn what_links_lead_to_is_not_overwritten() {
    use std::os::unix::fs::symlink;
    let place = Place::new();
    let plug = place.lay("plug").expect("laid out");
    let elsewhere = place.path("elsewhere");
    fs::create_dir(&elsewhere).expect("made");
    let words = elsewhere.join("lib.rs");
    fs::write(&words, "words").expect("written");
    for (part, target) in [
        ("halo2-axiom/src/lib.rs", &words),
        ("halo2-axiom/src", &elsewhere),
    ] {
        let part = plug.folder().join(part);
        match part.is_dir() {
            true => fs::remove_dir_all(&part).expect("removed"),
            false => fs::remove_file(&part).expect("removed"),
        }
        symlink(target, &part).expect("linked");
        place.refused("plug", &["is a link to somewhere else", "remove it"]);
        assert_eq!(fs::read_to_string(&words).expect("there"), "words");
        fs::remove_file(&part).expect("removed");
        place.lay("plug").expect("laid out");
    }
}
