//! What a handful of samples says, and how sure of it we may be.

use rand_chacha::ChaCha20Rng;
use rand_core::{RngCore, SeedableRng};

/// How often samples are drawn anew for an interval.
const RESAMPLES: usize = 2000;
/// The share of resampled ratios inside the interval.
const CONFIDENCE: f64 = 0.95;
/// Fewer samples than this say nothing about their spread.
const FEWEST: usize = 3;

/// Location and spread of samples.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Summary {
    /// The middle sample, or the mean of the two in the middle, rounded down.
    pub median: u64,
    /// The smallest.
    pub min: u64,
    /// The largest.
    pub max: u64,
    /// Standard deviation (of the sample, n - 1) over mean; none below three samples.
    pub variation: Option<f64>,
}

impl Summary {
    /// None if there are no samples.
    pub fn of(samples: &[u64]) -> Option<Self> {
        let mut sorted = samples.to_vec();
        sorted.sort_unstable();
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        Some(Self {
            median: median(&sorted),
            min,
            max,
            variation: variation(&sorted),
        })
    }
}

/// The interval that a quantity lies in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Interval {
    /// The lower end.
    pub low: f64,
    /// The upper end.
    pub high: f64,
}

/// The 95 % percentile bootstrap interval of median(numerator) / median(denominator): both
/// sides are drawn anew, with replacement, from a seeded stream. None below three samples a side.
pub fn bootstrap_ratio(numerator: &[u64], denominator: &[u64], seed: u64) -> Option<Interval> {
    if numerator.len().min(denominator.len()) < FEWEST || denominator.contains(&0) {
        return None;
    }
    let mut rng = ChaCha20Rng::seed_from_u64(seed);
    let mut ratios: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let [above, below] =
                [numerator, denominator].map(|samples| resample(samples, &mut rng));
            above as f64 / below as f64
        })
        .collect();
    ratios.sort_unstable_by(f64::total_cmp);
    let tail = (1.0 - CONFIDENCE) / 2.0;
    let at = |share: f64| ratios[(share * (RESAMPLES - 1) as f64).round() as usize];
    Some(Interval {
        low: at(tail),
        high: at(1.0 - tail),
    })
}

fn resample(samples: &[u64], rng: &mut ChaCha20Rng) -> u64 {
    let mut drawn: Vec<u64> = samples
        .iter()
        .map(|_| samples[(rng.next_u64() % samples.len() as u64) as usize])
        .collect();
    drawn.sort_unstable();
    median(&drawn)
}

/// Of sorted samples, at least one.
fn median(sorted: &[u64]) -> u64 {
    let middle = sorted.len() / 2;
    match sorted.len() % 2 {
        1 => sorted[middle],
        _ => sorted[middle - 1].midpoint(sorted[middle]),
    }
}

fn variation(samples: &[u64]) -> Option<f64> {
    if samples.len() < FEWEST {
        return None;
    }
    let count = samples.len() as f64;
    let mean = samples.iter().map(|&sample| sample as f64).sum::<f64>() / count;
    let squares: f64 = samples.iter().map(|&s| (s as f64 - mean).powi(2)).sum();
    (mean > 0.0).then(|| (squares / (count - 1.0)).sqrt() / mean)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summaries() {
        assert_eq!(Summary::of(&[]), None);
        let one = Summary::of(&[7]).expect("one sample");
        assert_eq!((one.median, one.min, one.max), (7, 7, 7));
        assert_eq!(one.variation, None);
        let even = Summary::of(&[9, 1, 3, 6]).expect("four samples");
        assert_eq!((even.median, even.min, even.max), (4, 1, 9));
        let odd = Summary::of(&[2, 4, 6]).expect("three samples");
        assert_eq!(odd.median, 4);
        assert!((odd.variation.expect("three") - 0.5).abs() < 1e-12);
        let huge = Summary::of(&[u64::MAX, u64::MAX]).expect("two samples");
        assert_eq!(huge.median, u64::MAX);
    }

    #[test]
    fn intervals() {
        let (slow, fast) = ([400, 410, 390, 405, 395], [100, 101, 99, 102, 98]);
        let interval = bootstrap_ratio(&slow, &fast, 1).expect("five samples");
        assert!(interval.low <= 4.0 && 4.0 <= interval.high, "{interval:?}");
        assert!(interval.low > 3.5 && interval.high < 4.5, "{interval:?}");
        assert_eq!(bootstrap_ratio(&slow, &fast, 1), Some(interval), "seeded");
        let constant = bootstrap_ratio(&[6, 6, 6], &[3, 3, 3], 1);
        assert_eq!(
            constant,
            Some(Interval {
                low: 2.0,
                high: 2.0
            })
        );
    }

    #[test]
    fn too_few_for_an_interval() {
        assert_eq!(bootstrap_ratio(&[1, 2], &[1, 2, 3], 1), None);
        assert_eq!(bootstrap_ratio(&[1, 2, 3], &[0, 2, 3], 1), None);
    }
}
