//! A policy, what is known, and blocks for the tests of this room.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use super::evaluate::{Evaluation, Index, evaluate};
use super::frame::Inputs;
use super::trace::{Step, Trace};
use super::years::Baselines;
use crate::calendar::{Period, Span};
use crate::contract::{
    Block, BlockText, Book, BookSources, Branch, Grain, IndexKind, Pipeline, Policy, SourceName, Take,
};
use crate::document::{Faults, Place, Source};
use crate::observation::{Knowledge, Reading, Vintage};
use crate::quantity::{Exact, Fixed, Unit, Variable};

/// A number.
pub fn fixed(text: &str) -> Fixed {
    Fixed::parse(text).expect(text)
}

/// A ratio.
pub fn ratio(numerator: i128, denominator: i128) -> Exact {
    Exact::new(numerator, denominator).expect("a ratio")
}

/// A unit.
pub fn unit(symbol: &str) -> Unit {
    Unit::from_symbol(symbol).expect(symbol)
}

/// A date.
pub fn date(text: &str) -> NaiveDate {
    text.parse().expect(text)
}

/// An instant.
pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect(text)
}

/// `feed/a`.
pub fn source(text: &str) -> SourceName {
    let (feed, station) = text.split_once('/').map_or((text, None), |(feed, station)| (feed, Some(station.to_owned())));
    SourceName { feed: feed.into(), station, place: Place::Environment(String::new()) }
}

/// A block of which numbers in mm flow.
pub fn block(block: Block) -> BlockText {
    in_unit(block, "mm")
}

/// A block of which numbers in a unit flow.
pub fn in_unit(block: Block, symbol: &str) -> BlockText {
    BlockText {
        text: format!("{block:?}").chars().take_while(|c| c.is_alphanumeric()).collect(),
        block,
        unit: unit(symbol),
    }
}

/// Daily rain of the product's sources.
pub fn rain() -> BlockText {
    rain_of(&[])
}

/// Daily rain of these sources.
pub fn rain_of(sources: &[&str]) -> BlockText {
    let sources = sources.iter().map(|text| source(text)).collect();
    let (variable, grain) = (Variable::Precipitation, Grain::Day);
    block(Block::Read { variable, unit: unit("mm"), grain, sources, agree_within: None })
}

/// A branch of daily rain that ends in a comparison.
pub fn wet(sources: &[&str], at_least: &str) -> Branch {
    let comparison =
        crate::contract::Comparison { operator: crate::contract::Operator::AtLeast, bound: fixed(at_least) };
    vec![rain_of(sources), block(Block::Meets(vec![comparison]))]
}

/// A sum over larger slots that needs half of the small ones.
pub fn per(grain: Grain) -> BlockText {
    block(Block::Per { grain, phases: Vec::new(), take: Take::Sum, need: ratio(1, 2) })
}

/// A policy over a period in UTC days, and what is known.
pub struct World {
    /// The policy.
    pub policy: Arc<Policy>,
    /// What is known.
    pub known: Knowledge,
    /// The period.
    pub period: Period,
}

impl World {
    /// With sources `feed/a` and `feed/b`. `fallback` is a word of the term sheet; half of all may be missing, two days
    /// on end.
    pub fn new(fallback: &str, from: &str, to: &str) -> Self {
        let product = format!(
            r#"
            [product]
            id = "world"
            version = 1
            name = "World"
            currency = "CNY"
            day = {{ zone = "UTC", starts = "00:00" }}
            [exposure]
            sum_insured = "policy"
            [policy]
            latitude = "deg"
            longitude = "deg"
            [data]
            sources = ["feed/a", "feed/b"]
            fallback = "{fallback}"
            missing = {{ at_most = "50 %", longest = "2 d" }}
            [settlement]
            lag = "0 d"
            longest_wait = "1 d"
            rounding = "half_up"
            [[cover]]
            id = "cover"
            window = "cover"
            index = [ {{ read = "precipitation", every = "1 d" }}, {{ reduce = "sum" }} ]
            payout = {{ when = "<", strike = "10 mm", tick = "1 CNY/mm", limit = "100 %" }}
            "#
        );
        let row = format!(
            "policy,product,insured,from,to,sum_insured,latitude,longitude\nP,world@1,A,{from},{to},1000 CNY,0 deg,0 deg\n"
        );
        let sources = BookSources {
            products: vec![Source::new("world", product)],
            policies: vec![Source::new("book", row)],
            ..BookSources::default()
        };
        let mut faults = Faults::new();
        let policy = Book::read(&sources, &mut faults).policies.pop();
        assert!(faults.is_empty(), "the world is a valid book");
        let policy = policy.expect("a policy");
        let period = Period::new(Span { first: date(from), last: date(to) }, &policy.product.day);
        Self { policy, known: Knowledge::new(), period }
    }

