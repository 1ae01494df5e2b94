//! Sizes in memory, such as `20GiB`.

/// Bytes, with an optional unit in upper or lower case: of powers of 2^10 (KiB, MiB, GiB, TiB) or of 10^3 (kB,
/// MB, GB, TB). `G` alone is refused: programs disagree on which of the two it means.
pub fn size(text: &str) -> std::result::Result<u64, String> {
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let unit = &text[digits.len()..];
    let bytes_each = match unit.to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        "tib" => 1u64 << 40,
        "kb" => 1_000,
        "mb" => 1_000_000,
        "gb" => 1_000_000_000,
        "tb" => 1_000_000_000_000,
        prefix @ ("k" | "m" | "g" | "t") => {
            let prefix = prefix.to_ascii_uppercase();
            return Err(format!(
                "`{unit}` is one of two units: write {prefix}iB for powers of 1024, or {prefix}B for powers of \
                 1000"
            ));
        }
        _ => {
            return Err(format!(
                "`{unit}` is no unit: write a size such as 20GiB or 20GB"
            ))
        }
    };
    let number: f64 = digits
        .trim()
        .parse()
        .map_err(|_| "a size is a number and a unit, such as 20GiB".to_owned())?;
    match number * bytes_each as f64 {
        bytes if bytes >= 1.0 && bytes < u64::MAX as f64 => Ok(bytes as u64),
        _ => Err("a size is positive, and fits 64 bits".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes() {
        assert_eq!(size("20GiB"), Ok(20 << 30));
        assert_eq!(size("1.5 MiB"), Ok(3 << 19));
        assert_eq!(size("7"), Ok(7));
        assert_eq!(size("2GB"), Ok(2_000_000_000));
        assert_eq!(size("1.5 mb"), Ok(1_500_000));
        assert_eq!((size("2kB"), size("2KB")), (Ok(2000), Ok(2000)));
        assert_eq!(
            (size("1tb"), size("1tib")),
            (Ok(10u64.pow(12)), Ok(1 << 40))
        );
        let ambiguous = size("20g").expect_err("either");
        assert!(
            ambiguous.contains("GiB") && ambiguous.contains("GB"),
            "{ambiguous}"
        );
        for wrong in [
            "", "GiB", "20Gb/s", "20G", "1PB", "-1GiB", "0", "nan", "1e40TiB",
        ] {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }
}
