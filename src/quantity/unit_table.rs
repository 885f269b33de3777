//! Every unit that a term sheet, a book or a feed may name, and what it measures.

/// Exponents of length, mass, time, temperature and angle, and the noun that is counted (`head`, `CNY`), if any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Dimension {
    pub(super) exponents: [i8; 5],
    pub(super) noun: &'static str,
}

impl Dimension {
    /// The word that a message uses: `temperature`.
    pub fn name(self) -> &'static str {
        match (self.exponents, self.noun) {
            ([0, 0, 0, 0, 0], "") => "plain number",
            ([0, 0, 0, 0, 0], noun) => noun,
            (_, noun) if !noun.is_empty() => "price",
            ([1, 0, 0, 0, 0], _) => "length",
            ([2, 0, 0, 0, 0], _) => "area",
            ([3, 0, 0, 0, 0], _) => "volume",
            ([0, 1, 0, 0, 0], _) => "mass",
            ([0, 0, 1, 0, 0], _) => "time",
            ([0, 0, 0, 1, 0], _) => "temperature",
            ([0, 0, 0, 0, 1], _) => "angle",
            ([1, 0, -1, 0, 0], _) => "speed",
            ([3, 0, -1, 0, 0], _) => "flow",
            ([2, 1, -3, 0, 0], _) => "power",
            ([2, 1, -2, 0, 0], _) => "energy",
            ([0, 1, -2, 0, 0], _) => "energy per area",
            ([0, 1, -3, 0, 0], _) => "power per area",
            ([-1, 1, -2, 0, 0], _) => "pressure",
            ([-3, 1, 0, 0, 0], _) => "density",
            ([-2, 1, 0, 0, 0], _) => "mass per area",
            (_, noun) => noun,
        }
    }

    /// The same with its article: `an area`, `a number of head`, `an amount of CNY`, `a price in CNY`.
    pub fn with_article(self) -> String {
        let name = self.name();
        match self.noun {
            "" if name.starts_with(['a', 'e']) => format!("an {name}"),
            "" => format!("a {name}"),
            noun if self.is_price() => format!("a price in {noun}"),
            noun if self.is_money() => format!("an amount of {noun}"),
            noun => format!("a number of {noun}"),
        }
    }

    /// Whether it is an amount of a currency.
    pub fn is_money(self) -> bool {
        self.exponents == NONE && CURRENCIES.iter().any(|rows| rows[0].symbol == self.noun)
    }

    /// Whether it is money for something: each kilowatt-hour, each tonne.
    pub fn is_price(self) -> bool {
        self.exponents != NONE && !self.noun.is_empty()
    }
}

/// One row of the table of units. `value in SI = value × numerator / denominator + offset`.
#[derive(Debug)]
pub(super) struct Row {
    pub symbol: &'static str,
    pub dimension: Dimension,
    pub numerator: i64,
    pub denominator: i64,
    /// In hundredths of a kelvin times 5/9 for degF, so kept as a ratio.
    pub offset: (i64, i64),
}

const fn of(symbol: &'static str, exponents: [i8; 5], noun: &'static str, numerator: i64, denominator: i64) -> Row {
    Row { symbol, dimension: Dimension { exponents, noun }, numerator, denominator, offset: (0, 1) }
}

const fn row(symbol: &'static str, exponents: [i8; 5], numerator: i64, denominator: i64) -> Row {
    of(symbol, exponents, "", numerator, denominator)
}

const fn noun(symbol: &'static str) -> Row {
    of(symbol, NONE, symbol, 1, 1)
}

const fn temperature(symbol: &'static str, numerator: i64, denominator: i64, offset: (i64, i64)) -> Row {
    Row { offset, ..row(symbol, [0, 0, 0, 1, 0], numerator, denominator) }
}

const LENGTH: [i8; 5] = [1, 0, 0, 0, 0];
const AREA: [i8; 5] = [2, 0, 0, 0, 0];
const VOLUME: [i8; 5] = [3, 0, 0, 0, 0];
const TIME: [i8; 5] = [0, 0, 1, 0, 0];
const SPEED: [i8; 5] = [1, 0, -1, 0, 0];
const FLOW: [i8; 5] = [3, 0, -1, 0, 0];
const POWER: [i8; 5] = [2, 1, -3, 0, 0];
const ENERGY: [i8; 5] = [2, 1, -2, 0, 0];
const PRESSURE: [i8; 5] = [-1, 1, -2, 0, 0];
const MASS: [i8; 5] = [0, 1, 0, 0, 0];
const DENSITY: [i8; 5] = [-3, 1, 0, 0, 0];
const YIELD: [i8; 5] = [-2, 1, 0, 0, 0];
const IRRADIANCE: [i8; 5] = [0, 1, -3, 0, 0];
const IRRADIATION: [i8; 5] = [0, 1, -2, 0, 0];
const PER_ENERGY: [i8; 5] = [-2, -1, 2, 0, 0];
const PER_MASS: [i8; 5] = [0, -1, 0, 0, 0];
const PER_VOLUME: [i8; 5] = [-3, 0, 0, 0, 0];
const NONE: [i8; 5] = [0; 5];