    /// Learns one reading.
    pub fn learn(&mut self, name: &str, variable: Variable, (start, end): (&str, &str), value: &str) {
        self.learn_as(name, variable, (at(start), at(end)), value, Vintage::Final);
    }

    /// Learns a reading of an instant that its source may still change.
    pub fn provisional(&mut self, name: &str, variable: Variable, instant: &str, value: &str) {
        self.learn_as(name, variable, (at(instant), at(instant)), value, Vintage::Provisional);
    }

    fn learn_as(
        &mut self,
        name: &str,
        variable: Variable,
        (start, end): (DateTime<Utc>, DateTime<Utc>),
        value: &str,
        vintage: Vintage,
    ) {
        let (feed, station) = name.split_once('/').expect("feed/station");
        let (feed, station): (Arc<str>, Arc<str>) = (feed.into(), station.into());
        let (value, unit) = (Some(fixed(value)), variable.own_unit());
        let reading = Reading { station, variable, start, end, value, unit, vintage };
        let entry = i64::try_from(self.known.of_feed(&feed).count()).expect("few") + 1;
        self.known.learn(&feed, &reading, end, entry);
    }

    /// Learns rain from a date on: a number a day, `.` for none, a `?` behind one that may still change.
    pub fn rain(&mut self, name: &str, from: &str, text: &str) {
        self.steps(name, Variable::Precipitation, &format!("{from}T00:00:00Z"), 24, text);
    }

    /// The same of any variable from an instant on, a number for each so many hours.
    pub fn steps(&mut self, name: &str, variable: Variable, from: &str, hours: i64, text: &str) {
        let mut start = at(from);
        for word in text.split_whitespace() {
            let end = start + TimeDelta::hours(hours);
            let (word, vintage) = match word.strip_suffix('?') {
                Some(word) => (word, Vintage::Provisional),
                None => (word, Vintage::Final),
            };
            if word != "." {
                self.learn_as(name, variable, (start, end), word, vintage);
            }
            start = end;
        }
    }

    /// The inputs when all is over.
    pub fn inputs(&self) -> Inputs<'_> {
        Inputs::new(&self.known, self.period.ends + TimeDelta::days(9), &self.policy, &self.period, self.period.ends)
    }

    /// Evaluates blocks over inputs.
    pub fn evaluate_with(&self, blocks: Vec<BlockText>, inputs: &Inputs<'_>, trace: &mut Trace) -> Evaluation {
        let last = blocks.last().expect("a block").unit;
        let pipeline = Pipeline { blocks, kind: IndexKind::Number { unit: last, rising: false, falling: false } };
        evaluate(&pipeline, inputs, &mut Baselines::default(), trace)
    }

    /// Evaluates blocks over the whole period: a number as it prints, or the code of why there is none.
    pub fn number(&self, blocks: Vec<BlockText>) -> String {
        self.number_with(blocks, &self.inputs())
    }

    /// The same over other inputs.
    pub fn number_with(&self, blocks: Vec<BlockText>, inputs: &Inputs<'_>) -> String {
        match self.evaluate_with(blocks, inputs, &mut Trace::off()).index {
            Ok(Index::Number(number)) => number.to_string(),
            Ok(other) => format!("{other:?}"),
            Err(reason) => reason.code().to_owned(),
        }
    }

    /// The values of the series behind the last block but the reducer, `.` where one is missing.
    pub fn series(&self, blocks: Vec<BlockText>) -> String {
        self.series_with(blocks, &self.inputs())
    }

    /// The same over other inputs.
    pub fn series_with(&self, mut blocks: Vec<BlockText>, inputs: &Inputs<'_>) -> String {
        blocks.push(block(Block::Reduce(crate::contract::Reducer::Sum)));
        let mut trace = Trace::with_values();
        let evaluation = self.evaluate_with(blocks, inputs, &mut trace);
        let steps = trace.steps();
        if let Err(reason) = evaluation.index {
            return reason.code().to_owned();
        }
        let values = |step: &Step| step.values.clone();
        let last = steps.iter().rev().find_map(values).expect("a series");
        let words: Vec<_> =
            last.iter().map(|(_, value)| value.map_or(".".to_owned(), |value| value.to_string())).collect();
        words.join(" ")
    }
}
