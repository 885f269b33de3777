//! Every rule of a cover and of a product, in both languages.

use super::*;

#[test]
fn every_rule_has_words_in_both_languages() {
    for (name, sheet) in [
        ("limbs", include_str!("../../tests/sheets/limbs.toml")),
        ("events", include_str!("../../tests/sheets/events.toml")),
    ] {
        let source = Source::new("p.toml", sheet);
        let [english, chinese] = [Language::English, Language::Chinese].map(|language| {
            let text = explain(&source, language).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
            // The hash changes with every comment of the sheet.
            text.lines().filter(|line| !line.contains("SHA-256")).collect::<Vec<_>>().join("\n")
        });
        assert_eq!(english.lines().count(), chinese.lines().count(), "{name}");
        insta::assert_snapshot!(name, format!("{english}\n\n{}\n\n{chinese}", "=".repeat(80)));
    }
}
