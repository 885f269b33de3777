//! `/v1/payouts`: the payout log.

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use utoipa::IntoParams;

use super::accept::ROWS;
use super::answer::{Parquet, Wanted};
use super::asked::{Asked, FromPairs, Named, Pairs};
use super::payout::{Payout, Payouts};
use super::words;
use crate::access::Caller;
use crate::ledger::{self, Ask, Cursor, Filter, Order, PayoutRow, Reader, Scope};
use crate::publish::app::App;
use crate::publish::problem::Problem;
use crate::publish::scope;
use crate::settle::Outcome;

/// Which payouts.
#[derive(Clone, Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of one policy.
    policy: Option<String>,
    /// Of one product with its version.
    #[param(example = "leafy-greens@1")]
    product: Option<String>,
    /// Of one cover.
    cover: Option<String>,
    /// Of policies of one book.
    book: Option<String>,
    /// With this outcome.
    #[param(value_type = Option<words::Outcome>, inline)]
    outcome: Option<Outcome>,
    /// In this state.
    #[param(value_type = Option<words::State>, inline)]
    state: Option<ledger::State>,
    /// Periods whose last day is this one or later.
    #[param(value_type = Option<String>, format = Date)]
    period_end_from: Option<NaiveDate>,
    /// Periods whose last day is this one or earlier.
    #[param(value_type = Option<String>, format = Date)]
    period_end_to: Option<NaiveDate>,
    /// Determined at this instant or later.
    #[param(value_type = Option<String>, format = DateTime)]
    determined_from: Option<DateTime<Utc>>,
    /// Determined before this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    determined_to: Option<DateTime<Utc>>,
    /// What the ledger said at this instant. Rows that came later, and what has happened to them since, are left out.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<DateTime<Utc>>,
    /// Also determinations that a later one has taken the place of.
    #[param(value_type = Option<bool>)]
    history: bool,
    /// `newest` first, which is so where nothing is said, or by `policy`, cover and period.
    #[param(value_type = Option<words::Order>, inline)]
    order: Order,
    /// How many rows, 100 where nothing is said.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 1000)]
    limit: usize,
    /// What stood under `next` in the answer before, to the same question.
    #[param(value_type = Option<String>)]
    cursor: Option<Cursor>,
}

impl FromPairs for Which {
    fn read(pairs: &Pairs) -> Result<Self, Problem> {
        let text = |name| pairs.text(name).map(str::to_owned);
        let words = [Order::Newest, Order::Policy].map(|order| (order, words::word(words::Order::from(order))));
        let order = pairs.read("order", "newest or policy", |text| {
            words.iter().find(|(_, word)| word == text).map(|(order, _)| *order)
        })?;
        let order = order.unwrap_or_default();
        Ok(Self {
            policy: text("policy"),
            product: text("product"),
            cover: text("cover"),
            book: text("book"),
            outcome: pairs.word("outcome", &Outcome::ALL, Outcome::word)?,
            state: pairs.word("state", &ledger::State::ALL, ledger::State::word)?,
            period_end_from: pairs.day("period_end_from")?,
            period_end_to: pairs.day("period_end_to")?,
            determined_from: pairs.instant("determined_from")?,
            determined_to: pairs.instant("determined_to")?,
            as_of: pairs.instant("as_of")?,
            history: pairs.flag("history")?,
            order,
            limit: pairs.limit()?,
            cursor: pairs.cursor(|text| text.parse::<Cursor>().ok()?.of(order).ok())?,
        })
    }
}

impl Which {
    fn ask(self, scope: Scope) -> Ask {
        // What stood then is found among all that there is, and its state then is not that of today.
        let then = self.as_of.is_some();
        let until = self.as_of.and_then(|at| at.checked_add_signed(TimeDelta::milliseconds(1)));
        let filter = Filter {
            policy: self.policy,
            product: self.product,
            cover: self.cover,
            outcome: self.outcome,
            state: self.state.filter(|_| !then),
            all: self.history || then,
            ends_from: self.period_end_from,
            ends_to: self.period_end_to,
            determined_from: self.determined_from,
            determined_before: [self.determined_to, until].into_iter().flatten().min(),
            ..Filter::default()
        };
        Ask {
            filter,
            scope: within(scope, self.book),
            order: self.order,
            limit: self.limit,
            after: self.cursor,
            total: false,
        }
    }
}

/// What of a scope lies in a book.
fn within(scope: Scope, book: Option<String>) -> Scope {
    let Some(book) = book else { return scope };
    let one = || [book.clone()].into_iter().collect();
    match scope {
        Scope::All => Scope::Books(one()),
        Scope::Books(books) => Scope::Books(books.into_iter().filter(|seen| *seen == book).collect()),
        Scope::Either(books, _) if books.contains(&book) => Scope::Books(one()),
        // Which of these are in the book is seen when their rows are there.
        Scope::Either(_, policies) | Scope::Policies(policies) => Scope::Policies(policies),
    }
}

