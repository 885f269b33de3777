//! The rounding modes that contracts name.

use super::wide::div_rem;

/// How a number that lies between two steps is brought to one of them. Always a term, never a default.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Rounding {
    /// To the nearer step; a tie goes away from zero (2.665 → 2.67, −2.665 → −2.67).
    HalfUp,
    /// To the nearer step; a tie goes to the even one (2.665 → 2.66).
    HalfEven,
    /// Toward zero.
    Down,
    /// Away from zero.
    Up,
}

impl Rounding {
    /// The words of a term sheet, in the order in which messages list them.
    pub const WORDS: [&'static str; 4] = ["half_up", "half_even", "down", "up"];

    /// The mode that a term sheet's word names.
    pub fn from_word(word: &str) -> Option<Self> {
        match word {
            "half_up" => Some(Self::HalfUp),
            "half_even" => Some(Self::HalfEven),
            "down" => Some(Self::Down),
            "up" => Some(Self::Up),
            _ => None,
        }
    }

    /// The word that a term sheet uses for this mode.
    pub fn word(self) -> &'static str {
        match self {
            Self::HalfUp => "half_up",
            Self::HalfEven => "half_even",
            Self::Down => "down",
            Self::Up => "up",
        }
    }

    /// `numerator / denominator` as a whole number. `denominator` is greater than zero.
    pub fn divide(self, numerator: i128, denominator: i128) -> i128 {
        assert!(denominator > 0, "a rounding divides by a positive number");
        let (whole, rest) = div_rem(numerator, denominator);
        if rest == 0 {
            return whole;
        }
        let away = numerator.signum();
        let distance = rest.unsigned_abs();
        let twice = distance.cmp(&(denominator.unsigned_abs() - distance));
        let up = match self {
            Self::Down => false,
            Self::Up => true,
            Self::HalfUp => twice.is_ge(),
            Self::HalfEven => twice.is_gt() || (twice.is_eq() && whole % 2 != 0),
        };
        if up { whole + away } else { whole }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_differ_on_and_beside_a_tie() {
        for (numerator, denominator, half_up, half_even, down, up) in [
            (25, 10, 3, 2, 2, 3),
            (35, 10, 4, 4, 3, 4),
            (24, 10, 2, 2, 2, 3),
            (26, 10, 3, 3, 2, 3),
            (-25, 10, -3, -2, -2, -3),
            (-24, 10, -2, -2, -2, -3),
            (20, 10, 2, 2, 2, 2),
            (0, 10, 0, 0, 0, 0),
            (1, 3, 0, 0, 0, 1),
            (2, 3, 1, 1, 0, 1),
        ] {
            let got = [Rounding::HalfUp, Rounding::HalfEven, Rounding::Down, Rounding::Up]
                .map(|mode| mode.divide(numerator, denominator));
            assert_eq!(got, [half_up, half_even, down, up], "{numerator}/{denominator}");
        }
    }

    #[test]
    fn words_name_their_mode() {
        for word in Rounding::WORDS {
            assert_eq!(Rounding::from_word(word).map(Rounding::word), Some(word));
        }
        assert_eq!(Rounding::from_word("bankers"), None);
    }
}
