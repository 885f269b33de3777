//! A row of the book, its columns as properties. A field that is left empty is left out.

use super::kind::Kind;
use super::table::{Table, may, must};

pub(super) const DATE: Kind = Kind::Form("^[0-9]{4}-[0-9]{2}-[0-9]{2}$", "2026-06-01");

pub(super) static ROW: Table = Table::new(
    "a policy",
    "A policy: one row of the book. The columns that a product's [policy] names stand beside these",
    &[
        must("policy", Kind::Form("^[A-Za-z0-9._-]{1,60}$", "NY-001"), "The policy's number, once in the whole book"),
        must("product", Kind::Form("^[a-z0-9-]{1,60}@[1-9][0-9]*$", "leafy-greens@1"), "Product and version"),
        must("insured", Kind::Form(".", "Meadow Farm"), "The insured; never logged, not in the ledger"),
        may("book", Kind::Form("^.{1,60}$", "QS-2026"), "The insurer's book or treaty; `default` where none is named"),
        must("from", DATE, "The first insured day"),
        must("to", DATE, "The last insured day"),
        may("sum_insured", Kind::Money, "Where each policy has its sum insured"),
        may("units", Kind::Form(r"^[0-9]+(\.[0-9]+)? \S+$", "12.5 ha"), "Where amounts are for each unit"),
    ],
)
.with(r#"{ "additionalProperties": { "type": "string" } }"#);
