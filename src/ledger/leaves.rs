//! Numbers of entries as the text of ranges.

use std::collections::BTreeSet;
use std::fmt::Write as _;

/// Leaf indices as ranges, in order, each once: `3-17,19`.
pub fn leaf_ranges(leaves: impl IntoIterator<Item = i64>) -> String {
    let sorted: BTreeSet<i64> = leaves.into_iter().collect();
    let sorted: Vec<i64> = sorted.into_iter().collect();
    let mut text = String::new();
    for run in sorted.chunk_by(|a, b| a + 1 == *b) {
        let comma = if text.is_empty() { "" } else { "," };
        let written = match run {
            [only] => write!(text, "{comma}{only}"),
            [first, .., last] => write!(text, "{comma}{first}-{last}"),
            [] => Ok(()),
        };
        written.expect("a String takes all");
    }
    text
}

/// The most indices of a text. One of a few bytes may not ask for more than any determination rests on.
const MOST_LEAVES: i64 = 1_000_000;

/// The indices of such a text; none where it is no such text.
pub fn leaves_of(ranges: &str) -> Option<BTreeSet<i64>> {
    let mut leaves = BTreeSet::new();
    for range in ranges.split(',').filter(|_| !ranges.is_empty()) {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (i64, i64) = (first.parse().ok()?, last.parse().ok()?);
        let left = MOST_LEAVES - i64::try_from(leaves.len()).ok()?;
        // What is before a `-` has no sign; what is behind it may have one, and the difference none that an i64 holds.
        if last < first || last - first >= left {
            return None;
        }
        leaves.extend(first..=last);
    }
    (leaf_ranges(leaves.iter().copied()) == ranges).then_some(leaves)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn leaves_are_written_as_ranges() {
        for (leaves, text) in [
            (vec![], ""),
            (vec![4], "4"),
            (vec![0, 1], "0-1"),
            (vec![5, 4], "4-5"),
            (vec![3, 4, 5, 19, 4, 7], "3-5,7,19"),
        ] {
            assert_eq!(leaf_ranges(leaves.clone()), text);
            assert_eq!(leaves_of(text), Some(leaves.into_iter().collect()), "{text}");
        }
    }

    #[test]
    fn ranges_have_one_form_and_an_end() {
        for text in ["7-1000006", "7-1000005,1000007"] {
            assert_eq!(leaves_of(text).map(|leaves| leaves.len()), Some(1_000_000), "as many as may be");
        }
        for (text, why) in [
            ("7-1000007", "one more"),
            ("7-1000006,1000008", "one more behind them"),
            ("7-1000005,1000007-1000008", "one more among others"),
            ("0-9223372036854775807", "more than a ledger holds"),
            ("5-4", "backwards"),
            ("-2-4", "from below the first leaf"),
            ("3--4", "to below the first leaf"),
            ("3--9223372036854775808", "further backwards than numbers go"),
            ("-4", "below the first leaf"),
            ("4-4", "one leaf is no range"),
            ("3,4", "two that follow one another are a range"),
            ("5,3", "out of order"),
            ("3,3", "twice"),
            ("3,", "nothing behind the comma"),
            ("+3", "a sign"),
            ("a", "no number"),
        ] {
            assert_eq!(leaves_of(text), None, "{why}");
        }
    }
}
