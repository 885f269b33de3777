//! Numbered sentences, and those of the series that a sentence speaks of.

/// A sentence with what it speaks of.
#[derive(Debug, Default)]
pub(super) struct Sentence {
    pub text: String,
    pub parts: Vec<Part>,
}

/// A series of its own with its sentences, called by a letter.
#[derive(Debug)]
pub(super) struct Part {
    pub title: String,
    pub sentences: Vec<Sentence>,
}

impl From<String> for Sentence {
    fn from(text: String) -> Self {
        Self { text, parts: Vec::new() }
    }
}

/// The letter by which the part of this place is called: A to Z, then A1 and so on.
pub(super) fn letter(place: usize) -> String {
    let letter = char::from(b'A' + u8::try_from(place % 26).expect("below 26"));
    if place < 26 { letter.to_string() } else { format!("{letter}{}", place / 26) }
}

/// Lines: `1. …`, and below it `A: title` with `A1. …`.
pub(super) fn numbered(sentences: &[Sentence], prefix: &str, indent: usize, lines: &mut Vec<String>) {
    let margin = " ".repeat(indent);
    for (place, sentence) in sentences.iter().enumerate() {
        lines.push(format!("{margin}{prefix}{}. {}", place + 1, sentence.text));
        lettered(&sentence.parts, indent + 3, lines);
    }
}

/// Series by their letters, each with its sentences.
pub(super) fn lettered(parts: &[Part], indent: usize, lines: &mut Vec<String>) {
    let margin = " ".repeat(indent);
    for (place, part) in parts.iter().enumerate() {
        let letter = letter(place);
        lines.push(format!("{margin}{letter}: {}", part.title));
        numbered(&part.sentences, &letter, indent + 3, lines);
    }
}
