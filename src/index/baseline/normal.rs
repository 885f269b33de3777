//! The normal distribution.

#![expect(clippy::excessive_precision, reason = "the coefficients stand as they were published")]

/// The range to which a standardised index is cut: one year in a thousand on either side.
const CLIP: f64 = 3.09;

/// The standard normal deviate of a probability, held between -3.09 and 3.09.
pub(super) fn clipped_deviate(probability: f64) -> f64 {
    deviate(probability).clamp(-CLIP, CLIP)
}

/// The number below which a standard normal variable lies with a probability; infinite at 0 and 1. It is good to
/// about one part in 10^16.
///
/// # Source
/// Wichura (1988), Algorithm AS 241 (PPND16), Applied Statistics 37:477-484.
fn deviate(probability: f64) -> f64 {
    let from_middle = probability - 0.5;
    if from_middle.abs() <= 0.425 {
        let r = 0.180_625 - from_middle * from_middle;
        return from_middle * polynomial(&MIDDLE, r) / polynomial(&MIDDLE_BELOW, r);
    }
    let tail = if from_middle < 0.0 { probability } else { 1.0 - probability };
    if tail <= 0.0 {
        return if from_middle < 0.0 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let r = libm::sqrt(-libm::log(tail));
    let deviate = if r <= 5.0 {
        polynomial(&TAIL, r - 1.6) / polynomial(&TAIL_BELOW, r - 1.6)
    } else {
        polynomial(&FAR, r - 5.0) / polynomial(&FAR_BELOW, r - 5.0)
    };
    if from_middle < 0.0 { -deviate } else { deviate }
}

/// Coefficients from the highest power to the constant.
fn polynomial(coefficients: &[f64; 8], x: f64) -> f64 {
    coefficients.iter().fold(0.0, |sum, coefficient| sum * x + coefficient)
}

const MIDDLE: [f64; 8] = [
    2_509.080_928_730_122_672_7,
    33_430.575_583_588_128_105,
    67_265.770_927_008_700_853,
    45_921.953_931_549_871_457,
    13_731.693_765_509_461_125,
    1_971.590_950_306_551_442_7,
    133.141_667_891_784_377_45,
    3.387_132_872_796_366_608,
];
const MIDDLE_BELOW: [f64; 8] = [
    5_226.495_278_852_854_561,
    28_729.085_735_721_942_674,
    39_307.895_800_092_710_61,
    21_213.794_301_586_595_867,
    5_394.196_021_424_751_107_7,
    687.187_007_492_057_908_3,
    42.313_330_701_600_911_252,
    1.0,
];
const TAIL: [f64; 8] = [
    7.745_450_142_783_414_076_4e-4,
    0.022_723_844_989_269_184_583_3,
    0.241_780_725_177_450_611_77,
    1.270_458_252_452_368_382_58,
    3.647_848_324_763_204_605_04,
    5.769_497_221_460_691_405_5,
    4.630_337_846_156_545_295_9,
    1.423_437_110_749_683_577_34,
];
const TAIL_BELOW: [f64; 8] = [
    1.050_750_071_644_416_843_24e-9,
    5.475_938_084_995_344_946e-4,
    0.015_198_666_563_616_457_196_6,
    0.148_103_976_427_480_074_59,
    0.689_767_334_985_100_004_55,
    1.676_384_830_183_803_849_4,
    2.053_191_626_637_758_821_87,
    1.0,
];
const FAR: [f64; 8] = [
    2.010_334_399_292_288_132_65e-7,
    2.711_555_568_743_487_578_15e-5,
    0.001_242_660_947_388_078_438_6,
    0.026_532_189_526_576_123_093,
    0.296_560_571_828_504_891_23,
    1.784_826_539_917_291_335_8,
    5.463_784_911_164_114_369_9,
    6.657_904_643_501_103_777_2,
];
const FAR_BELOW: [f64; 8] = [
    2.044_263_103_389_939_785_64e-15,
    1.421_511_758_316_445_888_7e-7,
    1.846_318_317_510_054_681_8e-5,
    7.868_691_311_456_132_591e-4,
    0.014_875_361_290_850_614_852_5,
    0.136_929_880_922_735_805_31,
    0.599_832_206_555_887_937_69,
    1.0,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Deviates of scipy 1.17.1, `special.ndtri`.
    #[test]
    fn deviates_of_probabilities() {
        for (probability, expected, why) in [
            (0.5, 0.0, "the middle"),
            (0.075, -1.439_531_470_938_456, "where the middle ends"),
            (0.074_999, -1.439_538_535_345_230_6, "where the tail begins"),
            (0.975, 1.959_963_984_540_054, "the well-known one"),
            (0.999, 3.090_232_306_167_813, "at the clip"),
            (1e-10, -6.361_340_902_404_056, "deep"),
            (1e-12, -7.034_483_825_301_131, "beyond r = 5"),
            (1e-300, -37.047_096_299_361_2, "very deep"),
        ] {
            assert!(
                (deviate(probability) - expected).abs() <= 4e-15 * expected.abs(),
                "{why}: {}",
                deviate(probability)
            );
        }
        assert_eq!((deviate(0.0), deviate(1.0)), (f64::NEG_INFINITY, f64::INFINITY));
        assert_eq!((clipped_deviate(0.0), clipped_deviate(0.9999)), (-3.09, 3.09));
    }

    /// The distribution function of a deviate is the probability again.
    #[test]
    fn it_is_the_inverse_of_the_distribution() {
        for permille in 1..1_000_u32 {
            let probability = f64::from(permille) / 1_000.0;
            let again = 0.5 * libm::erfc(-deviate(probability) / std::f64::consts::SQRT_2);
            assert!((again - probability).abs() < 4e-16, "{probability}: {again}");
        }
    }
}
