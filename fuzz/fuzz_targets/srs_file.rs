//! Any bytes as an SRS file.

#![no_main]

#[path = "../../tests/formats/inputs.rs"]
#[allow(dead_code)]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    inputs::check_srs(bytes);
});
