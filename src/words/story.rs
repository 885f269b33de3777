//! The story of a determination for the insured: what was measured, what it came to, what follows, what it is in money, what
//! is missing, how binding it is.

use crate::contract::Policy;
use crate::ledger::{Determination, PayoutRow, State};
use crate::quantity::{Exact, Money};
use crate::settle::{Given, Outcome, Reason, Settlement};

use super::marks::Marks;
use super::speech::Speech;
use super::{Language, codes, given, reason, say};

/// What a story is made of: a determination, and the same computed again from the ledger.
#[derive(Clone, Copy)]
pub struct Told<'a> {
    /// The policy as it was bound.
    pub policy: &'a Policy,
    /// What the ledger says.
    pub determination: &'a Determination,
    /// What readers see of it: also whether it is held or void.
    pub state: State,
    /// The same computed again.
    pub settlement: &'a Settlement,
}

/// A story.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Story {
    /// Whose, of what, with what comes out.
    pub title: String,
    /// Its sentences in their order.
    pub sentences: Vec<Sentence>,
    /// What stands between two of them.
    between: &'static str,
}

/// What a sentence is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Topic {
    /// What was measured, where and when.
    Measured,
    /// The index, and what it is held against.
    Index,
    /// What is due.
    Money,
    /// What is missing.
    Missing,
    /// How binding it is, and until when.
    State,
}

impl Topic {
    /// The word for programs.
    pub fn word(self) -> &'static str {
        match self {
            Self::Measured => "measured",
            Self::Index => "index",
            Self::Money => "money",
            Self::Missing => "missing",
            Self::State => "state",
        }
    }
}

/// A sentence or several that belong together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sentence {
    /// What it is about.
    pub topic: Topic,
    /// Its text.
    pub text: String,
}

impl Story {
    /// The whole as one paragraph.
    pub fn text(&self) -> String {
        self.sentences.iter().map(|sentence| sentence.text.as_str()).collect::<Vec<_>>().join(self.between)
    }
}

/// The story of a determination.
pub fn story(told: &Told<'_>, language: Language) -> Story {
    let marks = Marks::default();
    let s = Speech { language, product: &told.policy.product, marks: &marks };
    let sources = told.determination.sources.clone().unwrap_or_else(|| told.settlement.sources());
    let parts = [
        (Topic::Measured, vec![measured(&s, told, &sources)]),
        (Topic::Index, reason::sentences(&s, &told.settlement.why)),
        (Topic::Money, money(&s, told)),
        (Topic::Missing, given::lacking(&s, &sources)),
        (Topic::State, state(&s, told)),
    ];
    let sentences = parts.into_iter().filter(|(_, texts)| !texts.is_empty());
    let sentences = sentences.map(|(topic, texts)| Sentence { topic, text: s.join(&texts) }).collect();
    Story { title: title(&s, told), sentences, between: if language == Language::English { " " } else { "" } }
}

/// Why a settlement comes out as it does, without what is around it.
pub fn why(policy: &Policy, why: &Reason, language: Language) -> String {
    let marks = Marks::default();
    let s = Speech { language, product: &policy.product, marks: &marks };
    s.join(&reason::sentences(&s, why))
}

/// How binding a row is, as readers of a table see it: `paid in advance 2`.
pub fn state_of(row: &PayoutRow, language: Language) -> String {
    row.state_as(codes::state(row.state, language))
}

fn title(s: &Speech<'_>, told: &Told<'_>) -> String {
    let Determination { policy, cover, period, outcome, amount, .. } = told.determination;
    let (days, state) = (s.span(period.start, period.end), codes::state(told.state, s.language));
    let word = codes::outcome(*outcome, s.language);
    let comes_out = match outcome {
        Outcome::Pays if amount.minor() < 0 => {
            let owed = s.paid(absolute(*amount));
            say!(s, "the insured owes {owed}", "应由被保险人支付{owed}")
        }
        Outcome::Pays => {
            let paid = s.paid(*amount);
            say!(s, "{word} {paid}", "{word}{paid}")
        }
        _ => word.to_owned(),
    };
    say!(
        s,
        "Policy {policy}, cover {cover}, {days}: {comes_out} ({state})",
        "保险单 {policy}，保障项目 {cover}，{days}：{comes_out}（{state}）"
    )
}

fn absolute(money: Money) -> Money {
    Money::from_minor(money.minor().abs(), money.currency()).expect("it is as large as the amount")
}

fn measured(s: &Speech<'_>, told: &Told<'_>, sources: &[Given]) -> String {
    let period = &told.determination.period;
    let (span, days) = (s.span(period.start, period.end), (period.end - period.start).num_days() + 1);
    let days = s.counted_i64(days, "insured day", "insured days", "个保险日");
    let what = given::measured(s, sources);
    let as_of = s.instant(told.determination.as_of);
    if what.is_empty() {
        return say!(
            s,
            "Over the period {span} ({days}) nothing had been measured as far as was known at {as_of}.",
            "期间为{span}（{days}）；本结果依据截至{as_of}已知的情况，届时尚无任何测量数据。"
        );
    }
    let what = s.list(&what);
    say!(
        s,
        "Over the period {span} ({days}) this rests on {what}, as known at {as_of}.",
        "期间为{span}（{days}），依据{what}，以截至{as_of}已知者为准。"
    )
}

