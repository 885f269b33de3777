//! The formulas that a term sheet may name: their inputs, parameters and results.

use crate::quantity::Unit;

/// What an input or a parameter of a formula is.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// Its key in the block.
    pub name: &'static str,
    /// The unit in which the formula takes it.
    pub unit: &'static str,
}

const fn slot(name: &'static str, unit: &'static str) -> Slot {
    Slot { name, unit }
}

impl Slot {
    /// The unit in which the formula takes it.
    pub fn unit(self) -> Unit {
        Unit::from_symbol(self.unit).expect("the table's units exist")
    }
}

/// For which slots a formula is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// Any.
    Any,
    /// Hours.
    Hours,
    /// Insured days.
    Days,
    /// Insured days, dekads or months.
    DaysOrLonger,
}

/// A formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// Wind at hub height by the power law.
    HubWind,
    /// Density of the air at hub height.
    AirDensity,
    /// Power from wind and density through a power curve.
    WindPower,
    /// Temperature of a PV cell after Faiman.
    FaimanCellTemperature,
    /// Temperature of a PV cell after Sandia.
    SapmCellTemperature,
    /// Direct-current power of a PV plant.
    PvwattsDc,
    /// Alternating-current power of a PV plant.
    PvwattsAc,
    /// Reference evapotranspiration, FAO-56.
    PenmanMonteith,
    /// Reference evapotranspiration after Hargreaves.
    Hargreaves,
    /// Global radiation over that of a clear sky.
    ClearSkyIndex,
    /// Chill units after the Utah model.
    UtahChillUnits,
    /// Chill portions of the dynamic model.
    ChillPortions,
    /// Water requirement satisfaction index.
    WaterSatisfaction,
    /// Temperature-humidity index.
    TemperatureHumidityIndex,
    /// CME hurricane index.
    HurricaneIndex,
    /// Vapour pressure deficit of the air.
    VapourPressureDeficit,
    /// Heat index of the National Weather Service.
    HeatIndex,
}

