//! Power of a wind turbine.

use crate::quantity::Fixed;

use super::super::double::double;

/// Density for which power curves are given, kg/m3.
const STANDARD: f64 = 1.225;

/// No air on Earth is denser, kg/m3. Beyond it the corrected speeds would not rise any more.
const DENSEST: f64 = 4.0;

/// Power through a curve whose speeds are corrected for the density of the air.
///
/// Each speed of the curve is multiplied by `(1.225 / density) ^ m`, where `m` is 1/3 up to 7.5 m/s, 2/3 from 12.5 m/s
/// on and on the straight line between, at the curve's own speeds. Between its points the curve is straight; its first
/// and last point belong to it, outside of it the power is 0.
///
/// - curve: m/s and kW, in the order of its speeds, two points or more.
/// - wind: m/s at the hub, not below 0; density: kg/m3, above 0 and no more than 4.
///
/// Returns kW.
///
/// # Source
/// Svenningsen (2010), Proposal of an improved power curve correction; windpowerlib 0.2.2,
/// `power_output.power_curve(density_correction=True)`.
pub(super) struct WindPower {
    speeds: Vec<f64>,
    powers: Vec<f64>,
    exponents: Vec<f64>,
    /// Points up to 7.5 m/s.
    low: usize,
    /// Points below 12.5 m/s.
    high: usize,
}

impl WindPower {
    pub(super) fn new(curve: &[(Fixed, Fixed)]) -> Self {
        let speeds: Vec<_> = curve.iter().map(|(speed, _)| double(*speed)).collect();
        Self {
            powers: curve.iter().map(|(_, power)| double(*power)).collect(),
            exponents: speeds.iter().map(|speed| exponent(*speed)).collect(),
            low: speeds.partition_point(|speed| *speed <= 7.5),
            high: speeds.partition_point(|speed| *speed < 12.5),
            speeds,
        }
    }

    /// Only the speeds around the wind are corrected: all low ones have one factor, all high ones another, so that
    /// most winds need one or two powers.
    pub(super) fn at(&self, [wind, density]: [f64; 2]) -> f64 {
        if wind < 0.0 || density <= 0.0 || density > DENSEST {
            return f64::NAN;
        }
        let ratio = STANDARD / density;
        let mut left = None;
        if self.low > 0 {
            let factor = libm::pow(ratio, exponent(0.0));
            match self.among(0, self.low, factor, wind) {
                Among::Found(power) => return power,
                Among::Behind(corrected) => left = Some((self.low - 1, corrected)),
            }
        }
        for point in self.low..self.high {
            let corrected = self.speeds[point] * libm::pow(ratio, self.exponents[point]);
            if wind < corrected {
                return self.between(left, (point, corrected), wind);
            }
            left = Some((point, corrected));
        }
        if self.high < self.speeds.len() {
            let factor = libm::pow(ratio, exponent(f64::INFINITY));
            let first = self.speeds[self.high] * factor;
            if wind < first {
                return self.between(left, (self.high, first), wind);
            }
            match self.among(self.high, self.speeds.len(), factor, wind) {
                Among::Found(power) => return power,
                Among::Behind(corrected) => left = Some((self.speeds.len() - 1, corrected)),
            }
        }
        // Behind the last point, or at it.
        left.filter(|(_, corrected)| *corrected >= wind).map_or(0.0, |(point, _)| self.powers[point])
    }

    /// Looks among points that have one factor.
    fn among(&self, from: usize, to: usize, factor: f64, wind: f64) -> Among {
        let last = self.speeds[to - 1] * factor;
        if wind >= last {
            return Among::Behind(last);
        }
        let right = from + self.speeds[from..to].partition_point(|speed| speed * factor <= wind);
        let left = right.checked_sub(1).filter(|left| *left >= from).map(|left| (left, self.speeds[left] * factor));
        Among::Found(self.between(left, (right, self.speeds[right] * factor), wind))
    }

    /// On the straight line between two points with their corrected speeds; nothing left of the first.
    fn between(&self, left: Option<(usize, f64)>, (right, right_speed): (usize, f64), wind: f64) -> f64 {
        let Some((left, left_speed)) = left else { return 0.0 };
        let slope = (self.powers[right] - self.powers[left]) / (right_speed - left_speed);
        slope * (wind - left_speed) + self.powers[left]
    }
}

/// What was found among points of one factor.
enum Among {
    /// The power.
    Found(f64),
    /// The wind is at or behind the last of them, which has this corrected speed.
    Behind(f64),
}

