//! The resident set of this process: its size, its high-water mark, and how to reset that.

pub use halo2_offload_engine::heap::trim;
use std::fs;

/// Sets the high-water mark to the present size; if that is not possible, why not.
pub fn reset_peak() -> Result<(), String> {
    fs::write("/proc/self/clear_refs", "5").map_err(|error| {
        format!("/proc/self/clear_refs: {error}: the peak includes what loading the key needed")
    })
}

/// The high-water mark of the resident set, in bytes.
pub fn peak_bytes() -> Option<u64> {
    status("VmHWM:")
}

/// The size of the resident set, in bytes.
pub fn resident_bytes() -> Option<u64> {
    status("VmRSS:")
}

/// The swap space of the machine, in bytes. A control group may have less.
pub fn swap_bytes() -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/meminfo").ok()?, "SwapTotal:")
}

fn status(field: &str) -> Option<u64> {
    kibibytes(&fs::read_to_string("/proc/self/status").ok()?, field)
}

/// The field of that name of a file such as `/proc/self/status` or `/proc/meminfo`, in bytes.
pub(crate) fn kibibytes(text: &str, field: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    kibibytes.checked_mul(1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields() {
        let text = "Name:\tx\nVmHWM:\t    2048 kB\nVmRSS:\tlots\n";
        assert_eq!(kibibytes(text, "VmHWM:"), Some(2 << 20));
        assert_eq!(kibibytes(text, "VmRSS:"), None);
        assert_eq!(kibibytes(text, "VmSwap:"), None);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn the_mark_comes_down_when_it_is_reset() {
        const BYTES: usize = 64 << 20;
        drop(std::hint::black_box(vec![1u8; BYTES]));
        trim();
        let high = peak_bytes().expect("a peak");
        assert!(high >= BYTES as u64);
        if reset_peak().is_ok() {
            let low = peak_bytes().expect("a peak");
            assert!(low < high, "{low} after {high}");
            assert!(resident_bytes().expect("a size") <= low + (8 << 20));
        }
    }
}
