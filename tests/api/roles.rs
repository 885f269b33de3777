//! Every role against every route of the document.

use std::collections::BTreeSet;

use fairgauge::ledger::{Filter, PayoutRow};
use serde_json::Value;

use crate::SEASON;
use crate::client::{Answer, head, part, request, send};
use crate::serving::{NORTH, SOUTH, patiently};

/// Who comes with a good token, in the order of the columns below.
const WHO: [&str; 7] = [
    "insurer",
    "insurer of another book",
    "insurer of one and a policy",
    "insured",
    "insured of another policy",
    "operator",
    "auditor",
];

const ALL: [u16; 7] = [200; 7];
/// Something of one policy of book north.
const NORTHERN: [u16; 7] = [200, 404, 200, 200, 404, 200, 200];
/// For those who see everything.
const OVERSIGHT: [u16; 7] = [403, 403, 403, 403, 403, 200, 200];
const ACTS: [u16; 7] = [403, 403, 403, 403, 403, 400, 403];

/// Every route, and what everybody is answered. Braces stand for parts of what the policy has.
const ROUTES: &[(&str, &str, &str, [u16; 7])] = &[
    ("get", "/v1/policies", "/v1/policies?limit=1000", ALL),
    ("get", "/v1/policies/{id}", "/v1/policies/{policy}", NORTHERN),
    ("get", "/v1/policies/{id}/progress", "/v1/policies/{policy}/progress", NORTHERN),
    ("get", "/v1/policies/{id}/series", "/v1/policies/{policy}/series", NORTHERN),
    ("get", "/v1/payouts", "/v1/payouts?limit=1000&history=true", ALL),
    ("get", "/v1/payouts/{policy}/{cover}/{start}", "/v1/payouts/{policy}/{cover}/{start}", NORTHERN),
    ("get", "/v1/payouts/{policy}/{cover}/{start}/{number}", "/v1/payouts/{policy}/{cover}/{advance}/1", NORTHERN),
    ("get", "/v1/determinations/{seq}", "/v1/determinations/{seq}", NORTHERN),
    ("get", "/v1/determinations/{seq}/explain", "/v1/determinations/{seq}/explain", NORTHERN),
    ("get", "/v1/determinations/{seq}/proof", "/v1/determinations/{seq}/proof", NORTHERN),
    ("get", "/v1/determinations/{seq}/tlog-proof", "/v1/determinations/{seq}/tlog-proof", NORTHERN),
    ("get", "/v1/feeds", "/v1/feeds", OVERSIGHT),
    ("get", "/v1/alerts", "/v1/alerts", OVERSIGHT),
    ("get", "/v1/log/checkpoint", "/v1/log/checkpoint", ALL),
    ("get", "/v1/log/vkey", "/v1/log/vkey", ALL),
    ("get", "/v1/log/tile/{path}", "/v1/log/tile/0/000", ALL),
    ("get", "/v1/log/tile/{path}", "/v1/log/tile/entries/000", OVERSIGHT),
    ("get", "/v1/log/tile/{path}", "/v1/log/tile/entries%2F000", OVERSIGHT),
    ("get", "/v1/events", "/v1/events", ALL),
    ("post", "/v1/acts", "/v1/acts", ACTS),
];

/// A determination of the northern policy.
fn row() -> PayoutRow {
    let filter = Filter { policy: Some(NORTH.to_owned()), ..Filter::default() };
    let rows = SEASON.0.reader().payouts(&filter).unwrap();
    rows.into_iter().find(|row| row.state == fairgauge::ledger::State::Final).unwrap()
}

fn target(template: &str, row: &PayoutRow) -> String {
    let advance = SEASON.0.advance();
    template
        .replace("{policy}", &part(&row.policy))
        .replace("{cover}", &part(if template.contains("{advance}") { &advance.cover } else { &row.cover }))
        .replace("{start}", &row.period.start.to_string())
        .replace("{advance}", &advance.period.start.to_string())
        .replace("{seq}", &row.seq.to_string())
}

/// What is answered; of a stream, that it begins.
fn ask(method: &str, target: &str, token: Option<&str>, from: &str) -> Answer {
    let bearer = token.map(|token| format!("Bearer {token}"));
    let mut headers = vec![("x-forwarded-for", from)];
    headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
    let body: &[u8] = if method == "post" { b"{}" } else { b"" };
    if method == "post" {
        headers.push(("content-type", "application/json"));
    }
    let request = request(&method.to_uppercase(), target, &headers, body);
    if !target.contains("/events") {
        return patiently(|| send(SEASON.1.address, &request));
    }
    let mut stream = crate::client::connect(SEASON.1.address);
    std::io::Write::write_all(&mut stream, &request).unwrap();
    let (status, headers, _) = head(stream);
    Answer { status, headers, body: Vec::new() }
}

/// Policies that a text names, of all that there are.
fn named(text: &str) -> BTreeSet<String> {
    let all = SEASON.0.reader().policies().unwrap();
    all.into_iter().map(|policy| policy.policy).filter(|policy| text.contains(policy.as_str())).collect()
}

/// The policies that somebody sees.
fn seen(who: &str) -> BTreeSet<String> {
    let all = SEASON.0.reader().policies().unwrap();
    let of_book = |book: &str| all.iter().filter(|one| one.book() == book).map(|one| one.policy.clone()).collect();
    match who {
        "insurer" => of_book("north"),
        "insurer of another book" => of_book("south"),
        "insurer of one and a policy" | "insured" => [NORTH.to_owned()].into(),
        "insured of another policy" => [SOUTH.to_owned()].into(),
        _ => all.iter().map(|policy| policy.policy.clone()).collect(),
    }
}

