//! What can be measured, by the names that term sheets and settings use.

use super::Unit;

/// A measured variable. Names follow the CF convention's sense where the trade has no word of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Variable {
    /// Rain and melted snow over an interval.
    Precipitation,
    /// Air temperature, at an instant or as it is recorded for an interval.
    AirTemperature,
    /// Highest air temperature of an interval.
    AirTemperatureMax,
    /// Lowest air temperature of an interval.
    AirTemperatureMin,
    /// Mean air temperature of an interval.
    AirTemperatureMean,
    /// Dew point.
    DewPoint,
    /// Relative humidity.
    RelativeHumidity,
    /// Mean wind speed.
    WindSpeed,
    /// Strongest gust of an interval.
    WindGust,
    /// Air pressure, at the level that the source states.
    AirPressure,
    /// Mean power of an interval.
    Power,
    /// Energy of an interval.
    Energy,
    /// Global radiation, a sum over an interval.
    GlobalRadiation,
    /// Irradiance, a mean over an interval.
    Irradiance,
    /// Duration of sunshine in an interval.
    Sunshine,
    /// Reference evapotranspiration of an interval.
    Evapotranspiration,
    /// A storm's centre at an instant: latitude, north positive.
    StormLatitude,
    /// A storm's centre at an instant: longitude, east positive.
    StormLongitude,
    /// A storm's maximum sustained wind, by the averaging time of its agency.
    StormWind,
    /// A storm's central pressure.
    StormPressure,
    /// Fresh snow of an interval, as depth of water.
    Snowfall,
    /// Depth of the snow that lies.
    SnowDepth,
    /// Temperature of the sea's surface.
    SeaSurfaceTemperature,
    /// Normalised difference vegetation index.
    Ndvi,
    /// Yield of a harvest.
    Yield,
    /// Level of a river, a lake, the sea above the zero of its gauge.
    WaterLevel,
    /// Flow of a river.
    RiverFlow,
    /// Significant wave height.
    WaveHeight,
    /// Share of water in the soil.
    SoilMoisture,
    /// Share of the time or of the capacity that is available.
    Availability,
    /// Energy that a plant could have fed in and was not let.
    CurtailedEnergy,
    /// A storm's category, as it is reported.
    StormCategory,
    /// Radius of a storm's winds, as it is reported.
    StormRadius,
    /// Something that happens, 1 each time.
    Event,
    /// Level of an official warning.
    WarningLevel,
    /// A number of people.
    People,
    /// A price.
    Price,
    /// A loss that a model gives.
    ModelledLoss,
    /// An index that somebody publishes.
    PublishedIndex,
}

/// Units that a variable may be in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    /// Those of its own unit's dimension.
    Own,
    /// Any price.
    Price,
    /// Any currency.
    Money,
    /// Any unit at all.
    Any,
}

/// Variable, name, own unit, whether it is never below zero.
const TABLE: [(Variable, &str, &str, bool); 39] = [
    (Variable::Precipitation, "precipitation", "mm", true),
    (Variable::AirTemperature, "air_temperature", "degC", false),
    (Variable::AirTemperatureMax, "air_temperature_max", "degC", false),
    (Variable::AirTemperatureMin, "air_temperature_min", "degC", false),
    (Variable::AirTemperatureMean, "air_temperature_mean", "degC", false),
    (Variable::DewPoint, "dew_point", "degC", false),
    (Variable::RelativeHumidity, "relative_humidity", "%", true),
    (Variable::WindSpeed, "wind_speed", "m/s", true),
    (Variable::WindGust, "wind_gust", "m/s", true),
    (Variable::AirPressure, "air_pressure", "hPa", true),
    (Variable::Power, "power", "kW", false),
    (Variable::Energy, "energy", "kWh", false),
    (Variable::GlobalRadiation, "global_radiation", "MJ/m2", true),
    (Variable::Irradiance, "irradiance", "W/m2", true),
    (Variable::Sunshine, "sunshine", "h", true),
    (Variable::Evapotranspiration, "evapotranspiration", "mm", true),
    (Variable::StormLatitude, "storm_latitude", "deg", false),
    (Variable::StormLongitude, "storm_longitude", "deg", false),
    (Variable::StormWind, "storm_wind", "kt", true),
    (Variable::StormPressure, "storm_pressure", "hPa", true),
    (Variable::Snowfall, "snowfall", "mm", true),
    (Variable::SnowDepth, "snow_depth", "cm", true),
    (Variable::SeaSurfaceTemperature, "sea_surface_temperature", "degC", false),
    (Variable::Ndvi, "ndvi", "1", false),
    (Variable::Yield, "yield", "kg/ha", true),
    (Variable::WaterLevel, "water_level", "m", false),
    (Variable::RiverFlow, "river_flow", "m3/s", true),
    (Variable::WaveHeight, "wave_height", "m", true),
    (Variable::SoilMoisture, "soil_moisture", "%", true),
    (Variable::Availability, "availability", "%", true),
    (Variable::CurtailedEnergy, "curtailed_energy", "kWh", true),
    (Variable::StormCategory, "storm_category", "1", true),
    (Variable::StormRadius, "storm_radius", "mi", true),
    (Variable::Event, "event", "1", true),
    (Variable::WarningLevel, "warning_level", "1", true),
    (Variable::People, "people", "person", true),
    (Variable::Price, "price", "CNY/kWh", false),
    (Variable::ModelledLoss, "modelled_loss", "USD", true),
    (Variable::PublishedIndex, "published_index", "1", false),
];

