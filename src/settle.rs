//! One pure call from what was known to what is owed. The daemon, `replay` and `explain` all come through here.

use std::collections::BTreeSet;

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};

use crate::calendar::Period;
use crate::contract::{Cover, EventPay, Grain, Grid, IndexKind, Level, Limb, Policy, Shape, SourceName};
use crate::index::{
    Evaluation, Index, Inputs, SourceUse, Step, Storm, Trace, Undetermined, evaluate, point_value, series_of,
};
use crate::observation::Knowledge;
use crate::payout::{arithmetic, band_of, band_words, pay, pay_grid};
use crate::quantity::{Exact, Fixed, Money, Overflow, Unit};

/// One cover of one policy over one period: what is settled once.
#[derive(Clone, Copy)]
pub struct Terms<'a> {
    /// The policy with its product.
    pub policy: &'a Policy,
    /// The cover, one of the product's.
    pub cover: &'a Cover,
    /// The period, one of the cover's window.
    pub period: &'a Period,
    /// When the policy was bound: the longest wait does not begin before.
    pub bound_at: DateTime<Utc>,
    /// Minor units that the policy's final determinations have paid so far.
    pub eroded: i64,
}

/// What comes out for the insured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Money is owed.
    Pays,
    /// None is.
    NothingDue,
    /// There is no index, so nothing is owed and nothing is refused.
    Undetermined,
}

impl Outcome {
    /// All.
    pub const ALL: [Self; 3] = [Self::Pays, Self::NothingDue, Self::Undetermined];

    /// The outcome that a word names.
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.word() == word)
    }

    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pays => "pays",
            Self::NothingDue => "nothing_due",
            Self::Undetermined => "undetermined",
        }
    }
}

impl serde::Serialize for Outcome {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

/// A settlement as known at an instant.
#[derive(Clone, Debug)]
pub struct Settlement {
    /// What comes out.
    pub outcome: Outcome,
    /// The stable word for why.
    pub reason_code: &'static str,
    /// Why, in a sentence.
    pub reason: String,
    /// The index as a decimal, with its unit.
    pub index: Option<(String, Unit)>,
    /// Where it begins to pay: `< 230 mm`.
    pub trigger: String,
    /// What is owed, rounded to the minor unit.
    pub amount: Money,
    /// Whether it may be final: the lag has passed, and all readings are there or the waiting is over.
    pub may_be_final: bool,
    /// Whether readings that are not there are waited for no longer.
    pub waited_out: bool,
    /// What each source gave.
    pub uses: Vec<SourceUse>,
    /// The ledger entries that hold the readings used.
    pub recorded_by: BTreeSet<i64>,
    /// The way of the number, where it was asked for.
    pub trace: Vec<Step>,
}

impl Terms<'_> {
    /// The instant after which the settlement is final as it stands.
    pub fn deadline(&self) -> DateTime<Utc> {
        let wait = TimeDelta::seconds(self.policy.product.settlement.longest_wait);
        self.period.ends.max(self.bound_at) + wait
    }

    /// The instant before which nothing is final.
    pub fn lag_over(&self) -> DateTime<Utc> {
        self.period.ends + TimeDelta::seconds(self.policy.product.settlement.lag)
    }

    fn inputs<'k>(&'k self, known: &'k Knowledge, as_of: DateTime<Utc>, until: DateTime<Utc>) -> Inputs<'k> {
        Inputs::new(known, as_of, self.policy, self.period, until)
    }
}

/// Where a settlement stands in time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    /// The period runs.
    Running,
    /// The period is over, readings are still waited for.
    Late,
    /// All readings are there.
    Read,
    /// They are not, and the waiting is over.
    WaitedOut,
}

