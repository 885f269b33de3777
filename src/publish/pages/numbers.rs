//! Money, dates, instants and quantities as the reader's language writes them.

use chrono::{DateTime, Datelike as _, NaiveDate, Timelike as _, Utc};

use crate::quantity::{Currency, Money};
use crate::words::{self, Language};

/// `1,138.50 USD`, `1,138.50 美元`.
pub fn money(minor: i64, code: &str, language: Language) -> String {
    let money = Currency::from_code(code).and_then(|currency| Money::from_minor(minor, currency).ok());
    // What is beyond all money is shown as the ledger has it.
    let Some(money) = money else { return format!("{minor} minor units of {code}") };
    let figure = grouped(&money.decimal());
    format!("{figure} {}", words::currency(code, language))
}

/// The same with its sign: `+1,500.00 CNY`.
pub fn signed(minor: i64, code: &str, language: Language) -> String {
    let figure = money(minor, code, language);
    if minor > 0 { format!("+{figure}") } else { figure }
}

/// Digits in groups of three, and a minus that is as wide as a plus.
pub fn grouped(decimal: &str) -> String {
    words::grouped(decimal).replacen('-', "−", 1)
}

/// A number with the word for its unit: `14 days`, `72.5 knots`.
pub fn quantity(value: &str, symbol: &str, language: Language) -> String {
    let unit = words::unit(symbol, value == "1", language);
    let close = unit.is_empty() || unit.starts_with(['%', '‰']);
    let gap = if close { "" } else { " " };
    format!("{}{gap}{unit}", grouped(value))
}

/// `6 Sep 2024`, `2024年9月6日`.
pub fn date(date: NaiveDate, language: Language) -> String {
    match language {
        Language::English => format!("{} {}", date.format("%-d %b"), date.year()),
        Language::Chinese => words::date(date, language),
    }
}

/// `1 Jun – 31 Aug 2013`, `2013年6月1日至8月31日`.
pub fn span(from: NaiveDate, to: NaiveDate, language: Language) -> String {
    let same = from.year() == to.year();
    match language {
        Language::English if same => format!("{} – {}", from.format("%-d %b"), date(to, language)),
        Language::English => format!("{} – {}", date(from, language), date(to, language)),
        Language::Chinese if same => format!("{}至{}月{}日", date(from, language), to.month(), to.day()),
        Language::Chinese => format!("{}至{}", date(from, language), date(to, language)),
    }
}

/// `6 Sep 2024, 08:00 UTC`, `2024年9月6日 08:00 UTC`.
pub fn instant(at: DateTime<Utc>, language: Language) -> String {
    let day = date(at.date_naive(), language);
    let comma = if language == Language::English { "," } else { "" };
    format!("{day}{comma} {:02}:{:02} UTC", at.hour(), at.minute())
}

/// An instant for programs.
pub fn machine(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

/// A comparison as it is printed: `≤` of `<=`.
pub fn sign(operator: &str) -> &str {
    match operator {
        "<=" => "≤",
        ">=" => "≥",
        other => other,
    }
}

/// What the ledger says of where it pays, `< 230 mm`, `in 5 bands`.
pub fn trigger(text: &str, language: Language) -> String {
    let parts: Vec<_> = text.split(' ').collect();
    match (parts[..].as_ref(), language) {
        ([sign @ ("<" | "<=" | ">" | ">="), value, unit], _) => {
            format!("{} {}", self::sign(sign), quantity(value, unit, language))
        }
        (["swap", "at", value, unit], Language::Chinese) => {
            format!("互换，约定水平 {}", quantity(value, unit, language))
        }
        (["in", count, "bands"], Language::Chinese) => format!("分 {count} 档"),
        (["in", "a", "grid", "of", rows, "by", columns], _) => {
            let [rows, columns] = [rows, columns].map(|axis| words::axis(axis, language));
            match language {
                Language::English => format!("in a table of {rows} by {columns}"),
                Language::Chinese => format!("按{rows}和{columns}的表格"),
            }
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BOTH: [Language; 2] = [Language::English, Language::Chinese];

    #[test]
    fn money_is_grouped_and_named() {
        for (minor, code, english, chinese) in [
            (6_000_000_000, "CNY", "60,000,000.00 CNY", "60,000,000.00 元"),
            (113_850, "USD", "1,138.50 USD", "1,138.50 美元"),
            (-5, "EUR", "−0.05 EUR", "−0.05 欧元"),
            (20_000, "JPY", "20,000 JPY", "20,000 日元"),
            (0, "CNY", "0.00 CNY", "0.00 元"),
        ] {
            assert_eq!(BOTH.map(|language| money(minor, code, language)), [english, chinese]);
        }
        assert_eq!(signed(100, "CNY", Language::English), "+1.00 CNY");
    }

    #[test]
    fn quantities_have_their_units() {
        for (value, symbol, english, chinese) in [
            ("14", "d", "14 days", "14 天"),
            ("1", "d", "1 day", "1 天"),
            ("72.5", "kt", "72.5 knots", "72.5 节"),
            ("-6.5", "degC", "−6.5 °C", "−6.5 ℃"),
            ("1234.5", "mm", "1,234.5 mm", "1,234.5 毫米"),
            ("0.4", "1", "0.4", "0.4"),
        ] {
            assert_eq!(BOTH.map(|language| quantity(value, symbol, language)), [english, chinese], "{symbol}");
        }
    }

    #[test]
    fn dates_and_triggers() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let (from, to, next) = (day("2013-06-01"), day("2013-08-31"), day("2014-01-02"));
        assert_eq!(BOTH.map(|language| span(from, to, language)), ["1 Jun – 31 Aug 2013", "2013年6月1日至8月31日"]);
        let over = ["1 Jun 2013 – 2 Jan 2014", "2013年6月1日至2014年1月2日"];
        assert_eq!(BOTH.map(|language| span(from, next, language)), over);
        for (text, english, chinese) in [
            ("<= 230 mm", "≤ 230 mm", "≤ 230 毫米"),
            ("in 5 bands", "in 5 bands", "分 5 档"),
            ("swap at 12 d", "swap at 12 d", "互换，约定水平 12 天"),
            ("something new", "something new", "something new"),
        ] {
            assert_eq!(BOTH.map(|language| trigger(text, language)), [english, chinese]);
        }
    }
}
