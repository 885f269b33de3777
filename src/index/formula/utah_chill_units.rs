//! Chill units after the Utah model.

/// The upper end of each class, degC, which belongs to it, and its chill units.
const CLASSES: [(f64, f64); 6] = [(1.4, 0.0), (2.4, 0.5), (9.1, 1.0), (12.4, 0.5), (15.9, 0.0), (18.0, -0.5)];

/// Chill units of an hour by its temperature: none up to 1.4 degC, 0.5 up to 2.4, 1 up to 9.1, 0.5 up to 12.4, none up
/// to 15.9, -0.5 up to 18.0, -1 above; each upper end belongs to its class.
///
/// - temperature: degC, of the hour.
///
/// Returns units; an index of them is their sum, which may be negative.
///
/// # Source
/// Richardson, Seeley and Walker (1974), HortScience 9:331-332; chillR, `Utah_Model`.
pub(super) fn at([temperature]: [f64; 1]) -> f64 {
    CLASSES.iter().find(|(end, _)| temperature <= *end).map_or(-1.0, |(_, units)| *units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_upper_end_belongs_to_its_class() {
        for (temperature, units) in [
            (-20.0, 0.0),
            (1.4, 0.0),
            (1.400_001, 0.5),
            (2.4, 0.5),
            (2.400_001, 1.0),
            (9.1, 1.0),
            (9.100_001, 0.5),
            (12.4, 0.5),
            (12.400_001, 0.0),
            (15.9, 0.0),
            (15.900_001, -0.5),
            (18.0, -0.5),
            (18.000_001, -1.0),
            (40.0, -1.0),
        ] {
            assert_eq!(at([temperature]), units, "{temperature} degC");
        }
    }
}
