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
}

/// Variable, name, own unit, whether it is never below zero.
const TABLE: [(Variable, &str, &str, bool); 20] = [
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

    /// The unit in which term sheets read it unless they say another.
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
}
