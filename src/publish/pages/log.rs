//! The payout log: filters in the address, page after page.

use std::fmt::Write as _;

use askama::Template;
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;

use super::amiss::Amiss;
use super::lines::Line;
use super::visit::{Look, Visit, segment};
use super::words::{Words, fill};
use crate::access::Caller;
use crate::ledger::{Ask, Cursor, Filter, Order, Page as Rows, State};
use crate::publish::problem::Problem;
use crate::settle::Outcome;

/// Lines of a page.
const LINES: usize = 50;

#[derive(Template)]
#[template(path = "payouts.html")]
struct Page<'p> {
    look: &'p Look,
    w: &'static Words,
    asked: &'p Asked,
    outcomes: Vec<Choice>,
    states: Vec<Choice>,
    lines: Vec<Line>,
    count: String,
    next: Option<String>,
    first: Option<String>,
    csv: String,
}

/// One of a list to choose from.
struct Choice {
    word: &'static str,
    name: &'static str,
    is_chosen: bool,
}

/// The filters as they stand in the address. What is empty is not asked.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// Of one policy.
    #[serde(default)]
    pub policy: String,
    /// Of one product.
    #[serde(default)]
    pub product: String,
    /// Of one cover.
    #[serde(default)]
    pub cover: String,
    /// With this outcome.
    #[serde(default)]
    pub outcome: String,
    /// In this state.
    #[serde(default)]
    pub state: String,
    /// Periods that end on this day or later.
    #[serde(default)]
    pub from: String,
    /// Periods that end on this day or earlier.
    #[serde(default)]
    pub to: String,
    /// With what was superseded, where it is not empty.
    #[serde(default)]
    pub history: String,
    /// Behind what the page begins.
    #[serde(default)]
    pub after: String,
}

impl Asked {
    /// What is asked of the ledger. Another's policy is as one that does not exist.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn ask(&self, caller: &Caller, limit: usize) -> Result<Ask, Problem> {
        let text = |text: &str| Some(text.trim().to_owned()).filter(|text| !text.is_empty());
        let day = |text: &str| {
            let parsed = text.trim().parse::<NaiveDate>();
            if text.trim().is_empty() { Ok(None) } else { parsed.map(Some) }
                .map_err(|_| Problem::bad(format!("`{}` is no date such as 2024-03-31", text.trim())))
        };
        let outcome = text(&self.outcome)
            .map(|word| Outcome::from_word(&word).ok_or_else(|| Problem::bad(format!("`{word}` is no outcome"))));
        let state = text(&self.state)
            .map(|word| State::from_word(&word).ok_or_else(|| Problem::bad(format!("`{word}` is no state"))));
        let after = text(&self.after).map(|text| {
            let cursor = text.parse::<Cursor>().and_then(|cursor| cursor.of(Order::Newest));
            cursor.map_err(|error| Problem::bad(error.to_string()))
        });
        let filter = Filter {
            policy: text(&self.policy),
            product: text(&self.product),
            cover: text(&self.cover),
            outcome: outcome.transpose()?,
            state: state.transpose()?,
            all: !self.history.is_empty(),
            ends_from: day(&self.from)?,
            ends_to: day(&self.to)?,
            ..Filter::default()
        };
        Ok(Ask { filter, scope: caller.scope(), limit, after: after.transpose()?, ..Ask::default() })
    }

    /// The filters as a query, without the place.
    pub fn query(&self) -> String {
        let pairs = [
            ("policy", &self.policy),
            ("product", &self.product),
            ("cover", &self.cover),
            ("outcome", &self.outcome),
            ("state", &self.state),
            ("from", &self.from),
            ("to", &self.to),
            ("history", &self.history),
        ];
        let mut query = String::new();
        for (name, value) in pairs.into_iter().filter(|(_, value)| !value.trim().is_empty()) {
            let join = if query.is_empty() { "" } else { "&" };
            _ = write!(query, "{join}{name}={}", segment(value.trim()));
        }
        query
    }
}

/// The page.
pub async fn page(visit: Visit) -> Result<Response, Amiss> {
    let look = &visit.look;
    let w = look.words();
    let asked: Asked = visit.asked()?;
    let ask = asked.ask(&visit.caller, LINES).map_err(|problem| look.amiss(problem))?;
    let Filter { outcome, state, .. } = ask.filter;
    let Rows { rows, next, .. } = visit.ask(move |reader| Ok(reader.page(&ask)?)).await?;
    let query = asked.query();
    let choice = |word, name, is_chosen| Choice { word, name, is_chosen };
    let joined = if query.is_empty() { "?".to_owned() } else { format!("?{query}&") };
    let page = Page {
        look,
        w,
        outcomes: Outcome::ALL.map(|one| choice(one.word(), w.outcome_word(one), outcome == Some(one))).into(),
        states: State::ALL.map(|one| choice(one.word(), w.state_word(one), state == Some(one))).into(),
        count: fill(w.rows_shown, &[&rows.len().to_string()]),
        lines: Line::all(&rows, look),
        next: next.map(|next| format!("{}/payouts{joined}after={next}", look.base())),
        first: (!asked.after.is_empty()).then(|| format!("{}/payouts?{query}", look.base())),
        csv: format!("{}/payouts.csv?{query}", look.base()),
        asked: &asked,
    };
    look.render(&page)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Role;

    fn auditor() -> Caller {
        Caller { name: Some("a".into()), role: Role::Auditor, books: Default::default(), policies: Default::default() }
    }

    #[test]
    fn what_cannot_be_read_is_said_and_what_is_empty_is_not_asked() {
        let none = Asked::default();
        assert_eq!(none.ask(&auditor(), 5).expect("nothing is asked"), Ask { limit: 5, ..Ask::default() });
        assert_eq!(none.query(), "");
        for (asked, fault) in [
            (Asked { outcome: "maybe".into(), ..none.clone() }, "`maybe` is no outcome"),
            (Asked { state: "open".into(), ..none.clone() }, "`open` is no state"),
            (Asked { from: "1.6.2013".into(), ..none.clone() }, "`1.6.2013` is no date such as 2024-03-31"),
            (Asked { after: "x".into(), ..none.clone() }, "this is no cursor of this program"),
        ] {
            let problem = asked.ask(&auditor(), 5).expect_err(fault);
            assert!(problem.detail().starts_with(fault), "{}", problem.detail());
        }
        let asked = Asked { policy: " a/b ".into(), state: "held".into(), history: "1".into(), ..none };
        let ask = asked.ask(&auditor(), 5).expect("good");
        assert_eq!(ask.filter.policy.as_deref(), Some("a/b"));
        assert!(ask.filter.all && ask.filter.state == Some(State::Held));
        assert_eq!(asked.query(), "policy=a%2Fb&state=held&history=1");
    }
}