/// One row of the table of formulas.
#[derive(Debug)]
pub struct FormulaRow {
    /// The formula.
    pub formula: Formula,
    /// Its name in a term sheet.
    pub name: &'static str,
    /// The series that it takes.
    pub inputs: &'static [Slot],
    /// The numbers that it takes.
    pub parameters: &'static [Slot],
    /// The key of its curve and the units of the curve's two columns.
    pub curve: Option<(&'static str, &'static str, &'static str)>,
    /// The unit of its result.
    pub result: &'static str,
    /// The slots for which it is meant.
    pub steps: Steps,
    /// What it is, in a sentence.
    pub about: &'static str,
}

/// Every formula.
pub static FORMULAS: &[FormulaRow] = &[
    FormulaRow {
        formula: Formula::HubWind,
        name: "hub_wind",
        inputs: &[slot("wind", "m/s")],
        parameters: &[slot("wind_height", "m"), slot("hub_height", "m"), slot("exponent", "1")],
        curve: None,
        result: "m/s",
        steps: Steps::Any,
        about: "wind at hub height by the power law: wind x (hub_height / wind_height) ^ exponent",
    },
    FormulaRow {
        formula: Formula::AirDensity,
        name: "air_density",
        inputs: &[slot("temperature", "degC"), slot("pressure", "hPa")],
        parameters: &[slot("temperature_height", "m"), slot("pressure_height", "m"), slot("hub_height", "m")],
        curve: None,
        result: "kg/m3",
        steps: Steps::Any,
        about: "density of the air at hub height: barometric formula, 6.5 K and 125 hPa less for each kilometre",
    },
    FormulaRow {
        formula: Formula::WindPower,
        name: "wind_power",
        inputs: &[slot("wind", "m/s"), slot("density", "kg/m3")],
        parameters: &[],
        curve: Some(("curve", "m/s", "kW")),
        result: "kW",
        steps: Steps::Any,
        about: "power through a power curve whose speeds are corrected for the density of the air; 0 kW outside of it",
    },
    FormulaRow {
        formula: Formula::FaimanCellTemperature,
        name: "faiman_cell_temperature",
        inputs: &[slot("irradiance", "W/m2"), slot("temperature", "degC"), slot("wind", "m/s")],
        parameters: &[slot("u0", "1"), slot("u1", "1")],
        curve: None,
        result: "degC",
        steps: Steps::Any,
        about: "temperature of a PV cell: temperature + irradiance / (u0 + u1 x wind)",
    },
    FormulaRow {
        formula: Formula::SapmCellTemperature,
        name: "sapm_cell_temperature",
        inputs: &[slot("irradiance", "W/m2"), slot("temperature", "degC"), slot("wind", "m/s")],
        parameters: &[slot("a", "1"), slot("b", "1"), slot("delta_t", "1")],
        curve: None,
        result: "degC",
        steps: Steps::Any,
        about: "temperature of a PV cell by the Sandia model: temperature + irradiance x exp(a + b x wind) + irradiance / 1000 x delta_t",
    },
    FormulaRow {
        formula: Formula::PvwattsDc,
        name: "pvwatts_dc",
        inputs: &[slot("irradiance", "W/m2"), slot("cell_temperature", "degC")],
        parameters: &[slot("nameplate", "kW"), slot("coefficient", "1")],
        curve: None,
        result: "kW",
        steps: Steps::Any,
        about: "direct-current power: irradiance / 1000 x nameplate x (1 + coefficient x (cell_temperature - 25))",
    },
    FormulaRow {
        formula: Formula::PvwattsAc,
        name: "pvwatts_ac",
        inputs: &[slot("power", "kW")],
        parameters: &[slot("inverter", "kW"), slot("efficiency", "%")],
        curve: None,
        result: "kW",
        steps: Steps::Any,
        about: "alternating-current power behind an inverter of that rating and nominal efficiency (PVWatts version 5)",
    },
    FormulaRow {
        formula: Formula::PenmanMonteith,
        name: "penman_monteith",
        inputs: &[
            slot("temperature_min", "degC"),
            slot("temperature_max", "degC"),
            slot("humidity", "%"),
            slot("radiation", "MJ/m2"),
            slot("wind", "m/s"),
        ],
        parameters: &[slot("latitude", "deg"), slot("elevation", "m"), slot("wind_height", "m")],
        curve: None,
        result: "mm",
        steps: Steps::Days,
        about: "reference evapotranspiration of a day, FAO-56 Penman-Monteith; never below 0",
    },
    FormulaRow {
        formula: Formula::Hargreaves,
        name: "hargreaves",
        inputs: &[slot("temperature_min", "degC"), slot("temperature_max", "degC")],
        parameters: &[slot("latitude", "deg")],
        curve: None,
        result: "mm",
        steps: Steps::Days,
        about: "reference evapotranspiration of a day after Hargreaves and Samani",
    },
    FormulaRow {
        formula: Formula::ClearSkyIndex,
        name: "clear_sky_index",
        inputs: &[slot("radiation", "MJ/m2")],
        parameters: &[slot("latitude", "deg"), slot("elevation", "m")],
        curve: None,
        result: "1",
        steps: Steps::Days,
        about: "global radiation of a day over that of a clear sky, (0.75 + 0.00002 x elevation) of the extraterrestrial one",
    },
    FormulaRow {
        formula: Formula::UtahChillUnits,
        name: "utah_chill_units",
        inputs: &[slot("temperature", "degC")],
        parameters: &[],
        curve: None,
        result: "1",
        steps: Steps::Hours,
        about: "chill units of an hour by the Utah model",
    },
    FormulaRow {
        formula: Formula::ChillPortions,
        name: "chill_portions",
        inputs: &[slot("temperature", "degC")],
        parameters: &[],
        curve: None,
        result: "1",
        steps: Steps::Hours,
        about: "chill portions gained in an hour by the dynamic model; behind a missing hour all are missing",
    },
    FormulaRow {
        formula: Formula::WaterSatisfaction,
        name: "water_satisfaction",
        inputs: &[slot("rain", "mm"), slot("evapotranspiration", "mm")],
        parameters: &[slot("capacity", "mm"), slot("initial", "mm")],
        curve: Some(("coefficients", "d", "1")),
        result: "%",
        steps: Steps::DaysOrLonger,
        about: "water requirement satisfaction index up to the slot; behind a missing slot all are missing",
    },
    FormulaRow {
        formula: Formula::TemperatureHumidityIndex,
        name: "temperature_humidity_index",
        inputs: &[slot("temperature", "degC"), slot("humidity", "%")],
        parameters: &[],
        curve: None,
        result: "1",
        steps: Steps::Any,
        about: "temperature-humidity index of livestock (NRC 1971)",
    },
    FormulaRow {
        formula: Formula::HurricaneIndex,
        name: "hurricane_index",
        inputs: &[slot("wind", "mph"), slot("radius", "mi")],
        parameters: &[],
        curve: None,
        result: "1",
        steps: Steps::Any,
        about: "CME hurricane index from the maximum sustained wind and the radius of hurricane winds",
    },
    FormulaRow {
        formula: Formula::VapourPressureDeficit,
        name: "vapour_pressure_deficit",
        inputs: &[slot("temperature", "degC"), slot("humidity", "%")],
        parameters: &[],
        curve: None,
        result: "kPa",
        steps: Steps::Any,
        about: "by how much the vapour pressure falls short of saturation at that temperature (FAO-56); never below 0",
    },
    FormulaRow {
        formula: Formula::HeatIndex,
        name: "heat_index",
        inputs: &[slot("temperature", "degF"), slot("humidity", "%")],
        parameters: &[],
        curve: None,
        result: "degF",
        steps: Steps::Any,
        about: "heat index of the National Weather Service (Rothfusz regression with its two adjustments)",
    },
];

impl Formula {
    /// The row of a name.
    pub fn from_name(name: &str) -> Option<&'static FormulaRow> {
        FORMULAS.iter().find(|row| row.name == name)
    }

