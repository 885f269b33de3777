//! What was measured where, and what became of each source's readings, in sentences.

use crate::index::Disposition;
use crate::settle::Given;

use super::plain::variable;
use super::speech::Speech;
use super::{codes, say};

/// More stations than these are counted, not named.
const MOST_NAMED: usize = 4;

/// What was measured where: `precipitation at JFK (asos)`.
pub(super) fn measured(s: &Speech<'_>, sources: &[Given]) -> Vec<String> {
    let mut by_variable: Vec<(&str, Vec<&Given>)> = Vec::new();
    let (storms, series): (Vec<_>, Vec<_>) = sources.iter().partition(|source| is_storms(source));
    let counts = |source: &&&Given| source.of(Disposition::Used) > 0;
    // Where no source gave anything, all that were asked are named.
    let any = series.iter().any(|source| counts(&source));
    for source in series.iter().filter(|source| !any || counts(source)) {
        match by_variable.iter_mut().find(|(name, _)| *name == source.variable) {
            Some((_, all)) => all.push(source),
            None => by_variable.push((&source.variable, vec![source])),
        }
    }
    let of_series = |(name, all): (&str, Vec<&Given>)| {
        let what = variable(name, s.language);
        let mut places: Vec<_> = all.iter().map(|source| place(s, source)).collect();
        places.dedup();
        let places = if places.len() > MOST_NAMED {
            s.counted(places.len(), "station", "stations", "个站点")
        } else {
            s.list(&places)
        };
        say!(s, "{what} at {places}", "{places}的{what}")
    };
    let of_storms = |source: &&Given| {
        let feed = &source.feed;
        say!(s, "the tracks of storms as {feed} tells them", "{feed} 发布的风暴路径")
    };
    by_variable.into_iter().map(of_series).chain(storms.iter().map(of_storms)).collect()
}

/// Whether it is the storms of a whole feed.
fn is_storms(source: &Given) -> bool {
    &*source.station == "*"
}

/// `JFK (asos)`.
fn place(s: &Speech<'_>, source: &Given) -> String {
    let Given { station, feed, .. } = source;
    say!(s, "{station} ({feed})", "{station}（{feed}）")
}

/// Of each source that did not give all that it was asked for, what became of that. Without one, that nothing is missing;
/// of storms and reports nobody knows what is missing.
pub(super) fn lacking(s: &Speech<'_>, sources: &[Given]) -> Vec<String> {
    let lines: Vec<_> = sources.iter().filter_map(|source| lacks(s, source)).collect();
    let asked: i64 = sources.iter().filter(|source| !is_storms(source)).map(Given::asked).sum();
    if lines.is_empty() && asked > 0 {
        return vec![say!(s, "No reading is missing.", "读数齐全。")];
    }
    lines
}

fn lacks(s: &Speech<'_>, source: &Given) -> Option<String> {
    use Disposition::{Apart, Missing, NotFinal, NothingReported, PassedOver, Refused, Spare, Stale, Used};
    let (place, what) = (place(s, source), variable(&source.variable, s.language));
    match source.disposition {
        Spare => return None,
        NothingReported if is_storms(source) => return None,
        NothingReported => {
            return Some(say!(s, "{place} reported nothing of {what}.", "{place}没有关于{what}的报告。"));
        }
        _ => {}
    }
    let parts: Vec<_> = [Missing, Stale, NotFinal, Refused, Apart]
        .into_iter()
        .filter(|one| source.of(*one) > 0)
        .map(|one| {
            let (count, word) = (source.of(one), codes::disposition(one, s.language));
            say!(s, "{count} {word}", "{count}个{word}")
        })
        .collect();
    let passed = source.disposition == PassedOver;
    if parts.is_empty() && !passed {
        return None;
    }
    let (used, asked) = (source.of(Used), s.counted_i64(source.asked(), "reading", "readings", "个读数"));
    let parts = parts.iter().map(|part| say!(s, ", {part}", "，{part}")).collect::<String>();
    let passed = match passed {
        true => say!(s, "; it was passed over, as too much is missing", "；因缺测过多，未采用该来源"),
        false => String::new(),
    };
    Some(say!(
        s,
        "{place} was asked for {asked} of {what}: {used} used{parts}{passed}.",
        "{place}应提供{what}{asked}，采用{used}个{parts}{passed}。"
    ))
}
