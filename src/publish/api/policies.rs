//! `/v1/policies`: what is insured, as it was bound.

use std::collections::BTreeMap;

use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::{IntoParams, ToSchema};

use super::accept::ROWS;
use super::answer::{Columns, Parquet, Table, Wanted, moment};
use super::asked::{Asked, FromPairs, Named, Nothing, Pairs, entry};
use super::payout::{Payout, instant};
use crate::access::Caller;
use crate::ledger::{Ask, Cell, Filter, Holds, LedgerError, Order, Page, PolicyEntry, Reader, Scope, hex};
use crate::publish::app::App;
use crate::publish::problem::Problem;
use crate::publish::scope;

/// How many policies are looked at for one page.
const MOST_LOOKED_AT: usize = 4_000;
/// How many are read at a time.
const PIECE: usize = 500;

/// A policy as it was bound.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Policy {
    /// Its id.
    #[schema(example = "LG-2024-017")]
    pub id: String,
    /// The book that it is in.
    #[schema(example = "default")]
    pub book: String,
    /// The product with its version.
    #[schema(example = "leafy-greens@1")]
    pub product: String,
    /// SHA-256 of the term sheet.
    #[schema(pattern = "^[0-9a-f]{64}$")]
    pub terms: String,
    /// When it was bound.
    #[schema(format = DateTime)]
    pub bound_at: String,
    /// The number of the entry that binds it.
    #[schema(minimum = 0)]
    pub seq: i64,
    /// Its row of the book, each column's text.
    #[schema(example = json!({ "site": "Lingang", "area": "12.5 ha" }))]
    pub columns: BTreeMap<String, String>,
}

/// A page of policies.
#[derive(ToSchema)]
#[allow(dead_code, reason = "it describes what `Wanted::rows` writes")]
pub struct Policies {
    /// The policies, in the order in which they were bound. Fewer than asked for do not say that it is the last page.
    items: Vec<Policy>,
    /// What is sent as `cursor` for the next page; null behind the last one.
    next: Option<String>,
}

/// A policy with what was determined for it.
#[derive(Debug, Serialize, ToSchema)]
pub struct PolicyWithPayouts {
    /// As it was bound.
    #[serde(flatten)]
    policy: Policy,
    /// What stands for each period, by cover and period; at most 1,000. The rest is under `/v1/payouts?policy=`.
    payouts: Vec<Payout>,
}

impl Policy {
    fn of(seq: i64, policy: PolicyEntry) -> Self {
        Self {
            book: policy.book().to_owned(),
            id: policy.policy,
            product: policy.product,
            terms: hex(&policy.terms),
            bound_at: instant(policy.bound_at),
            seq,
            columns: policy.columns.into_iter().collect(),
        }
    }
}

impl Table for Policy {
    const NAME: &'static str = "policies";
    const COLUMNS: Columns<Self> = &[
        ("seq", Holds::Whole, |policy| Cell::whole(policy.seq)),
        ("id", Holds::Text, |policy| Cell::text(&policy.id)),
        ("book", Holds::Text, |policy| Cell::text(&policy.book)),
        ("product", Holds::Text, |policy| Cell::text(&policy.product)),
        ("terms", Holds::Text, |policy| Cell::text(&policy.terms)),
        ("bound_at", Holds::Instant, |policy| moment(&policy.bound_at)),
        ("columns", Holds::Text, |policy| {
            Cell::text(serde_json::to_string(&policy.columns).expect("texts can be written"))
        }),
    ];
}

/// Which policies.
#[derive(Clone, Debug, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// Of one book.
    book: Option<String>,
    /// Of one product with its version.
    product: Option<String>,
    /// Those that were bound at this instant.
    #[param(value_type = Option<String>, format = DateTime)]
    as_of: Option<DateTime<Utc>>,
    /// How many rows, 100 where nothing is said.
    #[param(value_type = Option<i32>, minimum = 1, maximum = 1000)]
    limit: usize,
    /// What stood under `next` in the answer before, to the same question.
    #[param(value_type = Option<String>)]
    cursor: Option<i64>,
}

impl FromPairs for Which {
    fn read(pairs: &Pairs) -> Result<Self, Problem> {
        Ok(Self {
            book: pairs.text("book").map(str::to_owned),
            product: pairs.text("product").map(str::to_owned),
            as_of: pairs.instant("as_of")?,
            limit: pairs.limit()?,
            cursor: pairs.cursor(entry)?,
        })
    }
}