    /// Its row.
    pub fn row(self) -> &'static FormulaRow {
        FORMULAS.iter().find(|row| row.formula == self).expect("every formula has a row")
    }
}

/// The thirteen definitions of a quantile, by the names that numpy gives them.
///
/// # Source
/// Hyndman and Fan (1996), The American Statistician 50:361-365; numpy.quantile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuantileMethod {
    /// Type 1.
    InvertedCdf,
    /// Type 2.
    AveragedInvertedCdf,
    /// Type 3.
    ClosestObservation,
    /// Type 4.
    InterpolatedInvertedCdf,
    /// Type 5.
    Hazen,
    /// Type 6.
    Weibull,
    /// Type 7.
    Linear,
    /// Type 8.
    MedianUnbiased,
    /// Type 9.
    NormalUnbiased,
    /// Type 7, the observation below.
    Lower,
    /// Type 7, the observation above.
    Higher,
    /// Type 7, the nearer observation, an even one where both are as near.
    Nearest,
    /// Type 7, half-way between the two.
    Midpoint,
}

impl QuantileMethod {
    /// All with their names.
    pub const ALL: [(&'static str, Self); 13] = [
        ("inverted_cdf", Self::InvertedCdf),
        ("averaged_inverted_cdf", Self::AveragedInvertedCdf),
        ("closest_observation", Self::ClosestObservation),
        ("interpolated_inverted_cdf", Self::InterpolatedInvertedCdf),
        ("hazen", Self::Hazen),
        ("weibull", Self::Weibull),
        ("linear", Self::Linear),
        ("median_unbiased", Self::MedianUnbiased),
        ("normal_unbiased", Self::NormalUnbiased),
        ("lower", Self::Lower),
        ("higher", Self::Higher),
        ("nearest", Self::Nearest),
        ("midpoint", Self::Midpoint),
    ];

    /// The method of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(known, _)| *known == name).map(|(_, method)| method)
    }
}