/// Sources: SI brochure; NIST SP 811, appendix B; 1 mu = 1/15 ha.
static TABLE: &[Row] = &[
    row("1", NONE, 1, 1),
    row("%", NONE, 1, 100),
    row("mm", LENGTH, 1, 1_000),
    row("cm", LENGTH, 1, 100),
    row("m", LENGTH, 1, 1),
    row("km", LENGTH, 1_000, 1),
    row("inch", LENGTH, 254, 10_000),
    row("ft", LENGTH, 3_048, 10_000),
    row("mi", LENGTH, 1_609_344, 1_000),
    row("nmi", LENGTH, 1_852, 1),
    row("m2", AREA, 1, 1),
    row("mu", AREA, 2_000, 3),
    row("ha", AREA, 10_000, 1),
    row("acre", AREA, 40_468_564_224, 10_000_000),
    row("km2", AREA, 1_000_000, 1),
    row("m3", VOLUME, 1, 1),
    row("s", TIME, 1, 1),
    row("min", TIME, 60, 1),
    row("h", TIME, 3_600, 1),
    row("d", TIME, 86_400, 1),
    temperature("K", 1, 1, (0, 1)),
    temperature("degC", 1, 1, (27_315, 100)),
    temperature("degF", 5, 9, (45_967, 180)),
    row("m/s", SPEED, 1, 1),
    row("km/h", SPEED, 1_000, 3_600),
    row("mph", SPEED, 44_704, 100_000),
    row("kt", SPEED, 1_852, 3_600),
    row("m3/s", FLOW, 1, 1),
    row("W", POWER, 1, 1),
    row("kW", POWER, 1_000, 1),
    row("MW", POWER, 1_000_000, 1),
    row("GW", POWER, 1_000_000_000, 1),
    row("J", ENERGY, 1, 1),
    row("MJ", ENERGY, 1_000_000, 1),
    row("Wh", ENERGY, 3_600, 1),
    row("kWh", ENERGY, 3_600_000, 1),
    row("MWh", ENERGY, 3_600_000_000, 1),
    row("GWh", ENERGY, 3_600_000_000_000, 1),
    row("W/m2", IRRADIANCE, 1, 1),
    row("J/m2", IRRADIATION, 1, 1),
    row("J/cm2", IRRADIATION, 10_000, 1),
    row("MJ/m2", IRRADIATION, 1_000_000, 1),
    row("Wh/m2", IRRADIATION, 3_600, 1),
    row("kWh/m2", IRRADIATION, 3_600_000, 1),
    row("Pa", PRESSURE, 1, 1),
    row("hPa", PRESSURE, 100, 1),
    row("mbar", PRESSURE, 100, 1),
    row("kPa", PRESSURE, 1_000, 1),
    row("deg", [0, 0, 0, 0, 1], 1, 1),
    row("kg", MASS, 1, 1),
    row("t", MASS, 1_000, 1),
    row("kg/m3", DENSITY, 1, 1),
    row("kg/ha", YIELD, 1, 10_000),
    row("t/ha", YIELD, 1, 10),
    noun("head"),
    noun("household"),
    noun("turbine"),
    noun("tree"),
    noun("pond"),
    noun("greenhouse"),
    noun("person"),
    noun("animal"),
    noun("storm"),
    noun("event"),
];

/// A currency and the prices in it.
macro_rules! currency {
    ($code:literal) => {
        [
            noun($code),
            of(concat!($code, "/kWh"), PER_ENERGY, $code, 1, 3_600_000),
            of(concat!($code, "/MWh"), PER_ENERGY, $code, 1, 3_600_000_000),
            of(concat!($code, "/kg"), PER_MASS, $code, 1, 1),
            of(concat!($code, "/t"), PER_MASS, $code, 1, 1_000),
            of(concat!($code, "/m3"), PER_VOLUME, $code, 1, 1),
        ]
    };
}

static CURRENCIES: [[Row; 6]; 12] = [
    currency!("CNY"),
    currency!("USD"),
    currency!("EUR"),
    currency!("GBP"),
    currency!("JPY"),
    currency!("TWD"),
    currency!("INR"),
    currency!("AUD"),
    currency!("CAD"),
    currency!("PHP"),
    currency!("VND"),
    currency!("THB"),
];

/// All of them: first measures and nouns, then money.
pub(super) fn rows() -> impl Iterator<Item = &'static Row> {
    TABLE.iter().chain(CURRENCIES.iter().flatten())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_symbol_stands_once_and_every_dimension_has_a_name() {
        let mut symbols: Vec<_> = rows().map(|row| row.symbol).collect();
        let many = symbols.len();
        symbols.sort_unstable();
        symbols.dedup();
        assert_eq!(symbols.len(), many);
        assert!(rows().all(|row| !row.dimension.name().is_empty()));
    }

    #[test]
    fn dimensions_are_named_for_people() {
        for (symbol, described) in [
            ("mm", "a length"),
            ("acre", "an area"),
            ("head", "a number of head"),
            ("CNY", "an amount of CNY"),
            ("EUR/MWh", "a price in EUR"),
            ("kg/m3", "a density"),
            ("t/ha", "a mass per area"),
            ("m3/s", "a flow"),
            ("m3", "a volume"),
        ] {
            let row = rows().find(|row| row.symbol == symbol).expect(symbol);
            assert_eq!(row.dimension.with_article(), described);
        }
    }
}
