//! Term sheets and the book: what was agreed, checked when it is read. What exists here is valid.

mod block;
mod blocks;
mod book;
mod cover;
mod data_rules;
mod formula;
mod literal;
mod payout;
mod pipeline;
mod policy;
mod product;
mod reads;
mod term_sheet;
mod window;

pub use block::{
    Baseline, Block, BlockText, Branch, Combine, Compare, Comparison, Corner, DayCount, EventTake, FixTake,
    FormulaBlock, Grain, Labelled, LookupStep, MemberTake, NoReport, Operator, Phase, PointValue, Reducer, Round,
    RunTake, Take, Target, WindRule,
};
pub use blocks::{BLOCKS, BlockRow, Flows, Form, KeyRow};
pub use book::{Book, BookSources};
pub use formula::{FORMULAS, Formula, FormulaRow, QuantileMethod, Slot as FormulaSlot, Steps};
pub use payout::{Amount, Band, Closed, EventPay, Grid, Level, Shape};
pub use pipeline::{IndexKind, Pipeline};
pub use policy::{Given, Policy, RowPlace};
pub use product::{
    Column, ColumnKind, Cover, DataRules, Exposure, Fallback, Limb, MissingRule, Product, Settlement, SourceName,
};
pub use reads::Read;
