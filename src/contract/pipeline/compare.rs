//! `compare`: a number against the same number of other years.

use crate::document::{Fault, Faults, Fields, Node, Value};
use crate::quantity::Unit;

use super::super::block::{Baseline, Block, Compare};
use super::super::data_rules::read_sources;
use super::super::literal::Places;
use super::flow::{Drift, Number};
use super::keys::Keys;
use super::reader::Outcome;

const WORDS: [(&str, Compare); 8] = [
    ("percent_of_mean", Compare::PercentOfMean),
    ("mean", Compare::Mean),
    ("anomaly", Compare::Anomaly),
    ("z_score_sample", Compare::ZScoreSample),
    ("z_score_population", Compare::ZScorePopulation),
    ("spi", Compare::Spi),
    ("spei", Compare::Spei),
    ("percentile", Compare::Percentile),
];

impl Compare {
    /// The unit of the result, of a number in `unit`.
    fn unit(self, unit: Unit) -> Unit {
        match self {
            Self::Mean | Self::Anomaly => unit,
            Self::PercentOfMean | Self::Percentile => Unit::from_symbol("%").expect("the table has %"),
            Self::ZScoreSample | Self::ZScorePopulation | Self::Spi | Self::Spei => {
                Unit::from_symbol("1").expect("the table has 1")
            }
        }
    }

    /// The fewest years of which it can be told.
    fn fewest(self) -> usize {
        match self {
            Self::PercentOfMean | Self::Mean | Self::Anomaly | Self::Percentile => 1,
            Self::ZScoreSample | Self::ZScorePopulation => 2,
            Self::Spi | Self::Spei => 3,
        }
    }
}

/// `{ compare = "percent_of_mean", baseline = { from = 1981, to = 2010, need = 25 }, round = "0.1 %", mode = "half_up" }`
pub(super) fn compare(number: Number, keys: &mut Keys<'_, '_>) -> Outcome {
    let compare = keys.word("compare", &WORDS, "is no comparison with other years");
    let node = keys.required("baseline", "{ from = 1981, to = 2010, need = 25 }");
    let fewest = compare.map_or(1, Compare::fewest);
    let baseline = node.and_then(|node| read_baseline(node, fewest, keys.faults));
    let Some(compare) = compare else { return Outcome::LOST };
    let unit = compare.unit(number.unit);
    let round = keys.rounding(unit, Places::Number);
    if number.compared {
        let place = keys.node.place.clone();
        let hint = "compare once, behind everything else";
        return keys.wrong(&place, "this number is compared with other years already", hint).unwrap_or(Outcome::LOST);
    }
    // The other years' readings may still come in as well.
    let positive = match compare {
        Compare::Percentile => true,
        Compare::PercentOfMean | Compare::Mean => number.positive,
        _ => false,
    };
    let flow = Number { unit, to_round: None, positive, drift: Drift::Any, compared: true };
    let block = baseline.zip(round).map(|(baseline, round)| Block::Compare { compare, baseline, round });
    Outcome::number(block, flow)
}

fn read_baseline(node: &Node, fewest: usize, faults: &mut Faults) -> Option<Baseline> {
    let mut fields = Fields::of(node, "the baseline", faults)?;
    let from = fields.required("from", "1981", faults).and_then(|node| read_whole(node, 1800..=2199, faults));
    let to = fields.required("to", "2010", faults).and_then(|node| read_whole(node, 1800..=2199, faults));
    let need_node = fields.required("need", "25", faults);
    let need = need_node.and_then(|node| read_whole(node, 1..=400, faults));
    let sources = fields.optional("sources").map_or(Some(Vec::new()), |node| read_sources(node, faults));
    fields.finish(faults);
    let (first, last, need) = (from?, to?, need?);
    let years = last - first + 1;
    let (place, message, hint) = if years < 1 {
        (
            &node.place,
            format!("the baseline ends with {last}, before it begins with {first}"),
            "exchange them".to_owned(),
        )
    } else if need > years {
        let message = format!("{need} years are needed of a baseline of {years}");
        (need_node.map_or(&node.place, |node| &node.place), message, format!("write need = {years} or fewer"))
    } else if usize::try_from(need).is_ok_and(|need| need < fewest) {
        let message = format!("of {need} years this cannot be told");
        (need_node.map_or(&node.place, |node| &node.place), message, format!("write need = {fewest} or more"))
    } else {
        return Some(Baseline { first, last, need: usize::try_from(need).ok()?, sources: sources? });
    };
    faults.push(Fault::new(place, message).hint(hint));
    None
}

/// A whole number without a unit: a year, a number of years.
fn read_whole(node: &Node, range: std::ops::RangeInclusive<i32>, faults: &mut Faults) -> Option<i32> {
    let number = match &node.value {
        Value::Number(text) => text.parse::<i32>().ok().filter(|number| range.contains(number)),
        _ => None,
    };
    if number.is_none() {
        let message = format!("this is no whole number from {} to {}", range.start(), range.end());
        faults.push(Fault::new(&node.place, message).hint("write it without quotes, as in from = 1981"));
    }
    number
}
