//! What the language has, and what of it a product uses: one table.
//!
//! What counts as one: each row of the table of blocks, so each reducer by itself, with each formula in place of the row
//! of all formulas; each kind of window; each shape of a payout; each modifier of its amount; each way in which amounts
//! of limbs, events, periods and covers come together.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use super::anchor::AnchorOf;
use super::blocks::BLOCKS;
use super::cover::Cover;
use super::events::EventPay;
use super::formula::FORMULAS;
use super::gate::GateRule;
use super::limb::{Limb, Together};
use super::payout::Shape;
use super::pipeline::names_of;
use super::product::Product;
use crate::calendar::Window;

/// Where in a term sheet a feature stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FeatureKind {
    /// In an index.
    Block,
    /// The window of a cover.
    Window,
    /// The shape of a payout.
    Payout,
    /// What is done to a payout's amount.
    Modifier,
    /// How amounts come together.
    Combinator,
}

impl FeatureKind {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Block => "block",
            Self::Window => "window",
            Self::Payout => "payout",
            Self::Modifier => "modifier",
            Self::Combinator => "combinator",
        }
    }
}

/// One thing that the language has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Feature {
    /// Where it stands.
    pub kind: FeatureKind,
    /// Its name there.
    pub name: &'static str,
}

impl std::fmt::Display for Feature {
    /// A block by its name alone, the rest with where they stand: `reduce sum`, `payout tick`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.kind {
            FeatureKind::Block => f.write_str(self.name),
            kind => write!(f, "{} {}", kind.word(), self.name),
        }
    }
}

const WINDOWS: &[&str] =
    &["cover", "dates", "each month", "each dekad", "each year", "anchor of the book", "anchor by search"];
const PAYOUTS: &[&str] = &["tick", "linear", "digital", "bands", "grid", "swap", "layer"];
const MODIFIERS: &[&str] = &["at_exit", "by_date", "deductible", "franchise", "minimum"];
const COMBINATORS: &[&str] = &[
    "best",
    "sum",
    "first",
    "gate",
    "gates all",
    "gates any",
    "events each",
    "events largest",
    "events at_most",
    "events spacing",
    "events skip",
    "waiting",
    "less",
    "less of another policy",
    "interim",
    "limit of a period",
    "limit of a cover",
    "aggregate",
    "reinstatements",
    "contest",
    "correction",
    "restate_from",
    "clawback",
    "purchase",
    "notice",
];

/// Everything that the language has, in the order of its pages.
pub static FEATURES: LazyLock<Vec<Feature>> = LazyLock::new(|| {
    let of = |kind: FeatureKind, names: &'static [&'static str]| names.iter().map(move |name| Feature { kind, name });
    let rows = BLOCKS.iter().flat_map(|row| match row.name {
        "formula" => FORMULAS.iter().map(|row| row.formula.block_name()).collect(),
        name => vec![name],
    });
    rows.map(|name| Feature { kind: FeatureKind::Block, name })
        .chain(of(FeatureKind::Window, WINDOWS))
        .chain(of(FeatureKind::Payout, PAYOUTS))
        .chain(of(FeatureKind::Modifier, MODIFIERS))
        .chain(of(FeatureKind::Combinator, COMBINATORS))
        .collect()
});

impl Product {
    /// What it uses of [`FEATURES`], in their order.
    pub fn features(&self) -> Vec<Feature> {
        let mut used = Used::default();
        self.covers.iter().for_each(|cover| used.cover(cover));
        if let Some(aggregate) = self.aggregate {
            used.combinator("aggregate", true);
            used.combinator("reinstatements", aggregate.reinstatements.is_some());
        }
        let correction = self.settlement.correction;
        used.combinator("contest", self.settlement.contest.is_some());
        used.combinator("correction", correction.is_some());
        used.combinator("restate_from", correction.is_some_and(|correction| correction.least.is_positive()));
        used.combinator("clawback", correction.is_some_and(|correction| correction.clawback));
        used.combinator("purchase", self.purchase.is_some());
        FEATURES.iter().filter(|feature| used.0.contains(feature)).copied().collect()
    }
}

#[derive(Default)]
struct Used(BTreeSet<Feature>);

impl Used {
    fn add(&mut self, kind: FeatureKind, name: &'static str) {
        let feature = Feature { kind, name };
        debug_assert!(FEATURES.contains(&feature), "{feature} is in no table");
        self.0.insert(feature);
    }

    fn combinator(&mut self, name: &'static str, there: bool) {
        if there {
            self.add(FeatureKind::Combinator, name);
        }
    }

    fn cover(&mut self, cover: &Cover) {
        let mut blocks = cover.pipelines().flat_map(super::Pipeline::block_names).collect();
        if let Some(AnchorOf::Search(search)) = cover.anchor.as_ref().map(|anchor| &anchor.of) {
            names_of(&search.branch, &mut blocks);
        }
        blocks.into_iter().for_each(|name| self.add(FeatureKind::Block, name));
        self.add(FeatureKind::Window, window(cover));
        cover.limbs.iter().for_each(|limb| self.limb(limb));
        self.combinators(cover);
    }

    fn limb(&mut self, limb: &Limb) {
        self.add(FeatureKind::Payout, payout(&limb.shape));
        let modifiers = &limb.modifiers;
        for (name, there) in [
            ("at_exit", matches!(limb.shape, Shape::Linear { at_exit: Some(_), .. })),
            ("by_date", !modifiers.by_date.is_empty()),
            ("deductible", modifiers.deductible.is_some()),
            ("franchise", modifiers.franchise.is_some()),
            ("minimum", modifiers.minimum.is_some()),
        ] {
            if there {
                self.add(FeatureKind::Modifier, name);
            }
        }
    }

