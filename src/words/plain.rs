//! Numbers, dates and money as either language writes them, for whoever has no term sheet at hand.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::quantity::{Exact, Fixed, Money, Unit, Variable};
use crate::settle::shown;

use super::Language;
use super::catalogue;
use super::speech::{grouped, month_name};

/// An amount to the minor unit: `60,000,000.00 CNY`, `人民币60,000,000.00元`. A currency without a Chinese name goes by its
/// code.
pub fn money(money: Money, language: Language) -> String {
    let (number, currency) = (grouped(&money.decimal()), money.currency());
    let code = currency.code();
    let name = catalogue::currency(code, language);
    match language {
        Language::English => format!("{number} {code}"),
        Language::Chinese if code == "CNY" => format!("人民币{number}{name}"),
        Language::Chinese if name == code => format!("{number} {code}"),
        Language::Chinese => format!("{number}{name}"),
    }
}

/// A day: `16 September 2024`, `2024年9月16日`.
pub fn date(date: NaiveDate, language: Language) -> String {
    let (year, month, day) = (date.year(), date.month(), date.day());
    match language {
        Language::English => format!("{day} {} {year}", month_name(date)),
        Language::Chinese => format!("{year}年{month}月{day}日"),
    }
}

/// An instant in UTC: `16 September 2024, 08:00 (UTC)`, `2024年9月16日08:00（协调世界时）`.
pub fn instant(instant: DateTime<Utc>, language: Language) -> String {
    let wall = instant.naive_utc();
    at(wall, catalogue::zone("UTC", language), language)
}

/// Date and time on a wall in a zone.
pub(super) fn at(wall: chrono::NaiveDateTime, zone: &str, language: Language) -> String {
    let (date, time) = (date(wall.date(), language), wall.format("%H:%M"));
    match language {
        Language::English => format!("{date}, {time} ({zone})"),
        Language::Chinese => format!("{date}{time}（{zone}）"),
    }
}

/// A number with its unit as readers of the ledger see it: `12,345.6 MWh`, `12,345.6兆瓦时`.
pub(super) fn quantity(value: Exact, unit: Unit, language: Language) -> String {
    with_unit(&shown(value), catalogue::unit(unit, value == Exact::from(1), language), language)
}

/// An index of the ledger, a decimal and the symbol of its unit.
pub fn measure(value: &str, symbol: &str, language: Language) -> String {
    let one = Fixed::parse(value).is_ok_and(|value| value == Fixed::ONE);
    with_unit(value, unit(symbol, one, language), language)
}

/// What stands behind a number in a unit, by its symbol; `one` of them or several.
pub fn unit(symbol: &str, one: bool, language: Language) -> String {
    Unit::from_symbol(symbol).map_or_else(|| symbol.to_owned(), |unit| catalogue::unit(unit, one, language))
}

fn with_unit(value: &str, word: String, language: Language) -> String {
    let number = grouped(value);
    match language {
        Language::English if !word.is_empty() => format!("{number} {word}"),
        _ => format!("{number}{word}"),
    }
}

/// What is measured, by the name of the variable in the ledger.
pub fn variable(name: &str, language: Language) -> &str {
    Variable::from_name(name).map_or(name, |variable| catalogue::variable(variable, language))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quantity::Currency;

    #[test]
    fn money_is_written_by_language_and_currency() {
        for (minor, code, english, chinese) in [
            (6_000_000_000, "CNY", "60,000,000.00 CNY", "人民币60,000,000.00元"),
            (0, "CNY", "0.00 CNY", "人民币0.00元"),
            (-5, "EUR", "-0.05 EUR", "-0.05欧元"),
            (20_000, "JPY", "20,000 JPY", "20,000日元"),
            (123_456, "KWD", "123.456 KWD", "123.456 KWD"),
        ] {
            let money = Money::from_minor(minor, Currency::from_code(code).expect(code)).expect("small");
            assert_eq!(super::money(money, Language::English), english);
            assert_eq!(super::money(money, Language::Chinese), chinese);
        }
    }

    #[test]
    fn days_instants_and_numbers_are_written_by_language() {
        let day = NaiveDate::from_ymd_opt(2024, 9, 16).expect("a day");
        let at = day.and_hms_opt(8, 5, 0).expect("a time").and_utc();
        assert_eq!(date(day, Language::English), "16 September 2024");
        assert_eq!(date(day, Language::Chinese), "2024年9月16日");
        assert_eq!(instant(at, Language::English), "16 September 2024, 08:05 (UTC)");
        assert_eq!(instant(at, Language::Chinese), "2024年9月16日08:05（协调世界时）");
        for (value, unit, english, chinese, why) in [
            ("0", "d", "0 days", "0天", "none"),
            ("1", "d", "1 day", "1天", "one"),
            ("2", "d", "2 days", "2天", "several"),
            ("12345.6", "MWh", "12,345.6 MWh", "12,345.6兆瓦时", "thousands"),
            ("-1234.5", "1", "-1,234.5", "-1,234.5", "a plain number"),
            ("3", "parsec", "3 parsec", "3parsec", "a unit of a later program"),
        ] {
            assert_eq!(measure(value, unit, Language::English), english, "{why}");
            assert_eq!(measure(value, unit, Language::Chinese), chinese, "{why}");
        }
    }
}
