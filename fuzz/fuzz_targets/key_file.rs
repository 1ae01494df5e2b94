//! Any bytes as a key file, given the hash of what it holds.

#![no_main]

#[path = "../../tests/formats/inputs.rs"]
#[allow(dead_code)]
mod inputs;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    let mut file = bytes.to_vec();
    inputs::mend_hash(&mut file);
    inputs::check_key(&file);
});
