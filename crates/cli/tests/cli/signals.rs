//! A proof that is ended by a signal.

use std::{
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    arguments::to_prove,
    place::{entries, Place},
};

/// Ended by a signal while it proves.
#[test]
fn an_interrupted_proof_leaves_nothing() {
    let place = Place::new();
    for signal in ["INT", "TERM"] {
        let prove = to_prove("plonk", "15", &["--key", "key", "--out", "a/b"]);
        let mut command = place.command(&prove);
        let mut child = command.stdout(Stdio::null()).spawn().expect("it starts");
        // It is made before any work, and after the handler.
        let deadline = Instant::now() + Duration::from_secs(60);
        while !place.here().join("a/b").exists() {
            assert!(Instant::now() < deadline, "it does not begin");
            thread::sleep(Duration::from_millis(5));
        }
        let kill = Command::new("kill")
            .args([format!("-{signal}"), child.id().to_string()])
            .status();
        assert!(kill.expect("kill is there").success());
        assert_eq!(child.wait().expect("it ran").code(), Some(130));
        assert_eq!(entries(&place.here()), Vec::<String>::new());
    }
}