/// Settles a cover over a period as known at `as_of`.
///
/// While the period runs, and while readings are late, only a cover whose amount no later reading can take back has an
/// outcome; it is never final.
pub fn settle(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>, mut trace: Trace) -> Settlement {
    let whole = terms.inputs(known, as_of, terms.period.ends);
    let reach = Reach::of(terms, known, as_of);
    let stage = stage(terms, &whole, &reach, as_of);
    let (evaluations, result) = match stage {
        Stage::Read | Stage::WaitedOut => {
            let evaluations = evaluate_all(terms.cover, &whole, &mut trace);
            let result = combine(terms, &evaluations, &mut trace);
            (evaluations, result)
        }
        Stage::Running | Stage::Late => {
            let read_to = reach.any.unwrap_or(terms.period.begins).min(as_of);
            let read_to = read_to.clamp(terms.period.begins, terms.period.ends);
            let evaluations = evaluate_all(terms.cover, &terms.inputs(known, as_of, read_to), &mut trace);
            let open = match stage {
                Stage::Running => Undetermined::PeriodRunning { until: terms.period.ends },
                _ => Undetermined::DataIncomplete { reached: reach.first, until: terms.deadline() },
            };
            let so_far =
                if terms.cover.ratchets() { combine(terms, &evaluations, &mut trace) } else { Err(open.clone()) };
            let sure = so_far.ok().filter(|result| result.amount.is_positive());
            (evaluations, sure.map(CoverResult::so_far).ok_or(open))
        }
    };
    let settlement = conclude(terms, evaluations, result, trace);
    // What is undetermined may still be mended by late readings, as long as they are waited for.
    let over = as_of >= terms.deadline();
    let undetermined = settlement.outcome == Outcome::Undetermined;
    let may_be_final =
        matches!(stage, Stage::Read | Stage::WaitedOut) && as_of >= terms.lag_over() && (over || !undetermined);
    Settlement { may_be_final, waited_out: over && (undetermined || stage == Stage::WaitedOut), ..settlement }
}

fn stage(terms: &Terms<'_>, whole: &Inputs<'_>, reach: &Reach, as_of: DateTime<Utc>) -> Stage {
    if as_of < terms.period.ends {
        return Stage::Running;
    }
    // Where nothing behind the period has come yet, every slot of it may still be filled.
    let is_series = |limb: &Limb| matches!(limb.pipeline.kind, IndexKind::Number { .. });
    let full = || {
        terms.cover.limbs.iter().all(is_series)
            && evaluate_all(terms.cover, whole, &mut Trace::off()).iter().all(|evaluation| evaluation.full)
    };
    if reach.first.is_some_and(|reached| reached >= terms.period.ends) || full() {
        return Stage::Read;
    }
    if as_of >= terms.deadline() { Stage::WaitedOut } else { Stage::Late }
}

/// How far the readings of a cover reach.
struct Reach {
    /// Those of the first source of each series; the least of them.
    first: Option<DateTime<Utc>>,
    /// Those of any source.
    any: Option<DateTime<Utc>>,
}

impl Reach {
    fn of(terms: &Terms<'_>, known: &Knowledge, as_of: DateTime<Utc>) -> Self {
        let reads = terms.cover.reads();
        let reached = reads.iter().map(|read| {
            let watermark = |source: &SourceName| match series_of(source, terms.policy, read.variable) {
                // Storms and reports come when they come: what counts is how far the feed has been heard.
                Some(series) if read.grain != Some(Grain::Report) => {
                    let seconds = known.series(&series)?.watermark(as_of)?;
                    DateTime::from_timestamp(seconds, 0)
                }
                _ => known.heard_until(&source.feed, as_of),
            };
            let sources = read.sources(&terms.policy.product);
            (sources.first().and_then(watermark), sources.iter().filter_map(watermark).max())
        });
        let (first, any): (Vec<_>, Vec<_>) = reached.unzip();
        // `None` orders before every instant: one series without a reading and nothing is reached.
        Self { first: first.into_iter().min().flatten(), any: any.into_iter().min().flatten() }
    }
}

fn evaluate_all(cover: &Cover, inputs: &Inputs<'_>, trace: &mut Trace) -> Vec<Evaluation> {
    let several = cover.limbs.len() > 1;
    let each = cover.limbs.iter().map(|limb| {
        if several {
            trace.add(&format!("limb {}", limb.id), String::new);
        }
        evaluate(&limb.pipeline, inputs, trace)
    });
    each.collect()
}