/// The payout log
///
/// The latest determination of each period, each payment in advance, and with `history=true` all that came before. The sum
/// of `payable_minor` over all of them, without `history`, is what is owed.
#[utoipa::path(
    get,
    path = "/payouts",
    operation_id = "list_payouts",
    tag = "payouts",
    params(Which),
    responses((status = 200, description = "A page of rows", content((Payouts = "application/json"), (String = "text/csv"), (Parquet = "application/vnd.apache.parquet")))),
    security(("token" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let form = wanted.form(ROWS)?;
    let (scope, now) = (caller.scope(), app.now());
    let (as_of, history, state, book) = (which.as_of, which.history, which.state, which.book.clone());
    let ask = which.ask(scope);
    let page = move |reader: &Reader| {
        let page = reader.page(&ask)?;
        let rows = match as_of {
            Some(as_of) => then(reader, page.rows, (as_of, history, state))?,
            None => page.rows,
        };
        let rows = if let (Scope::Policies(_), Some(book)) = (&ask.scope, &book) {
            of_book(reader, rows, book)?
        } else {
            rows
        };
        Ok((rows, page.next.map(|next| next.to_string())))
    };
    let (rows, next) = app.library().ask(page).await?;
    let rows: Vec<_> = rows.iter().map(|row| Payout::of(row, as_of.unwrap_or(now))).collect();
    Ok(wanted.rows(form, &rows, next))
}

/// Those of some rows that stood at an instant.
fn then(
    reader: &Reader,
    rows: Vec<PayoutRow>,
    (as_of, history, state): (DateTime<Utc>, bool, Option<ledger::State>),
) -> Result<Vec<PayoutRow>, Problem> {
    let size = reader.seen_at(as_of)?;
    let mut stood = Vec::new();
    for row in rows {
        let said = if history && row.seq < size { Some(row) } else { reader.said_at(row, size)? };
        stood.extend(said.filter(|row| state.is_none_or(|state| row.state == state)));
    }
    Ok(stood)
}

fn of_book(reader: &Reader, rows: Vec<PayoutRow>, book: &str) -> Result<Vec<PayoutRow>, Problem> {
    let mut kept = Vec::new();
    for row in rows {
        if reader.policy(&row.policy)?.is_some_and(|(_, policy)| policy.book() == book) {
            kept.push(row);
        }
    }
    Ok(kept)
}

/// At what instant.
#[derive(Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct When {
    /// What the ledger said at this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<DateTime<Utc>>,
}

impl FromPairs for When {
    fn read(pairs: &Pairs) -> Result<Self, Problem> {
        Ok(Self { as_of: pairs.instant("as_of")? })
    }
}

/// What stands for a period
///
/// The latest determination of one period of one cover of one policy.
#[utoipa::path(
    get,
    path = "/payouts/{policy}/{cover}/{start}",
    operation_id = "get_payout",
    tag = "payouts",
    params(
        ("policy" = String, Path, description = "The policy's id; a `/` in it is written %2F"),
        ("cover" = String, Path, description = "The cover's id"),
        ("start" = String, Path, description = "The first day of the period", format = Date),
        When
    ),
    responses((status = 200, description = "What stands", body = Payout)),
    security(("token" = []))
)]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Named((policy, cover, start)): Named<(String, String, String)>,
    wanted: Wanted,
    Asked(when): Asked<When>,
) -> Result<Response, Problem> {
    let id = format!("{policy}/{cover}/{start}");
    give(&app, caller, [policy, cover, start], id, when, wanted).await
}

/// A payment in advance
///
/// One of the payments that were made while a period ran.
#[utoipa::path(
    get,
    path = "/payouts/{policy}/{cover}/{start}/{number}",
    operation_id = "get_payment_in_advance",
    tag = "payouts",
    params(
        ("policy" = String, Path, description = "The policy's id; a `/` in it is written %2F"),
        ("cover" = String, Path, description = "The cover's id"),
        ("start" = String, Path, description = "The first day of the period", format = Date),
        ("number" = i64, Path, description = "The how-manieth of the period", minimum = 1),
        When
    ),
    responses((status = 200, description = "The payment", body = Payout)),
    security(("token" = []))
)]
pub async fn advance(
    State(app): State<App>,
    caller: Caller,
    Named((policy, cover, start, number)): Named<(String, String, String, String)>,
    wanted: Wanted,
    Asked(when): Asked<When>,
) -> Result<Response, Problem> {
    let id = format!("{policy}/{cover}/{start}/{number}");
    give(&app, caller, [policy, cover, start], id, when, wanted).await
}

async fn give(
    app: &App,
    caller: Caller,
    [policy, cover, start]: [String; 3],
    id: String,
    when: When,
    wanted: Wanted,
) -> Result<Response, Problem> {
    let now = app.now();
    let row = move |reader: &Reader| {
        scope::policy(reader, &caller.scope(), &policy)?;
        let row = match when.as_of {
            None => reader.payout(&id)?,
            Some(as_of) => {
                let filter = Filter { policy: Some(policy), cover: Some(cover), all: true, ..Filter::default() };
                let of_period = reader.payouts(&filter)?.into_iter();
                let of_period = of_period.filter(|row| row.id == id && row.period.start.to_string() == start);
                then(reader, of_period.collect(), (as_of, false, None))?.pop()
            }
        };
        row.filter(|row| row.id == id).ok_or_else(Problem::not_found)
    };
    let row = app.library().ask(row).await?;
    wanted.object(&Payout::of(&row, when.as_of.unwrap_or(now)))
}