#[test]
fn the_table_names_every_route_of_the_document() {
    let document: Value = serde_json::from_str(fairgauge::publish::document()).unwrap();
    let documented: BTreeSet<_> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, item)| item.as_object().unwrap().keys().map(move |method| (method.clone(), path.clone())))
        .collect();
    let named: BTreeSet<_> =
        ROUTES.iter().map(|(method, path, ..)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(named, documented);
}

#[test]
fn every_role_is_given_what_it_may_see_on_every_route_and_nothing_of_others() {
    let row = row();
    let document: Value = serde_json::from_str(fairgauge::publish::document()).unwrap();
    for (method, path, template, expected) in ROUTES {
        let target = target(template, &row);
        for (who, expected) in WHO.iter().zip(expected) {
            let answer = ask(method, &target, Some(&SEASON.1.tokens[who]), "192.0.2.1");
            assert_eq!(answer.status, *expected, "{who} asks for {target}: {}", answer.text());
            let said = &document["paths"][path][method]["responses"][answer.status.to_string()];
            assert!(said.is_object(), "{who} asks for {target}: {} is not documented", answer.status);
            let outside: Vec<_> = named(&answer.text()).difference(&seen(who)).cloned().collect();
            // What a caller asked for by name is not told by repeating it.
            assert!(outside.is_empty(), "{who} asks for {target} and reads of {outside:?}");
        }
    }
}

/// Lists are of all that is seen, and of nothing else.
#[test]
fn lists_have_all_that_somebody_sees() {
    for who in WHO {
        for target in ["/v1/policies?limit=1000", "/v1/payouts?limit=1000&history=true"] {
            assert_eq!(named(&SEASON.1.get(who, target).text()), seen(who), "{who} asks for {target}");
        }
    }
}

#[test]
fn without_a_good_token_every_route_answers_the_same() {
    let row = row();
    let good = &SEASON.1.tokens["auditor"];
    let truncated = &good[..good.len() - 1];
    let lower = good.to_lowercase();
    let tokens = [
        ("none", None),
        ("wrong", Some("fg_99999999_AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE")),
        ("truncated", Some(truncated)),
        ("in other letters", Some(lower.as_str())),
        ("revoked", Some(SEASON.1.tokens["revoked"].as_str())),
        ("expired", Some(SEASON.1.tokens["expired"].as_str())),
        ("empty", Some("")),
    ];
    let mut from = 0;
    for (method, _, template, _) in ROUTES {
        let target = target(template, &row);
        let mut said = BTreeSet::new();
        for (kind, token) in tokens {
            from += 1;
            let answer = ask(method, &target, token, &format!("198.51.{}.{}", from / 250, from % 250));
            assert_eq!(answer.status, 401, "{kind} on {target}");
            assert!(answer.header("www-authenticate").is_some_and(|value| value.starts_with("Bearer")));
            if !target.contains("/events") {
                said.insert(answer.text());
            }
        }
        assert!(said.len() <= 1, "it says the same whatever is wrong: {said:?}");
    }
}

/// Whether something is not there or not theirs cannot be told apart.
#[test]
fn what_is_anothers_is_answered_as_what_is_not_there() {
    let row = row();
    let other = &SEASON.1.tokens["insured of another policy"];
    for (there, not_there) in [
        (format!("/v1/policies/{NORTH}"), "/v1/policies/NY-999".to_owned()),
        (format!("/v1/policies/{NORTH}/series"), "/v1/policies/NY-999/series".to_owned()),
        (format!("/v1/payouts/{}", row.id), "/v1/payouts/NY-999/x/2013-06-01".to_owned()),
        (format!("/v1/determinations/{}", row.seq), "/v1/determinations/999999999".to_owned()),
        (format!("/v1/determinations/{}/explain", row.seq), "/v1/determinations/999999999/explain".to_owned()),
        (format!("/v1/determinations/{}/proof", row.seq), "/v1/determinations/0/proof".to_owned()),
        (format!("/v1/determinations/{}/tlog-proof", row.seq), "/v1/determinations/x/tlog-proof".to_owned()),
        (format!("/v1/payouts?policy={NORTH}"), "/v1/payouts?policy=NY-999".to_owned()),
        ("/v1/payouts?book=north".to_owned(), "/v1/payouts?book=of-nobody".to_owned()),
        ("/v1/policies?book=north".to_owned(), "/v1/policies?book=of-nobody".to_owned()),
    ] {
        let [one, another] = [&there, &not_there].map(|target| ask("get", target, Some(other), "192.0.2.2"));
        let without_date = |answer: &Answer| {
            let headers = answer.headers.iter().filter(|(name, _)| name != "date").cloned().collect::<Vec<_>>();
            (answer.status, headers, answer.text())
        };
        assert_eq!(without_date(&one), without_date(&another), "{there}");
    }
}

/// Ten wrong tokens from an address, and then not even the right one for a while; others are let in.
#[test]
fn who_guesses_waits_and_others_do_not() {
    let guess = |from: &str| ask("get", "/v1/payouts", Some("fg_00000000_guess"), from).status;
    assert_eq!((0..10).map(|_| guess("203.0.113.9")).collect::<BTreeSet<_>>(), [401].into());
    let good = Some(SEASON.1.tokens["auditor"].as_str());
    let answer = ask("get", "/v1/payouts", good, "203.0.113.9");
    assert_eq!(answer.status, 429, "{}", answer.text());
    assert!(answer.header("retry-after").is_some_and(|wait| wait.parse::<u32>().is_ok_and(|wait| wait >= 1)));
    assert_eq!(ask("get", "/v1/payouts", good, "203.0.113.10").status, 200);
}