impl Variable {
    /// The variable of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        TABLE.iter().find(|row| row.1 == name).map(|row| row.0)
    }

    /// All names, for "did you mean".
    pub fn names() -> impl Iterator<Item = &'static str> {
        TABLE.iter().map(|row| row.1)
    }

    fn row(self) -> &'static (Self, &'static str, &'static str, bool) {
        TABLE.iter().find(|row| row.0 == self).expect("every variable has a row")
    }

    /// The name.
    pub fn name(self) -> &'static str {
        self.row().1
    }

    fn kinds(self) -> Takes {
        match self {
            Self::Price => Takes::Price,
            Self::ModelledLoss => Takes::Money,
            Self::PublishedIndex => Takes::Any,
            _ => Takes::Own,
        }
    }

    /// Whether it may be in this unit.
    pub fn takes(self, unit: Unit) -> bool {
        match self.kinds() {
            Takes::Own => unit.dimension() == self.own_unit().dimension(),
            Takes::Price => unit.dimension().is_price(),
            Takes::Money => unit.dimension().is_money(),
            Takes::Any => true,
        }
    }

    /// Whether it has no unit of its own: a term sheet says in which it is read.
    pub fn is_of_many_units(self) -> bool {
        self.kinds() != Takes::Own
    }

    /// The unit in which term sheets read it unless they say another; of a variable without one, an example.
    pub fn own_unit(self) -> Unit {
        Unit::from_symbol(self.row().2).expect("the table's units exist")
    }

    /// Whether it is never below zero.
    pub fn is_never_negative(self) -> bool {
        self.row().3
    }
}

impl std::fmt::Display for Variable {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.pad(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_variable_has_a_name_and_a_unit() {
        for (variable, name, unit, _) in TABLE {
            assert_eq!(Variable::from_name(name), Some(variable));
            assert_eq!(variable.own_unit().symbol(), unit);
        }
        assert_eq!(Variable::from_name("rain"), None);
    }

    #[test]
    fn a_variable_takes_the_units_of_its_kind() {
        for (variable, takes, refuses) in [
            (Variable::Precipitation, &["mm", "inch"][..], &["hPa", "1", "CNY"][..]),
            (Variable::Yield, &["kg/ha", "t/ha"], &["kg", "ha"]),
            (Variable::Price, &["CNY/kWh", "EUR/MWh", "USD/t", "INR/m3"], &["CNY", "kWh", "1", "head"]),
            (Variable::ModelledLoss, &["USD", "JPY"], &["USD/t", "1", "head"]),
            (Variable::PublishedIndex, &["1", "%", "mm", "USD/t", "storm"], &[]),
            (Variable::People, &["person"], &["head", "1"]),
        ] {
            assert!(takes.iter().all(|symbol| variable.takes(Unit::from_symbol(symbol).expect(symbol))), "{variable}");
            assert!(!refuses.iter().any(|symbol| variable.takes(Unit::from_symbol(symbol).expect(symbol))));
        }
    }
}