/// What a limb or a cover comes to, before an aggregate.
struct CoverResult {
    index: Option<(Exact, Unit)>,
    amount: Exact,
    reason_code: &'static str,
    reason: String,
}

impl CoverResult {
    /// The same, of a period that runs: no later reading can take the amount back.
    fn so_far(self) -> Self {
        Self { reason_code: "pays_so_far", reason: format!("{}; more may be due, less cannot", self.reason), ..self }
    }
}

/// The limb that pays most, the first of equal ones. A limb without an index leaves the cover undetermined, unless
/// another pays already the most that the cover can pay.
fn combine(terms: &Terms<'_>, evaluations: &[Evaluation], trace: &mut Trace) -> Result<CoverResult, Undetermined> {
    let mut best: Option<CoverResult> = None;
    let mut undetermined = None;
    for (limb, evaluation) in terms.cover.limbs.iter().zip(evaluations) {
        let result = match &evaluation.index {
            Ok(index) => limb_result(terms, limb, index, trace),
            Err(reason) => Err(reason.clone()),
        };
        match result {
            Ok(result) if best.as_ref().is_none_or(|best| result.amount > best.amount) => best = Some(result),
            Ok(_) => {}
            Err(reason) => undetermined = undetermined.or(Some(reason)),
        }
    }
    let most = terms.cover.most().and_then(|amount| terms.policy.amount(amount));
    match (best, undetermined) {
        (Some(best), None) => Ok(best),
        (Some(best), Some(_)) if most.is_some_and(|most| best.amount >= most) => Ok(best),
        (_, Some(reason)) => Err(reason),
        (None, None) => unreachable!("a cover has a limb"),
    }
}

fn limb_result(terms: &Terms<'_>, limb: &Limb, index: &Index, trace: &mut Trace) -> Result<CoverResult, Undetermined> {
    let unit = limb.pipeline.blocks.last().expect("an index has a block").unit;
    let result = match (index, &limb.shape) {
        (Index::Number(value), shape) => number_result(terms, shape, *value, unit)?,
        (Index::Events(storms), shape) => {
            let extreme = |a: Exact, b: Exact| if shape.falls() { a < b } else { a > b };
            let events = storms.iter().map(|storm| {
                let paid = pay(shape, terms.policy, terms.period.span.first, storm.value)?;
                Ok(Event { storm: storm.name.clone(), index: storm.value, paid, at: storm.at })
            });
            let events = events.collect::<Result<Vec<_>, Overflow>>()?;
            events_result(terms, events, unit, extreme, &trigger(shape, terms.period.span.first, unit), trace)?
        }
        (Index::Points(storms), Shape::Grid(grid)) => {
            let events = storms.iter().map(|storm| {
                let (paid, at) = pay_grid(grid, terms.policy, storm)?;
                Ok(Event { storm: storm.id.clone(), index: grid_index(grid, storm)?, paid, at })
            });
            let events = events.collect::<Result<Vec<_>, Undetermined>>()?;
            events_result(terms, events, grid.rows.unit(), |a, b| a > b, "its cell of the grid", trace)?
        }
        (Index::Points(_), _) => unreachable!("points are paid by a grid, which was checked when it was read"),
    };
    trace.add(&limb.payout_text, || {
        let sum = format!("{} {}", result.amount, terms.policy.product.currency);
        match (index, result.index) {
            (Index::Number(value), _) => {
                let way = arithmetic(&limb.shape, terms.policy, terms.period.span.first, *value, unit);
                format!("{way} = {sum}")
            }
            _ => format!("{} = {sum}", result.reason),
        }
    });
    Ok(result)
}

/// The largest number of the grid's rows among the storm's points.
fn grid_index(grid: &Grid, storm: &Storm) -> Result<Exact, Undetermined> {
    let values: Result<Vec<_>, _> = storm.points.iter().map(|point| point_value(storm, point, grid.rows)).collect();
    Ok(values?.into_iter().max().expect("a storm has a point"))
}

