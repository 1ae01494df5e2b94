//! Lines on stderr.

use std::{
    fmt::Display,
    io::{stderr, Write},
};

/// Writes a line to stderr in one piece: the program and its other threads write there as well, and where
/// both go to one terminal or file, what they write is not to come between.
pub fn say(text: impl Display) {
    // A client whose stderr is closed goes on without what it would not see.
    let _ = stderr().write_all(format!("halo2-offload: {text}\n").as_bytes());
}