/// The exponent of the correction at a speed of the curve.
fn exponent(speed: f64) -> f64 {
    if speed <= 7.5 {
        1.0 / 3.0
    } else if speed >= 12.5 {
        2.0 / 3.0
    } else {
        (2.0 / 3.0 - 1.0 / 3.0) / (12.5 - 7.5) * (speed - 7.5) + 1.0 / 3.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::air_density::AirDensity;
    use super::super::hub_wind::HubWind;
    use super::super::tests::assert_close;
    use super::*;

    /// Enercon E-82/2000, 1 to 25 m/s, kW.
    const E82: [i64; 25] = [
        0, 3, 25, 82, 174, 321, 532, 815, 1_180, 1_580, 1_810, 1_980, 2_050, 2_050, 2_050, 2_050, 2_050, 2_050, 2_050,
        2_050, 2_050, 2_050, 2_050, 2_050, 2_050,
    ];

    fn curve(points: &[i64]) -> Vec<(Fixed, Fixed)> {
        let fixed = |whole| Fixed::from_whole(whole).expect("small");
        (1..).zip(points).map(|(speed, power)| (fixed(speed), fixed(*power))).collect()
    }

    /// Computed with numpy 2.4.6: `interp` over the whole corrected curve.
    #[test]
    fn power_on_and_beside_the_ends_of_the_curve() {
        let e82 = WindPower::new(&curve(&E82));
        for (wind, density, power, why) in [
            (0.9, 1.2, 0.0, "left of the first point"),
            (0.99, 1.29, 0.021_627_955_541_826_41, "dense air brings the first point below 1 m/s"),
            (1.0, 1.225, 0.0, "at the first point"),
            (5.3, 1.1, 190.643_783_278_022_28, "low, thin air"),
            (7.4, 1.3, 689.589_798_993_795_4, "a low speed that lies among the middle ones"),
            (8.5, 1.3, 1_075.096_048_692_229_3, "middle"),
            (10.2, 1.05, 1_376.107_535_728_207, "middle, thin air"),
            (12.4, 1.15, 1_965.966_034_969_209_4, "between middle and high"),
            (12.6, 1.3, 2_050.0, "high"),
            (25.0, 1.225, 2_050.0, "the last point belongs to the curve"),
            (25.000_001, 1.225, 0.0, "right of it"),
            (26.0, 1.1, 2_050.0, "thin air brings the last point beyond 26 m/s"),
            (24.5, 1.32, 0.0, "dense air below 24.5 m/s"),
        ] {
            assert_close(e82.at([wind, density]), power, 1e-12, why);
        }
        for (wind, density, why) in
            [(-0.1, 1.2, "no wind is negative"), (5.0, 0.0, "no density"), (5.0, 4.000_001, "no air is so dense")]
        {
            assert!(e82.at([wind, density]).is_nan(), "{why}");
        }
    }

    /// Every wind and density gives what straight lines over the whole corrected curve give, also on curves that have no
    /// low, no middle or no high points.
    #[test]
    fn only_looking_around_the_wind_changes_nothing() {
        let fixed = |text: &str| Fixed::parse(text).expect(text);
        let points = |points: &[(&str, &str)]| points.iter().map(|(x, y)| (fixed(x), fixed(y))).collect::<Vec<_>>();
        for curve in [
            curve(&E82),
            curve(&E82[..7]),
            curve(&E82[..10]),
            points(&[("8", "100"), ("9.5", "300"), ("12", "900")]),
            points(&[("12.5", "100"), ("13.5", "300"), ("20", "300")]),
            points(&[("3", "0"), ("12.5", "2000")]),
            points(&[("7.5", "10"), ("11", "500"), ("14", "700")]),
        ] {
            let formula = WindPower::new(&curve);
            for density in [0.8, 1.0, 1.225, 1.3, 1.5, 4.0] {
                for tenths in 0..300_u32 {
                    let wind = f64::from(tenths) / 10.0;
                    let expected = over_the_whole_curve(&curve, wind, density);
                    assert_close(formula.at([wind, density]), expected, 1e-12, &format!("{wind} m/s, {density} kg/m3"));
                }
                let corrected = double(curve[0].0) * libm::pow(STANDARD / density, exponent(double(curve[0].0)));
                assert_close(
                    formula.at([corrected, density]),
                    double(curve[0].1),
                    0.0,
                    "the first point belongs to it",
                );
            }
        }
    }

    fn over_the_whole_curve(curve: &[(Fixed, Fixed)], wind: f64, density: f64) -> f64 {
        let speed =
            |(speed, _): &(Fixed, Fixed)| double(*speed) * libm::pow(STANDARD / density, exponent(double(*speed)));
        for pair in curve.windows(2) {
            let ([left, right], [low, high]) =
                ([speed(&pair[0]), speed(&pair[1])], [double(pair[0].1), double(pair[1].1)]);
            if left <= wind && wind <= right {
                return low + (high - low) / (right - left) * (wind - left);
            }
        }
        0.0
    }

    /// From wind at 10 m, temperature and pressure: windpowerlib 0.2.2, hours of 3 March 2016 of case p22, in W.
    #[test]
    fn hours_of_a_turbine() {
        let hub = HubWind::new([10.0, 98.0, 0.2]);
        let air = AirDensity::new([2.0, 0.0, 98.0]);
        let e82 = WindPower::new(&curve(&E82));
        for (hour, wind, temperature, pressure, watt) in [
            (0, 2.0, 10.5, 1_009.1, 34_043.765_26),
            (1, 1.3, 10.6, 1_008.7, 4_157.514_297),
            (3, 0.2, 4.4, 1_007.6, 0.0),
            (4, 1.5, 4.0, 1_007.6, 11_496.775_89),
            (6, 0.7, 2.3, 1_008.1, 348.138_441_4),
            (13, 1.7, 11.9, 1_007.4, 17_936.376_19),
            (14, 0.9, 12.8, 1_006.8, 1_249.432_459),
            (23, 1.3, 5.0, 1_011.1, 4_495.695_436),
        ] {
            let power = e82.at([hub.at([wind]), air.at([temperature, pressure])]);
            assert_close(power * 1_000.0, watt, 1e-9, &format!("{hour} h"));
        }
    }
}