fn number_result(terms: &Terms<'_>, shape: &Shape, value: Exact, unit: Unit) -> Result<CoverResult, Overflow> {
    let first_day = terms.period.span.first;
    let amount = pay(shape, terms.policy, first_day, value)?;
    let reason = match shape {
        Shape::Bands { closed, bands } => {
            let band = band_of(*closed, bands, value);
            format!("{value} {unit} lies in the band {}", band_words(*closed, band, unit))
        }
        _ if amount.is_positive() => format!("{value} {unit} is {}", trigger(shape, first_day, unit)),
        _ => format!("{value} {unit} is not {}", trigger(shape, first_day, unit)),
    };
    let reason_code = if amount.is_positive() { "strike_reached" } else { "strike_not_reached" };
    Ok(CoverResult { index: Some((value, unit)), amount, reason_code, reason })
}

/// What one storm came to.
struct Event {
    storm: String,
    index: Exact,
    paid: Exact,
    at: i64,
}

/// All storms of a period together.
fn events_result(
    terms: &Terms<'_>,
    events: Vec<Event>,
    unit: Unit,
    more_extreme: impl Fn(Exact, Exact) -> bool,
    trigger: &str,
    trace: &mut Trace,
) -> Result<CoverResult, Overflow> {
    let currency = terms.policy.product.currency;
    let rule = terms.cover.events.expect("a cover on storms says which of them pay");
    let mut amount = Exact::ZERO;
    for event in &events {
        amount = match rule {
            EventPay::Largest => amount.max(event.paid),
            EventPay::Each { limit } => amount.plus(event.paid)?.min(terms.policy.amount(limit).ok_or(Overflow)?),
        };
        trace.add(&format!("storm {}", event.storm), || {
            let at = DateTime::from_timestamp(event.at, 0).unwrap_or_default();
            let (index, paid) = (shown(event.index), event.paid);
            format!(
                "{index} {unit}: {paid} {currency} (from {}); so far {amount} {currency}",
                at.format("%Y-%m-%d %H:%MZ")
            )
        });
    }
    let mut leading: Option<&Event> = None;
    for event in &events {
        let ahead =
            |best: &Event| event.paid > best.paid || (event.paid == best.paid && more_extreme(event.index, best.index));
        if leading.is_none_or(ahead) {
            leading = Some(event);
        }
    }
    let Some(leading) = leading else {
        let reason = "no storm came into the area".to_owned();
        return Ok(CoverResult { index: None, amount, reason_code: "no_event", reason });
    };
    let paying = events.iter().filter(|event| event.paid.is_positive()).count();
    let named = leading.named(unit);
    let reason = match (paying, events.len(), rule) {
        (0, 1, _) => format!("storm {named} does not reach {trigger}"),
        (0, many, _) => format!("{many} storms came into the area, none reaches {trigger}; the nearest to it: {named}"),
        (1, _, _) | (_, _, EventPay::Largest) => {
            format!("storm {named} {}", if events.len() == 1 { "pays" } else { "pays most" })
        }
        (_, _, EventPay::Each { .. }) => format!("{paying} storms pay, most of them {named}"),
    };
    let reason_code = if paying > 0 { "strike_reached" } else { "strike_not_reached" };
    Ok(CoverResult { index: Some((leading.index, unit)), amount, reason_code, reason })
}

impl Event {
    /// `2024253N11148 of 2024-09-15 with 72.5 kt`.
    fn named(&self, unit: Unit) -> String {
        let at = DateTime::from_timestamp(self.at, 0).unwrap_or_default();
        format!("{} of {} with {} {unit}", self.storm, at.format("%Y-%m-%d"), shown(self.index))
    }
}

/// An index for people and for the ledger: a decimal of at most twelve places where they hold it, else of six.
fn shown(value: Exact) -> String {
    let six = || value.round_to(Fixed::from_micros(1), crate::quantity::Rounding::HalfUp).ok();
    value.decimal(12).or_else(|| six().map(|six| six.to_string())).unwrap_or_else(|| value.to_string())
}