/// What is due.
fn money(s: &Speech<'_>, told: &Told<'_>) -> Vec<String> {
    let Determination { outcome, amount, .. } = told.determination;
    let open = told.state.is_open();
    let text = match outcome {
        Outcome::Undetermined if open => {
            say!(s, "Whether anything is due cannot be said yet.", "目前尚不能确定是否应予赔付。")
        }
        Outcome::Undetermined => say!(
            s,
            "It could not be determined whether anything is due: nothing is owed, and nothing is refused.",
            "无法确定是否应予赔付：不发生赔付义务，亦不构成拒赔。"
        ),
        Outcome::NothingDue if open => say!(s, "As things stand nothing is due.", "按目前情况，无需赔付。"),
        Outcome::NothingDue => say!(s, "Nothing is due.", "无需赔付。"),
        Outcome::Pays if amount.minor() < 0 => {
            let owed = s.paid(absolute(*amount));
            if open {
                say!(s, "As things stand the insured would owe {owed}.", "按目前情况，应由被保险人支付{owed}。")
            } else {
                say!(s, "The insured owes {owed}.", "应由被保险人支付{owed}。")
            }
        }
        Outcome::Pays => {
            let due = s.paid(*amount);
            if told.state == State::Interim {
                say!(s, "In advance {due} is paid.", "现预付{due}。")
            } else if open {
                say!(s, "As things stand {due} would be due.", "按目前情况，应赔付{due}。")
            } else {
                say!(s, "{due} is due.", "应赔付{due}。")
            }
        }
    };
    vec![text]
}

/// How binding it is, and until when.
fn state(s: &Speech<'_>, told: &Told<'_>) -> Vec<String> {
    let life = &told.determination.life;
    let mut texts = vec![match told.state {
        State::Provisional => say!(
            s,
            "This is provisional: it follows the readings and may still change; nothing is owed yet.",
            "本结果为暂定结果，随读数更新，仍可能变化；目前不发生赔付义务。"
        ),
        State::Preliminary => match life.contested_until.map(|until| s.instant(until)) {
            Some(until) => say!(
                s,
                "This is preliminary and may be contested until {until}; if nothing changes by then it is final. Nothing is \
                 owed yet.",
                "本结果为初步结果，可在{until}之前提出异议；届时无变化的，即为终定。目前不发生赔付义务。"
            ),
            None => say!(s, "This is preliminary; nothing is owed yet.", "本结果为初步结果；目前不发生赔付义务。"),
        },
        State::Held => say!(
            s,
            "It is held back for review: until it is let go it does not become final, and nothing is owed.",
            "本结果正在复核，暂缓终定：放行之前不成为终定，不发生赔付义务。"
        ),
        State::Void => say!(
            s,
            "The period was given up: nothing is owed, and nothing follows.",
            "本期已作废：不发生赔付义务，亦无后续结果。"
        ),
        State::Interim => say!(
            s,
            "This payment is binding; the final result states the whole and what is left.",
            "本笔预付具有约束力；终定结果将载明总额及余额。"
        ),
        State::Final => say!(s, "This is final.", "本结果为终定。"),
        State::Restated => corrected(s, told),
    }];
    if let Some(until) = life.correctable_until.filter(|_| told.state.ends()) {
        let until = s.instant(until);
        texts.push(say!(
            s,
            "Readings that become known until {until} may still correct it.",
            "在{until}之前获知的读数仍可据以更正。"
        ));
    }
    texts
}

/// What a restatement corrects.
fn corrected(s: &Speech<'_>, told: &Told<'_>) -> String {
    let said = told.determination;
    let Some(before) = &said.life.corrects else {
        return say!(s, "This corrects an earlier result.", "本结果更正此前的结果。");
    };
    let cause = codes::cause(before.cause, s.language);
    let currency = said.amount.currency();
    let money = |minor: i64| Money::from_minor(minor, currency).map_or_else(|error| error.to_string(), |m| s.paid(m));
    let (was, delta, booked) = (
        money(before.amount),
        signed(s, said.amount.minor() - before.amount, &money),
        signed(s, said.booked(), &money),
    );
    let index = match &before.index {
        Some((value, unit)) => {
            let unit = crate::quantity::Unit::from_symbol(unit);
            let value = crate::quantity::Fixed::parse_rounded(value).map(Exact::from);
            match (value, unit) {
                (Ok(value), Some(unit)) => s.measure(value, unit),
                _ => say!(s, "another one", "另一数值"),
            }
        }
        None => say!(s, "none", "无"),
    };
    say!(
        s,
        "This corrects an earlier final result, as {cause}: the index was {index} and the amount {was} before; the difference \
         is {delta}, of which {booked} is booked.",
        "本结果更正此前的终定结果，原因：{cause}。原指数为{index}，原金额为{was}；差额为{delta}，其中入账{booked}。"
    )
}

/// A difference with its sign.
fn signed(s: &Speech<'_>, minor: i64, money: &impl Fn(i64) -> String) -> String {
    let text = money(minor.abs());
    match minor {
        0 => text,
        1.. => say!(s, "+{text}", "增加{text}"),
        _ => say!(s, "-{text}", "减少{text}"),
    }
}
