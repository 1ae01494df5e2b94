//! Cards to plan for: by name, or by a few numbers.

use halo2_offload::cuda::{CardNumbers, DeviceModel};

use crate::arguments::size;

/// What `--help` says of cards.
pub fn help() -> String {
    let names: Vec<_> = DeviceModel::names().collect();
    format!(
        "Plan for this card instead of a device of this machine: {} (h100 is the SXM card); or one that is \
         given by its multiprocessors, clock and memory, with the bandwidth of its memory if that is to \
         count: sms=142,clock=2.5GHz,memory=48GB,bandwidth=864GB/s",
        names.join(", ")
    )
}

/// A card by its name or its numbers.
pub fn parse(text: &str) -> Result<DeviceModel, String> {
    match text.contains('=') {
        true => numbers(text).map(DeviceModel::of_numbers),
        false => DeviceModel::named(text).ok_or_else(|| {
            let names: Vec<_> = DeviceModel::names().collect();
            format!(
                "no such card is known: {}, or one by its numbers: sms=142,clock=2.5GHz,memory=48GB",
                names.join(", ")
            )
        }),
    }
}

fn numbers(text: &str) -> Result<CardNumbers, String> {
    let (mut sms, mut clock, mut memory, mut bandwidth) = (None, None, None, None);
    for part in text.split(',') {
        let (name, value) = part
            .split_once('=')
            .ok_or_else(|| format!("`{part}` is no number with a name, such as sms=142"))?;
        let value = value.trim();
        let is_again = match name.trim() {
            "sms" => sms.replace(multiprocessors(value)?).is_some(),
            "clock" => clock.replace(kilohertz(value)?).is_some(),
            "memory" => memory.replace(size(value)?).is_some(),
            "bandwidth" => bandwidth.replace(bytes_a_second(value)?).is_some(),
            other => {
                return Err(format!(
                    "`{other}` is no number of a card: sms, clock, memory and bandwidth are"
                ))
            }
        };
        if is_again {
            return Err(format!("{name} is given twice"));
        }
    }
    let missing = |name: &str| format!("{name} is missing: a card has sms, clock and memory");
    Ok(CardNumbers {
        multiprocessors: sms.ok_or_else(|| missing("sms"))?,
        clock_khz: clock.ok_or_else(|| missing("clock"))?,
        memory_bytes: memory.ok_or_else(|| missing("memory"))?,
        bandwidth,
    })
}

/// More than any card has, so that no product of these numbers overflows.
const MOST_MULTIPROCESSORS: u32 = 4096;

fn multiprocessors(text: &str) -> Result<u32, String> {
    match text.parse() {
        Ok(count) if (1..=MOST_MULTIPROCESSORS).contains(&count) => Ok(count),
        _ => Err(format!(
            "sms={text}: a card has 1 to {MOST_MULTIPROCESSORS} multiprocessors"
        )),
    }
}

fn kilohertz(text: &str) -> Result<u32, String> {
    let wrong = || format!("clock={text}: write a clock such as 2.5GHz or 2520MHz");
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let each = match text[digits.len()..].to_ascii_lowercase().as_str() {
        "ghz" => 1e6,
        "mhz" => 1e3,
        "khz" => 1.0,
        _ => return Err(wrong()),
    };
    let number: f64 = digits.trim().parse().map_err(|_| wrong())?;
    match number * each {
        khz if khz >= 1.0 && khz < f64::from(u32::MAX) => Ok(khz as u32),
        _ => Err(wrong()),
    }
}

fn bytes_a_second(text: &str) -> Result<u64, String> {
    let amount = text
        .strip_suffix("/s")
        .ok_or_else(|| format!("bandwidth={text}: write bytes a second, such as 864GB/s"))?;
    size(amount)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cards_by_name_and_by_number() {
        for name in DeviceModel::names() {
            assert!(parse(name).is_ok(), "{name}");
            assert!(help().contains(name), "{name}");
        }
        let text = "sms=142,clock=2.52GHz,memory=48GB,bandwidth=864GB/s";
        let of_text = CardNumbers {
            multiprocessors: 142,
            clock_khz: 2_520_000,
            memory_bytes: 48_000_000_000,
            bandwidth: Some(864_000_000_000),
        };
        assert_eq!(numbers(text), Ok(of_text));
        let without = numbers("memory=8GiB, sms=24, clock=2460mhz").expect("a card");
        assert_eq!((without.memory_bytes, without.bandwidth), (8 << 30, None));
    }

    #[test]
    fn what_is_no_card_is_said() {
        for (text, words) in [
            ("abacus", "rtx4090"),
            ("sms=142", "clock is missing"),
            ("sms=142,clock=2GHz", "memory is missing"),
            ("sms=0,clock=2GHz,memory=1GB", "1 to 4096"),
            ("sms=142,clock=2,memory=1GB", "2.5GHz"),
            ("sms=142,clock=nanGHz,memory=1GB", "2.5GHz"),
            ("sms=142,clock=9000GHz,memory=1GB", "2.5GHz"),
            ("sms=142,clock=2GHz,memory=1G", "GiB"),
            ("sms=142,clock=2GHz,memory=1GB,bandwidth=8GB", "864GB/s"),
            ("sms=1,sms=2,clock=2GHz,memory=1GB", "twice"),
            ("sms=1,cores=2", "`cores`"),
            ("sms=1,2", "`2`"),
        ] {
            let error = parse(text).expect_err(text);
            assert!(error.contains(words), "{text}: {error}");
        }
    }
}