/// Where a shape begins to pay: `< 230 mm`.
pub fn trigger(shape: &Shape, first_day: NaiveDate, unit: Unit) -> String {
    let at = |sign: &str, level: &Level| match level.on(first_day) {
        Some(level) => format!("{sign} {level} {unit}"),
        None => sign.to_owned(),
    };
    match shape {
        Shape::Tick { when, strike, .. } | Shape::Linear { when, strike, .. } | Shape::Digital { when, strike, .. } => {
            at(when.sign(), strike)
        }
        Shape::Bands { bands, .. } => format!("in {} bands", bands.len()),
        Shape::Grid(grid) => format!("in a grid of {} by {}", grid.rows.word(), grid.columns.word()),
    }
}

/// The aggregate, the rounding, and everything that the ledger and the reader need.
fn conclude(
    terms: &Terms<'_>,
    evaluations: Vec<Evaluation>,
    result: Result<CoverResult, Undetermined>,
    mut trace: Trace,
) -> Settlement {
    let product = &terms.policy.product;
    let first = &terms.cover.limbs[0];
    let unit = first.pipeline.blocks.last().expect("an index has a block").unit;
    let triggers = terms.cover.limbs.iter().map(|limb| {
        let unit = limb.pipeline.blocks.last().map_or(unit, |block| block.unit);
        trigger(&limb.shape, terms.period.span.first, unit)
    });
    let trigger = triggers.collect::<Vec<_>>().join(", or ");
    let paid = result.and_then(|result| Ok((aggregate(terms, &result, &mut trace)?, result)));
    let mut uses = Vec::new();
    let mut recorded_by = BTreeSet::new();
    for evaluation in evaluations {
        uses.extend(evaluation.uses);
        recorded_by.extend(evaluation.recorded_by);
    }
    let settlement = Settlement {
        outcome: Outcome::Undetermined,
        reason_code: "",
        reason: String::new(),
        index: None,
        trigger,
        amount: Money::zero(product.currency),
        may_be_final: false,
        waited_out: false,
        uses,
        recorded_by,
        trace: Vec::new(),
    };
    match paid {
        Err(reason) => {
            trace.add("outcome", || format!("undetermined: {reason}"));
            let (reason_code, reason) = (reason.code(), reason.to_string());
            Settlement { reason_code, reason, trace: trace.steps(), ..settlement }
        }
        Ok((amount, result)) => {
            let pays = amount.minor() > 0;
            let exhausted = !pays && result.amount.is_positive();
            let outcome = if pays { Outcome::Pays } else { Outcome::NothingDue };
            trace.add("outcome", || format!("{}: {amount}", outcome.word()));
            let whole = Money::round(result.amount, product.currency, product.settlement.rounding);
            let (reason_code, reason) = if exhausted {
                ("limit_used_up", format!("{}, but nothing is left of the policy's limit", result.reason))
            } else if whole.is_ok_and(|whole| whole != amount) {
                (result.reason_code, format!("{}; cut to what was left of the policy's limit", result.reason))
            } else {
                (result.reason_code, result.reason)
            };
            let index = result.index.map(|(value, unit)| (shown(value), unit));
            Settlement { outcome, reason_code, reason, index, amount, trace: trace.steps(), ..settlement }
        }
    }
}

/// What is left of the aggregate caps the amount; then it is rounded, once.
fn aggregate(terms: &Terms<'_>, result: &CoverResult, trace: &mut Trace) -> Result<Money, Undetermined> {
    let product = &terms.policy.product;
    let mut amount = result.amount;
    if let Some(limit) = product.aggregate {
        let limit = terms.policy.amount(limit).ok_or(Undetermined::Overflow)?;
        let before = Money::from_minor(terms.eroded, product.currency)?;
        let left = limit.minus(before.units())?.max(Exact::ZERO);
        amount = amount.min(left);
        trace.add("aggregate", || {
            format!("{limit} {0} for all, {before} paid before, {left} {0} left", product.currency)
        });
    }
    Ok(Money::round(amount, product.currency, product.settlement.rounding)?)
}