/// Policies
///
/// All that the token sees, in the order in which they were bound.
#[utoipa::path(
    get,
    path = "/policies",
    operation_id = "list_policies",
    tag = "policies",
    params(Which),
    responses((status = 200, description = "A page of policies", content((Policies = "application/json"), (String = "text/csv"), (Parquet = "application/vnd.apache.parquet")))),
    security(("token" = []))
)]
pub async fn list(
    State(app): State<App>,
    caller: Caller,
    wanted: Wanted,
    Asked(which): Asked<Which>,
) -> Result<Response, Problem> {
    let form = wanted.form(ROWS)?;
    let (policies, next) = app.library().ask(move |reader| page(reader, &caller.scope(), &which)).await?;
    Ok(wanted.rows(form, &policies, next.map(|seq| seq.to_string())))
}

/// Policies of a page, and behind which entry the next one begins.
fn page(reader: &Reader, scope: &Scope, which: &Which) -> Result<(Vec<Policy>, Option<i64>), Problem> {
    let before = which.as_of.map_or_else(|| reader.seen(), |at| reader.seen_at(at))?;
    let (mut found, mut after, mut looked_at) = (Vec::new(), which.cursor.unwrap_or(-1), 0);
    loop {
        let piece = piece(reader, scope, after, before)?;
        let last = piece.len() < PIECE;
        for (seq, policy) in piece {
            (after, looked_at) = (seq, looked_at + 1);
            let asked = which.book.as_deref().is_none_or(|book| policy.book() == book)
                && which.product.as_deref().is_none_or(|product| policy.product == product);
            if asked && scope.sees(&policy.policy, policy.book()) {
                found.push(Policy::of(seq, policy));
            }
            if found.len() == which.limit {
                let more = !self::piece(reader, scope, after, before)?.is_empty();
                return Ok((found, more.then_some(after)));
            }
        }
        if last {
            return Ok((found, None));
        }
        if looked_at >= MOST_LOOKED_AT {
            return Ok((found, Some(after)));
        }
    }
}

/// Policies behind an entry, in their order: at least all that are seen of the next [`PIECE`].
fn piece(reader: &Reader, scope: &Scope, after: i64, before: i64) -> Result<Vec<(i64, PolicyEntry)>, LedgerError> {
    let most = i64::try_from(PIECE).expect("few");
    let (books, policies) = match scope {
        Scope::All => return reader.policies_after(after, before, most),
        Scope::Books(books) => (Some(books), None),
        Scope::Policies(policies) => (None, Some(policies)),
        Scope::Either(books, policies) => (Some(books), Some(policies)),
    };
    let mut found = BTreeMap::new();
    for book in books.into_iter().flatten() {
        found.extend(reader.policies_of(book, after, most)?);
    }
    for policy in policies.into_iter().flatten() {
        found.extend(reader.policy(policy)?.filter(|(seq, _)| *seq > after));
    }
    found.retain(|seq, _| *seq < before);
    Ok(found.into_iter().take(PIECE).collect())
}

/// A policy
///
/// As it was bound, with what stands for each of its periods.
#[utoipa::path(
    get,
    path = "/policies/{id}",
    operation_id = "get_policy",
    tag = "policies",
    params(("id" = String, Path, description = "The policy's id; a `/` in it is written %2F")),
    responses((status = 200, description = "The policy", body = PolicyWithPayouts)),
    security(("token" = []))
)]
pub async fn one(
    State(app): State<App>,
    caller: Caller,
    Named(id): Named<String>,
    wanted: Wanted,
    Asked(Nothing {}): Asked<Nothing>,
) -> Result<Response, Problem> {
    let now = app.now();
    let found = move |reader: &Reader| {
        let scope = caller.scope();
        let (seq, policy) = scope::policy(reader, &scope, &id)?;
        let filter = Filter { policy: Some(id), ..Filter::default() };
        let ask = Ask { filter, scope, order: Order::Policy, limit: Page::MOST, ..Ask::default() };
        let payouts = reader.page(&ask)?.rows.iter().map(|row| Payout::of(row, now)).collect();
        Ok(PolicyWithPayouts { policy: Policy::of(seq, policy), payouts })
    };
    wanted.object(&app.library().ask(found).await?)
}
