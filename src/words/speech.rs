//! Numbers, dates, times and comparisons, as either language writes them.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::calendar::MonthDay;
use crate::contract::{Amount, Comparison, Exposure, Grain, Operator, Product, Round};
use crate::quantity::{Currency, Exact, Money, Rounding, Unit};

use super::catalogue;
use super::marks::Marks;
use super::{Language, plain, say};

pub(super) const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// A product that is told in one language.
pub(super) struct Speech<'p> {
    pub language: Language,
    pub product: &'p Product,
    pub marks: &'p Marks,
}

pub(super) fn unit(symbol: &str) -> Unit {
    Unit::from_symbol(symbol).expect("the table has it")
}

impl Speech<'_> {
    /// A number that the policy gives, by the name of its column.
    fn given(&self, column: &str) -> String {
        say!(self, "the policy's {column}", "保险单载明的{column}值")
    }

    /// Whether the policy gives this number: nothing can be computed with it here.
    pub fn is_given(&self, value: impl Into<Exact>, unit: Unit) -> bool {
        self.marks.column(value.into(), unit).is_some()
    }

    /// `40 mm`, `3 days`, `the policy's threshold`.
    pub fn quantity(&self, value: impl Into<Exact>, unit: Unit) -> String {
        let value = value.into();
        if let Some(column) = self.marks.column(value, unit) {
            return self.given(column);
        }
        let one = value == Exact::from(1);
        let word = catalogue::unit(unit, one, self.language);
        let close = matches!(self.language, Language::Chinese) || word.is_empty();
        let is_money = Currency::from_code(unit.symbol()).is_some();
        let number = if is_money { grouped(&value.to_string()) } else { value.to_string() };
        if close { format!("{number}{word}") } else { format!("{number} {word}") }
    }

    /// The unit alone: `mm`, `days`.
    pub fn unit(&self, unit: Unit) -> String {
        catalogue::unit(unit, false, self.language)
    }

    /// One of a unit: `mm`, `day`.
    pub fn one(&self, unit: Unit) -> String {
        catalogue::unit(unit, true, self.language)
    }

    /// ` in mm`; nothing of a plain number.
    pub fn in_unit(&self, unit: Unit) -> String {
        let word = self.unit(unit);
        if word.is_empty() {
            return String::new();
        }
        say!(self, ", in {word}", "（{word}）")
    }

    /// A share of 0 to 1 in percent.
    pub fn share(&self, share: Exact) -> String {
        share.times(Exact::from(100)).map_or_else(|_| share.to_string(), |percent| self.quantity(percent, unit("%")))
    }

    /// A duration in the largest unit that makes it whole.
    pub fn seconds(&self, seconds: i64) -> String {
        let (divisor, symbol) = match seconds {
            seconds if seconds % 86_400 == 0 => (86_400, "d"),
            seconds if seconds % 3_600 == 0 => (3_600, "h"),
            seconds if seconds % 60 == 0 => (60, "min"),
            _ => (1, "s"),
        };
        self.quantity(Exact::from(seconds / divisor), unit(symbol))
    }

    /// An index or a reading with its unit, as readers of the ledger see it: `12,345.6 MWh`.
    pub fn measure(&self, value: impl Into<Exact>, unit: Unit) -> String {
        plain::quantity(value.into(), unit, self.language)
    }

    /// An amount to the minor unit: `60,000,000.00 CNY`, `人民币60,000,000.00元`.
    pub fn paid(&self, money: Money) -> String {
        plain::money(money, self.language)
    }

    /// Date and time in the zone of the contract: `16 September 2024, 08:00 (Asia/Shanghai)`.
    pub fn instant(&self, instant: DateTime<Utc>) -> String {
        let day = &self.product.day;
        plain::at(day.wall(instant), catalogue::zone(day.zone_name(), self.language), self.language)
    }

    /// `0 values`, `1 value`, `2 values`; in Chinese `2个数值`.
    pub fn counted(&self, count: usize, one: &str, several: &str, chinese: &str) -> String {
        let word = if count == 1 { one } else { several };
        say!(self, "{count} {word}", "{count}{chinese}")
    }

    /// The same of a number that the ledger keeps.
    pub fn counted_i64(&self, count: i64, one: &str, several: &str, chinese: &str) -> String {
        self.counted(usize::try_from(count).unwrap_or_default(), one, several, chinese)
    }

    /// `is` behind one, `are` behind several.
    pub fn are(&self, count: usize) -> &'static str {
        if count == 1 { "is" } else { "are" }
    }

    /// `has` behind one, `have` behind several.
    pub fn have(&self, count: usize) -> &'static str {
        if count == 1 { "has" } else { "have" }
    }

    /// What ends a sentence.
    pub fn stop(&self) -> &'static str {
        if self.language == Language::English { "." } else { "。" }
    }

    /// Sentences one behind the other.
    pub fn join(&self, sentences: &[String]) -> String {
        sentences.join(if self.language == Language::English { " " } else { "" })
    }

    /// From one day to another, both included.
    pub fn span(&self, first: NaiveDate, last: NaiveDate) -> String {
        let (from, to) = (self.date(first), self.date(last));
        if first == last { from } else { say!(self, "{from} to {to}", "{from}至{to}") }
    }

    /// So many days.
    pub fn days(&self, days: u64) -> String {
        self.quantity(Exact::from(i64::try_from(days).expect("a number of days is small")), unit("d"))
    }

    /// So many slots that follow one another: `3 days`, `48 hours`, `2 dekads`.
    pub fn slots(&self, slots: usize, grain: Grain) -> String {
        let count = i64::try_from(slots).expect("a number of slots is small");
        let of = |one: &str, several: &str, chinese: &str| match self.language {
            Language::English if count == 1 => format!("1 {one}"),
            Language::English => format!("{count} {several}"),
            Language::Chinese => format!("{count}个{chinese}"),
        };
        match grain {
            Grain::Step(step) if (count * step) % 3_600 == 0 => {
                self.quantity(Exact::from(count * step / 3_600), unit("h"))
            }
            Grain::Step(step) if (count * step) % 60 == 0 => self.quantity(Exact::from(count * step / 60), unit("min")),
            Grain::Step(step) => self.quantity(Exact::from(count * step), unit("s")),
            Grain::Day => self.quantity(Exact::from(count), unit("d")),
            Grain::Days(days) => self.quantity(Exact::from(count * i64::from(days)), unit("d")),
            Grain::Dekad => of("dekad", "dekads", "旬"),
            Grain::Month => of("month", "months", "月"),
            Grain::Year => of("year", "years", "年"),
            Grain::Phase => of("phase", "phases", "阶段"),
            Grain::Report => of("report", "reports", "报告"),
        }
    }

    /// One slot: `hour`, `day`, `10-minute step`.
    pub fn slot(&self, grain: Grain) -> String {
        let (english, chinese) = match grain {
            Grain::Step(3_600) => ("hour".to_owned(), "小时".to_owned()),
            Grain::Step(step) if step % 3_600 == 0 => {
                (format!("{}-hour step", step / 3_600), format!("{}小时时段", step / 3_600))
            }
            Grain::Step(step) if step % 60 == 0 => {
                (format!("{}-minute step", step / 60), format!("{}分钟时段", step / 60))
            }
            Grain::Step(step) => (format!("{step}-second step"), format!("{step}秒时段")),
            Grain::Day => ("day".to_owned(), "日".to_owned()),
            Grain::Days(days) => (format!("{days}-day stretch"), format!("{days}日时段")),
            Grain::Dekad => ("dekad".to_owned(), "旬".to_owned()),
            Grain::Month => ("month".to_owned(), "月".to_owned()),
            Grain::Year => ("year".to_owned(), "年".to_owned()),
            Grain::Phase => ("phase".to_owned(), "阶段".to_owned()),
            Grain::Report => ("report".to_owned(), "次报告".to_owned()),
        };
        say!(self, "{english}", "{chinese}")
    }

    /// `20 June`.
    pub fn month_day(&self, day: MonthDay) -> String {
        let date = day.in_year(2024).expect("a leap year has every day");
        let (number, month) = (date.day(), date.month());
        let name = month_name(date);
        say!(self, "{number} {name}", "{month}月{number}日")
    }

    /// `6 October 2021`.
    pub fn date(&self, date: NaiveDate) -> String {
        plain::date(date, self.language)
    }

    /// `1,200 CNY`: units of the product's currency, of which a policy may have many for its units of exposure.
    pub fn money(&self, amount: Exact) -> String {
        let code = self.product.currency.code();
        if let Some(unit) = Unit::from_symbol(code)
            && let Some(column) = self.marks.column(amount, unit)
        {
            return self.given(column);
        }
        let (number, currency) = (grouped(&amount.to_string()), catalogue::currency(code, self.language));
        say!(self, "{number} {currency}", "{number}{currency}")
    }

    /// `20 % of the sum insured`, `150 CNY for each mu`, `nothing`.
    pub fn amount(&self, amount: Amount) -> String {
        match amount {
            Amount::Share(value) | Amount::Money(value) if value.is_zero() => say!(self, "nothing", "不赔付"),
            Amount::Share(share) => {
                let share = self.share(share);
                say!(self, "{share} of the sum insured", "保险金额的{share}")
            }
            Amount::Money(money) => {
                let (money, each) = (self.money(money), self.for_each());
                say!(self, "{money}{each}", "{each}{money}")
            }
        }
    }

    /// ` for each mu` where amounts of money are for one unit of exposure.
    pub fn for_each(&self) -> String {
        let Exposure::PerUnit { unit, .. } = &self.product.exposure else { return String::new() };
        let one = self.one(*unit);
        say!(self, " for each {one}", "每{one}")
    }

    /// A comparison, and whether the bound itself meets it.
    pub fn comparison(&self, comparison: Comparison, unit: Unit) -> String {
        self.compared(comparison.operator, &self.quantity(comparison.bound, unit), unit)
    }

    pub fn compared(&self, operator: Operator, bound: &str, unit: Unit) -> String {
        let counted = unit.dimension() == self::unit("d").dimension();
        match operator {
            Operator::Below if counted => {
                say!(self, "less than {bound} ({bound} itself does not count)", "少于{bound}（不含{bound}）")
            }
            Operator::Below => {
                say!(self, "below {bound} ({bound} itself does not count)", "低于{bound}（不含{bound}）")
            }
            Operator::AtMost => say!(self, "at most {bound} ({bound} itself counts)", "不超过{bound}（含{bound}）"),
            Operator::Above => {
                say!(self, "more than {bound} ({bound} itself does not count)", "超过{bound}（不含{bound}）")
            }
            Operator::AtLeast => {
                say!(self, "at least {bound} ({bound} itself counts)", "达到或超过{bound}（含{bound}）")
            }
        }
    }

    /// `rounded to 0.1 mm, to the nearer step, a tie away from zero`.
    pub fn rounded(&self, round: Round, unit: Unit) -> String {
        let step = self.quantity(round.step, unit);
        self.rounded_to(&step, round.mode)
    }

    pub fn rounded_to(&self, step: &str, mode: Rounding) -> String {
        match mode {
            Rounding::HalfUp => say!(
                self,
                "rounded to {step}: to the nearer step, a tie away from zero",
                "四舍五入至{step}（恰为一半时向绝对值较大的一侧进位）"
            ),
            Rounding::HalfEven => say!(
                self,
                "rounded to {step}: to the nearer step, a tie to the even one",
                "按四舍六入五成双修约至{step}（恰为一半时取偶数）"
            ),
            Rounding::Down => {
                say!(self, "rounded to {step}: always toward zero", "截尾至{step}（只舍不入，向零取整）")
            }
            Rounding::Up => {
                say!(
                    self,
                    "rounded to {step}: always away from zero",
                    "进位至{step}（只入不舍，向绝对值较大的一侧取整）"
                )
            }
        }
    }

    /// `a, b and c`.
    pub fn list(&self, items: &[String]) -> String {
        match (self.language, items) {
            (_, []) => String::new(),
            (Language::Chinese, items) => items.join("、"),
            (Language::English, [one]) => one.clone(),
            (Language::English, [before @ .., last]) => format!("{} and {last}", before.join(", ")),
        }
    }
}

/// With a capital at its beginning.
pub fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

pub(super) fn month_name(date: NaiveDate) -> &'static str {
    ENGLISH_MONTHS[usize::try_from(date.month0()).expect("a month is small")]
}

/// Digits in groups of three: `12,345.5`.
pub fn grouped(number: &str) -> String {
    let (sign, digits) = number.strip_prefix('-').map_or(("", number), |digits| ("-", digits));
    let (whole, rest) = digits.split_at(digits.find(['.', '/']).unwrap_or(digits.len()));
    let mut text = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    format!("{sign}{text}{rest}")
}
