//! A QR code as the path of an SVG picture.

use std::fmt::Write as _;

use qrcode::{Color, EcLevel, QrCode};

/// A square of so many modules, and a path that fills the dark ones.
pub struct Picture {
    /// Its side with the quiet zone of four modules around it.
    pub side: usize,
    /// The `d` of the path.
    pub path: String,
}

/// The code of a text; none where it is too long for one.
pub fn picture(text: &str) -> Option<Picture> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).ok()?;
    let width = code.width();
    let mut path = String::new();
    for (place, _) in code.to_colors().iter().enumerate().filter(|(_, color)| **color == Color::Dark) {
        let (x, y) = (place % width + 4, place / width + 4);
        _ = write!(path, "M{x} {y}h1v1h-1z");
    }
    Some(Picture { side: width + 8, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_corners_and_its_quiet_zone() {
        let Picture { side, path } = picture("https://payouts.example.org/check").expect("short");
        assert_eq!((side - 8 - 17) % 4, 0, "a size that there is");
        let far = side - 5;
        for corner in [(4, 4), (far, 4), (4, far)] {
            assert!(path.contains(&format!("M{} {}h1", corner.0, corner.1)), "{corner:?}");
        }
        assert!(!path.contains("M3 ") && !path.contains(&format!("M{} ", side - 4)), "nothing in the quiet zone");
        assert!(picture(&"x".repeat(3_000)).is_none());
    }
}
