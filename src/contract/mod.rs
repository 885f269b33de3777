//! Term sheets and the book: what was agreed, checked when it is read. What exists here is valid.

mod block;
mod book;
mod cover;
mod data_rules;
mod literal;
mod payout;
mod pipeline;
mod policy;
mod product;
mod term_sheet;
mod window;

pub use block::{Block, BlockText, Comparison, FixTake, Grain, Operator, PointValue, Reducer, Take, WindRule};
pub use book::{Book, BookSources};
pub use payout::{Amount, Band, Closed, EventPay, Grid, Level, Shape};
pub use pipeline::{IndexKind, Pipeline};
pub use policy::{Given, Policy, RowPlace};
pub use product::{
    Column, ColumnKind, Cover, DataRules, Exposure, Fallback, Limb, MissingRule, Product, Settlement, SourceName,
};