    fn combinators(&mut self, cover: &Cover) {
        // One limb alone is combined with nothing, one gate alone neither.
        let limbs = cover.limbs.len() > 1;
        self.combinator("best", limbs && cover.together == Together::Best);
        self.combinator("sum", limbs && cover.together == Together::Sum);
        self.combinator("first", limbs && cover.together == Together::First);
        let gates = cover.gates.list.len();
        self.combinator("gate", gates > 0);
        self.combinator("gates all", gates > 1 && cover.gates.rule == GateRule::All);
        self.combinator("gates any", gates > 1 && cover.gates.rule == GateRule::Any);
        if let Some(events) = cover.events {
            self.combinator("events each", matches!(events.pay, EventPay::Each { .. }));
            self.combinator("events largest", events.pay == EventPay::Largest);
            self.combinator("events at_most", events.at_most.is_some());
            self.combinator("events spacing", events.spacing.is_some());
            self.combinator("events skip", events.skip > 0);
        }
        self.combinator("notice", cover.reads().iter().any(|read| read.told_within.is_some()));
        self.combinator("waiting", cover.waiting.is_some());
        self.combinator("less", cover.less_within().is_some());
        self.combinator("less of another policy", cover.less.as_ref().is_some_and(|less| less.policy.is_some()));
        self.combinator("interim", cover.interim.is_some());
        self.combinator("limit of a period", cover.limit.period.is_some());
        self.combinator("limit of a cover", cover.limit.cover.is_some());
    }
}

fn window(cover: &Cover) -> &'static str {
    match (cover.anchor.as_ref().map(|anchor| &anchor.of), cover.window) {
        (Some(AnchorOf::Column(_)), _) => "anchor of the book",
        (Some(AnchorOf::Search(_)), _) => "anchor by search",
        (None, Window::Cover) => "cover",
        (None, Window::Dates(..)) => "dates",
        (None, Window::EachMonth) => "each month",
        (None, Window::EachDekad) => "each dekad",
        (None, Window::EachYear) => "each year",
    }
}

fn payout(shape: &Shape) -> &'static str {
    match shape {
        Shape::Tick { .. } => "tick",
        Shape::Linear { .. } => "linear",
        Shape::Digital { .. } => "digital",
        Shape::Bands { .. } => "bands",
        Shape::Grid(_) => "grid",
        Shape::Swap { .. } => "swap",
        Shape::Layer { .. } => "layer",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{Faults, Source};

    #[test]
    fn every_feature_stands_in_the_table_once() {
        let distinct: BTreeSet<_> = FEATURES.iter().collect();
        assert_eq!(distinct.len(), FEATURES.len());
        let blocks = FEATURES.iter().filter(|feature| feature.kind == FeatureKind::Block).count();
        assert_eq!(blocks, BLOCKS.len() - 1 + FORMULAS.len(), "each formula stands for the row of all of them");
    }

    #[test]
    fn a_product_says_what_it_uses() {
        let used = |covers: &str| {
            let sheet = format!(
                r#"
[product]
id = "p"
version = 1
name = "P"
currency = "CNY"
day = {{ zone = "UTC", starts = "00:00" }}
[exposure]
sum_insured = "policy"
[policy]
sown = "date"
[data]
sources = ["f/s"]
missing = {{ at_most = "5 %", longest = "1 d" }}
[settlement]
lag = "1 d"
longest_wait = "9 d"
rounding = "half_up"
{covers}"#
            );
            let mut faults = Faults::new();
            let product = Product::read(&Source::new("p.toml", sheet), &mut faults);
            let product = product.unwrap_or_else(|| panic!("{}", faults.render(false)));
            product.features().iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let index = r#"[ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#;
        let payout = r#"{ when = "<", strike = "9 mm", pays = "9 %" }"#;
        let plain = "read, reduce sum";
        for (covers, features, why) in [
            (
                format!("[[cover]]\nid = \"a\"\nwindow = \"cover\"\nindex = {index}\npayout = {payout}"),
                format!("{plain}, window cover, payout digital"),
                "one limb is combined with nothing",
            ),
            (
                format!(
                    "[limit]\naggregate = \"9 %\"\nreinstatements = 1\n[[cover]]\nid = \"a\"\n\
                     window = {{ anchor = \"{{sown}}\", from = \"0 d\", to = \"9 d\" }}\ncombine = \"first\"\nwaiting = \"1 d\"\n\
                     [[cover.limb]]\nid = \"b\"\nindex = {index}\npayout = {payout}\n\
                     [[cover.limb]]\nid = \"c\"\nindex = {index}\n\
                     payout = {{ when = \"<\", strike = \"9 mm\", exit = \"1 mm\", limit = \"5 %\", at_exit = \"9 %\", minimum = \"1 %\" }}\n\
                     [[cover.gate]]\nid = \"g\"\nindex = {index}\nholds = \"< 9 mm\""
                ),
                format!(
                    "{plain}, window anchor of the book, payout linear, payout digital, modifier at_exit, \
                     modifier minimum, combinator first, combinator gate, combinator waiting, combinator aggregate, \
                     combinator reinstatements"
                ),
                "limbs, a gate, an aggregate",
            ),
            (
                format!(
                    "[[cover]]\nid = \"a\"\nwindow = {{ anchor = [ {{ read = \"air_temperature\", every = \"1 d\" }}, \
                     {{ meets = \"> 1 degC\" }} ], search = {{ from = \"05-01\", to = \"06-01\" }}, from = \"0 d\", \
                     to = \"9 d\", fallback = \"06-01\" }}\nindex = {index}\npayout = {payout}"
                ),
                "read, meets, reduce sum, window anchor by search, payout digital".to_owned(),
                "blocks of a search count",
            ),
        ] {
            assert_eq!(used(&covers), features, "{why}");
        }
    }
}
