//! Chance, where it need not be cryptographic: so that many who do the same do not do it at the same time.

use std::hash::{BuildHasher, Hasher, RandomState};
use std::time::Duration;

/// A number that nobody foresees.
fn number() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// The time, or up to a tenth of it less.
pub(crate) fn up_to_a_tenth_less(time: Duration) -> Duration {
    let thousandths = u32::try_from(number() % 101).unwrap_or(0);
    time - time / 1000 * thousandths
}

/// Brings values into an order of chance.
pub(crate) fn shuffle<T>(values: &mut [T]) {
    for last in (1..values.len()).rev() {
        let other = usize::try_from(number() % (last as u64 + 1)).unwrap_or(0);
        values.swap(last, other);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_differ_and_stay_within_a_tenth() {
        let whole = Duration::from_secs(1000);
        let times: std::collections::HashSet<Duration> = (0..100).map(|_| up_to_a_tenth_less(whole)).collect();
        assert!(times.len() > 10, "{times:?}");
        assert!(
            times.iter().all(|time| *time <= whole && *time >= whole * 9 / 10),
            "{times:?}"
        );
    }

    #[test]
    fn every_value_is_first_at_some_time() {
        let firsts: std::collections::HashSet<u8> = (0..200)
            .map(|_| {
                let mut values = [1, 2, 3];
                shuffle(&mut values);
                values[0]
            })
            .collect();
        assert_eq!(firsts.len(), 3);
    }
}
