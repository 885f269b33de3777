//! Money: whole minor units of a currency.

use std::fmt;

use super::{Exact, Overflow, Rounding};

/// A currency of ISO 4217 with the decimal places of its minor unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Currency {
    code: [u8; 3],
    places: u8,
}

/// ISO 4217 list one: currencies in circulation whose minor unit is not a hundredth.
const PLACES: [(&str, u8); 23] = [
    ("BHD", 3),
    ("BIF", 0),
    ("CLP", 0),
    ("DJF", 0),
    ("GNF", 0),
    ("IQD", 3),
    ("ISK", 0),
    ("JOD", 3),
    ("JPY", 0),
    ("KMF", 0),
    ("KRW", 0),
    ("KWD", 3),
    ("LYD", 3),
    ("OMR", 3),
    ("PYG", 0),
    ("RWF", 0),
    ("TND", 3),
    ("UGX", 0),
    ("UYI", 0),
    ("VND", 0),
    ("VUV", 0),
    ("XAF", 0),
    ("XOF", 0),
];

/// ISO 4217: currencies with hundredths (XPF, without, stands beside them).
const HUNDREDTHS: &str = "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN \
    BZD CAD CDF CHF CNY COP CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL \
    HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR \
    MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE \
    SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW ZWG";

impl Currency {
    /// The currency of an ISO 4217 code in capitals.
    pub fn from_code(code: &str) -> Option<Self> {
        let bytes: [u8; 3] = code.as_bytes().try_into().ok()?;
        let listed = PLACES.iter().find(|(known, _)| *known == code).map(|(_, places)| *places);
        let places = match listed {
            Some(places) => places,
            None if code == "XPF" => 0,
            None if HUNDREDTHS.split_whitespace().any(|known| known == code) => 2,
            None => return None,
        };
        Some(Self { code: bytes, places })
    }

    /// All codes.
    pub fn codes() -> impl Iterator<Item = &'static str> {
        PLACES.iter().map(|(code, _)| *code).chain(["XPF"]).chain(HUNDREDTHS.split_whitespace())
    }

    /// The code, `"CNY"`.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.code).expect("a code is ASCII")
    }

    /// Decimal places of the minor unit: JPY 0, EUR 2, KWD 3.
    pub fn places(self) -> u8 {
        self.places
    }

    /// Minor units in one unit of the currency.
    pub fn minor_per_unit(self) -> i64 {
        10_i64.pow(u32::from(self.places))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.code())
    }
}

/// An amount of money in whole minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Money {
    /// Minor units, within ±(2⁵³ − 1) so that every JSON reader keeps them.
    minor: i64,
    currency: Currency,
}

impl Money {
    /// The largest number of minor units: 2⁵³ − 1.
    pub const MOST: i64 = (1 << 53) - 1;

    /// So many minor units.
    ///
    /// # Errors
    /// [`Overflow`] beyond ±(2⁵³ − 1).
    pub fn from_minor(minor: i64, currency: Currency) -> Result<Self, Overflow> {
        if minor.unsigned_abs() > Self::MOST.unsigned_abs() {
            return Err(Overflow);
        }
        Ok(Self { minor, currency })
    }

    /// Nothing.
    pub fn zero(currency: Currency) -> Self {
        Self { minor: 0, currency }
    }

    /// An exact number of units of the currency, rounded once to its minor unit.
    ///
    /// # Errors
    /// [`Overflow`] beyond ±(2⁵³ − 1) minor units.
    pub fn round(units: Exact, currency: Currency, mode: Rounding) -> Result<Self, Overflow> {
        let minor = units.times(Exact::from(currency.minor_per_unit()))?.round_whole(mode)?;
        Self::from_minor(minor, currency)
    }

    /// Minor units.
    pub fn minor(self) -> i64 {
        self.minor
    }

    /// The currency.
    pub fn currency(self) -> Currency {
        self.currency
    }

    /// The exact number of units of the currency.
    pub fn units(self) -> Exact {
        Exact::new(i128::from(self.minor), i128::from(self.currency.minor_per_unit())).expect("both are small")
    }

    /// The number without the currency, with all places of the minor unit: `1138.50`, JPY `20000`.
    pub fn decimal(self) -> String {
        let places = usize::from(self.currency.places);
        let sign = if self.minor < 0 { "-" } else { "" };
        let digits = format!("{:0>width$}", self.minor.unsigned_abs(), width = places + 1);
        let (whole, fraction) = digits.split_at(digits.len() - places);
        if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") }
    }
}

impl fmt::Display for Money {
    /// For people: `1,138.50 CNY`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let decimal = self.decimal();
        let whole = decimal.trim_start_matches('-').split('.').next().expect("split gives one");
        let mut grouped = String::new();
        for (place, digit) in whole.chars().enumerate() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        let sign = if self.minor < 0 { "-" } else { "" };
        let fraction = decimal.split_once('.').map(|(_, fraction)| format!(".{fraction}"));
        f.pad(&format!("{sign}{grouped}{} {}", fraction.as_deref().unwrap_or(""), self.currency))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prints_by_the_minor_unit() {
        for (minor, code, decimal, people) in [
            (113_850, "CNY", "1138.50", "1,138.50 CNY"),
            (5, "EUR", "0.05", "0.05 EUR"),
            (-5, "EUR", "-0.05", "-0.05 EUR"),
            (20_000, "JPY", "20000", "20,000 JPY"),
            (1_234_567, "KWD", "1234.567", "1,234.567 KWD"),
            (100_000_000, "INR", "1000000.00", "1,000,000.00 INR"),
            (0, "USD", "0.00", "0.00 USD"),
        ] {
            let money = Money::from_minor(minor, Currency::from_code(code).expect(code)).expect("small");
            assert_eq!((money.decimal().as_str(), money.to_string().as_str()), (decimal, people));
        }
    }

    #[test]
    fn rounds_once_to_the_minor_unit() {
        let units = Exact::new(2_665, 1_000).expect("small");
        let eur = Currency::from_code("EUR").expect("known");
        let minor = |mode| Money::round(units, eur, mode).map(Money::minor);
        assert_eq!(minor(Rounding::HalfUp), Ok(267));
        assert_eq!(minor(Rounding::HalfEven), Ok(266));
        assert_eq!(minor(Rounding::Down), Ok(266));
        assert_eq!(minor(Rounding::Up), Ok(267));
    }

    #[test]
    fn refuses_unknown_currencies_and_amounts_beyond_json() {
        for code in ["", "cny", "XXX", "RMB", "USDT", "EU"] {
            assert_eq!(Currency::from_code(code), None, "{code}");
        }
        assert!(Currency::codes().all(|code| Currency::from_code(code).is_some()));
        let cny = Currency::from_code("CNY").expect("known");
        assert!(Money::from_minor(Money::MOST, cny).is_ok());
        assert_eq!(Money::from_minor(Money::MOST + 1, cny), Err(Overflow));
        assert_eq!(Money::from_minor(-Money::MOST - 1, cny), Err(Overflow));
    }
}
