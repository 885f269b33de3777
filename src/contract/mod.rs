//! Term sheets and the book: what was agreed, checked when it is read. What exists here is valid.

mod anchor;
mod block;
mod blocks;
mod book;
mod checks;
mod comparison;
mod correction;
mod cover;
mod covers;
mod data_rules;
mod events;
mod exposure;
mod features;
mod files;
mod formula;
mod gate;
mod grain;
mod less;
mod limb;
mod limit;
mod literal;
mod most;
mod named_column;
mod payout;
mod pipeline;
mod policy;
mod product;
mod purchase;
mod reads;
mod reduce;
mod row_checks;
mod term_sheet;
mod track;
mod window;

pub use anchor::{Anchor, AnchorOf, Search};
pub use block::{Baseline, Block, BlockText, Branch, Compare, FormulaBlock, Labelled, LookupStep, NoReport, Phase};
pub use blocks::{BLOCKS, BlockRow, Flows, Form, KeyRow};
pub use book::{Book, BookSources};
pub use comparison::{Comparison, Operator};
pub use correction::Correction;
pub use cover::Cover;
pub use events::{EventPay, EventRule};
pub use exposure::SumRule;
pub use features::{FEATURES, Feature, FeatureKind};
pub use files::files_to_carry;
pub use formula::{FORMULAS, Formula, FormulaRow, QuantileMethod, Slot as FormulaSlot, Steps};
pub use gate::{Gate, GateRule, Gates};
pub use grain::Grain;
pub use less::{Less, Subtracted};
pub use limb::{Limb, Together};
pub use limit::{Aggregate, CoverLimit};
pub use literal::column_of;
pub use payout::{Amount, Axis, AxisOf, Band, Bounds, Closed, Coordinate, Grid, Level, Modifiers, Shape};
pub use pipeline::{IndexKind, Pipeline, names_dates};
pub use policy::{Given, Policy, RowPlace};
pub use product::{
    Column, ColumnKind, DataRules, Exposure, Fallback, Family, MissingRule, Product, Settlement, SourceName,
    VintageRule,
};
pub use purchase::{Latest, Purchase};
pub use reads::Read;
pub use reduce::{Combine, DayCount, EventTake, MemberTake, Reducer, Round, RunTake, Take};
pub use track::{Corner, FixTake, PointValue, Target, WindRule};
