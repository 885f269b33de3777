//! Stories of determinations, as the insured read them: every season in both languages.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/program.rs"]
mod program;
#[path = "support/season.rs"]
#[allow(dead_code, reason = "its other half copies seasons")]
mod season;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use fairgauge::audit::{Again, Rederived};
use fairgauge::contract::Policy;
use fairgauge::index::Disposition;
use fairgauge::ledger::{Cause, Corrects, Determination, Filter, Life, PayoutRow, Reader, State};
use fairgauge::quantity::Money;
use fairgauge::settle::{Given, Outcome};
use fairgauge::words::{Language, Story, Told, Topic, story};
use program::{replay, run};
use serde_json::Value;

const SEASONS: [&str; 6] =
    ["golden-2016", "hyderabad-2002", "la-haute-borne-2014", "lingang-2024", "new-york-2013", "rain-revised-2024"];

/// The ledgers of all seasons, replayed once.
static LEDGERS: LazyLock<tempfile::TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    for season in SEASONS {
        replay(&season::fixture(season), &folder.path().join(season));
    }
    folder
});

fn ledger(season: &str) -> PathBuf {
    LEDGERS.path().join(season)
}

/// Calls with each row of a ledger, its determination and that computed again.
fn each(ledger: &Path, all: bool, mut take: impl FnMut(&PayoutRow, &Determination, &Rederived)) {
    let reader = Reader::open(ledger).unwrap();
    let again = Again::of(&reader).unwrap();
    for row in reader.payouts(&Filter { all, ..Filter::default() }).unwrap() {
        let determination = reader.determination_of(row.seq).unwrap().unwrap();
        let rederived = again.rederive(&determination).unwrap();
        assert_eq!(rederived.differences, Vec::<String>::new(), "{}", row.id);
        take(&row, &determination, &rederived);
    }
}

fn told(row: &PayoutRow, determination: &Determination, rederived: &Rederived, language: Language) -> Story {
    let Rederived { policy, settlement, .. } = rederived;
    story(&Told { policy, determination, state: row.state, settlement }, language)
}

/// What stands at the end of each period; of the season of corrections all that was said on the way.
#[test]
fn seasons_are_told_in_both_languages() {
    for season in SEASONS {
        let mut texts = Vec::new();
        each(&ledger(season), season == "rain-revised-2024", |row, determination, rederived| {
            let [english, chinese] = [Language::English, Language::Chinese].map(|language| {
                let story = told(row, determination, rederived, language);
                format!("{}\n{}", story.title, story.text())
            });
            texts.push(format!("{english}\n{chinese}"));
        });
        insta::assert_snapshot!(format!("story_{season}"), texts.join("\n\n"));
    }
}

/// Names of the book, of feeds, stations and storms, which stay as they are.
fn names(policy: &Policy, determination: &Determination, rederived: &Rederived) -> BTreeSet<String> {
    let mut names: BTreeSet<String> = BTreeSet::new();
    names.insert(policy.id.to_string());
    for cover in &policy.product.covers {
        names.insert(cover.id.clone());
        names.extend(cover.limbs.iter().map(|limb| limb.id.clone()));
        names.extend(cover.gates.list.iter().map(|gate| gate.id.clone()));
    }
    let sources = determination.sources.clone().unwrap_or_default();
    for source in sources.iter().chain(&rederived.sources) {
        names.extend([source.feed.to_string(), source.station.to_string()]);
    }
    names.insert(policy.product.day.zone_name().to_owned());
    names
}

/// All that was ever said of all seasons.
#[test]
fn no_english_is_left_in_a_chinese_story() {
    let mut counted: BTreeMap<String, usize> = BTreeMap::new();
    for season in SEASONS {
        each(&ledger(season), true, |row, determination, rederived| {
            let story = told(row, determination, rederived, Language::Chinese);
            let mut names: Vec<_> = names(&rederived.policy, determination, rederived).into_iter().collect();
            names.sort_by_key(|name| std::cmp::Reverse(name.len()));
            let text = format!("{}{}", story.title, story.text());
            let left = names.iter().fold(text.clone(), |text, name| text.replace(name.as_str(), ""));
            // The number of a storm, 2024253N11148.
            let is_number = |word: &&str| word.len() == 13 && word.starts_with("20") && word[7..8].contains(['N', 'S']);
            let words = left.split(|c: char| !c.is_ascii_alphanumeric());
            let left: String = words.filter(|word| !is_number(word)).collect();
            assert!(!left.chars().any(|c| c.is_ascii_alphabetic()), "{}: {left}\nof {text}", row.id);
            assert!(!text.contains(". ") && !text.contains(", "), "{text}");
            let english = told(row, determination, rederived, Language::English);
            assert_eq!(english.sentences.len(), story.sentences.len(), "{}", row.id);
            assert!(english.text().is_ascii() || english.text().contains('°'), "{}", english.text());
            *counted.entry(format!("{} {}", row.state.word(), row.outcome.word())).or_default() += 1;
        });
    }
    println!("{counted:?}");
    assert!(counted.values().sum::<usize>() >= 350, "{counted:?}");
    for kind in
        ["provisional pays", "provisional undetermined", "preliminary pays", "final nothing_due", "restated pays"]
    {
        assert!(counted.contains_key(kind), "{kind}: {counted:?}");
    }
}

/// A determination of the season of corrections, with that computed again.
fn one(id: &str) -> (PayoutRow, Determination, Rederived) {
    let reader = Reader::open(&ledger("rain-revised-2024")).unwrap();
    let row = reader.payout(id).unwrap().unwrap();
    let determination = reader.determination_of(row.seq).unwrap().unwrap();
    let rederived = Again::of(&reader).unwrap().rederive(&determination).unwrap();
    (row, determination, rederived)
}

/// The texts on one topic in both languages: each is told apart from all others, and no English is left in Chinese.
fn told_apart(texts: &[[String; 2]], names: &[&str]) {
    for [english, chinese] in texts {
        assert!(english.ends_with('.') && english.is_ascii(), "{english}");
        let left = names.iter().fold(chinese.clone(), |text, name| text.replace(name, ""));
        assert!(chinese.ends_with('。') && !left.chars().any(|c| c.is_ascii_alphabetic()), "{chinese}");
    }
    for language in [0, 1] {
        let all: BTreeSet<_> = texts.iter().map(|text| &text[language]).collect();
        assert_eq!(all.len(), texts.len(), "{texts:#?}");
    }
}

#[test]
fn every_state_outcome_and_correction_is_told_apart() {
    let (row, restated, rederived) = one("A-1/rain/2024-03-01");
    let until: DateTime<Utc> = "2024-06-01T00:00:00Z".parse().unwrap();
    let cny = restated.amount.currency();
    let topic = |determination: &Determination, state, topic| {
        let row = PayoutRow { state, ..row.clone() };
        [Language::English, Language::Chinese].map(|language| {
            let story = told(&row, determination, &rederived, language);
            story.sentences.iter().find(|sentence| sentence.topic == topic).unwrap().text.clone()
        })
    };
    let plain = Determination { life: Life::default(), ..restated.clone() };
    let contested = Determination { life: Life { contested_until: Some(until), ..Life::default() }, ..plain.clone() };
    let correctable =
        Determination { life: Life { correctable_until: Some(until), ..Life::default() }, ..plain.clone() };
    let mut states: Vec<_> = State::ALL.map(|state| topic(&plain, state, Topic::State)).to_vec();
    states.push(topic(&contested, State::Preliminary, Topic::State));
    states.push(topic(&correctable, State::Final, Topic::State));
    for cause in Cause::ALL {
        for (amount, index) in [(50_000, None), (150_000, restated.index.clone()), (350_000, restated.index.clone())] {
            let before = Corrects { cause, index, amount, payable: amount, clawback: true };
            let life = Life { corrects: Some(before), ..Life::default() };
            states.push(topic(&Determination { life, ..plain.clone() }, State::Restated, Topic::State));
        }
    }
    told_apart(&states, &[]);

    let said =
        |outcome, minor| Determination { outcome, amount: Money::from_minor(minor, cny).unwrap(), ..plain.clone() };
    let (pays, owes) = (said(Outcome::Pays, 123_456), said(Outcome::Pays, -123_456));
    let (nothing, unknown) = (said(Outcome::NothingDue, 0), said(Outcome::Undetermined, 0));
    let money = [
        topic(&pays, State::Provisional, Topic::Money),
        topic(&pays, State::Interim, Topic::Money),
        topic(&pays, State::Final, Topic::Money),
        topic(&owes, State::Provisional, Topic::Money),
        topic(&owes, State::Final, Topic::Money),
        topic(&nothing, State::Provisional, Topic::Money),
        topic(&nothing, State::Final, Topic::Money),
        topic(&unknown, State::Held, Topic::Money),
        topic(&unknown, State::Final, Topic::Money),
    ];
    told_apart(&money, &[]);
    assert!(money[2][0].starts_with("1,234.56 CNY") && money[2][1].contains("人民币1,234.56元"), "{money:?}");
    assert!(money[4][0].contains("owes 1,234.56 CNY"), "without a minus: {money:?}");
}

#[test]
fn what_each_source_gave_is_told_at_nothing_one_and_many() {
    let (row, restated, rederived) = one("A-1/rain/2024-03-01");
    let of = |station: &str, disposition, slots: [i64; 6]| Given {
        feed: "feed".into(),
        station: station.into(),
        variable: "precipitation".to_owned(),
        family: None,
        disposition,
        slots,
        value: None,
    };
    let text = |sources: &[Given], topic: Topic| {
        let determination = Determination { sources: Some(sources.to_vec()), ..restated.clone() };
        [Language::English, Language::Chinese].map(|language| {
            let story = told(&row, &determination, &rederived, language);
            story.sentences.iter().find(|one| one.topic == topic).map_or_else(String::new, |one| one.text.clone())
        })
    };
    use Disposition::{Apart, Missing, NotFinal, NothingReported, PassedOver, Refused, Spare, Stale, Used};
    let one = |disposition, slots| text(&[of("a", disposition, slots)], Topic::Missing);
    let lacking = [
        one(Used, [5, 0, 0, 0, 0, 0]),
        one(Missing, [0, 1, 0, 0, 0, 0]),
        one(Used, [4, 1, 0, 0, 0, 0]),
        one(Missing, [1, 4, 0, 0, 0, 0]),
        one(Stale, [1, 0, 4, 0, 0, 0]),
        one(NotFinal, [1, 0, 0, 4, 0, 0]),
        one(Refused, [1, 0, 0, 0, 4, 0]),
        one(Apart, [1, 0, 0, 0, 0, 4]),
        one(PassedOver, [1, 4, 0, 0, 0, 0]),
        one(NothingReported, [0; 6]),
    ];
    told_apart(&lacking, &["a（feed）"]);
    assert_eq!(lacking[0], ["No reading is missing.", "读数齐全。"].map(str::to_owned));
    assert_eq!(lacking[1][0], "a (feed) was asked for 1 reading of precipitation: 0 used, 1 missing.");
    assert_eq!(lacking[2][1], "a（feed）应提供降水量5个读数，采用4个，1个缺测。");
    assert_eq!(one(Spare, [0; 6])[0], "", "nobody was asked");
    let used = |stations: &[&str]| {
        let sources: Vec<_> = stations.iter().map(|station| of(station, Used, [5, 0, 0, 0, 0, 0])).collect();
        text(&sources, Topic::Measured)
    };
    let measured =
        [used(&[]), used(&["a"]), used(&["a", "b"]), used(&["a", "b", "c", "d"]), used(&["a", "b", "c", "d", "e"])];
    told_apart(&measured, &["a（feed）", "b（feed）", "c（feed）", "d（feed）"]);
    assert!(measured[0][0].contains("nothing had been measured"), "{measured:?}");
    assert!(measured[3][0].contains("precipitation at a (feed), b (feed), c (feed) and d (feed)"), "{measured:?}");
    assert!(
        measured[4][0].contains("precipitation at 5 stations") && measured[4][1].contains("5个站点的降水量"),
        "{measured:?}"
    );
}

fn printed(arguments: &[&str]) -> String {
    let (status, text) = run(arguments);
    assert_eq!(status, 0, "{arguments:?}: {text}");
    text
}

#[test]
fn explain_tells_the_story_where_a_language_is_asked_for() {
    let ledger = ledger("hyderabad-2002");
    let ledger = ledger.to_str().unwrap();
    let id = "HY-101/filling/2002-08-21";
    let chinese = printed(&["explain", id, "--lang", "zh", "--ledger", ledger]);
    assert!(
        chinese.starts_with(
            "保险单 HY-101，保障项目 filling，2002年8月21日至2002年9月30日：赔付248,640.00印度卢比（终定）\n"
        ),
        "{chinese}"
    );
    assert!(chinese.contains("指数为128.3毫米") && chinese.contains("金额以保险单剩余限额为限。"), "{chinese}");
    let english = printed(&["explain", id, "--lang", "en", "--ledger", ledger]);
    assert!(english.contains("The index came to 128.3 mm.") && english.contains("248,640.00 INR is due."), "{english}");
    let json: Value =
        serde_json::from_str(&printed(&["explain", id, "--lang", "zh", "--format", "json", "--ledger", ledger]))
            .unwrap();
    let topics: Vec<_> =
        json["story"]["sentences"].as_array().unwrap().iter().map(|one| one["topic"].as_str().unwrap()).collect();
    assert_eq!(topics, ["measured", "index", "money", "missing", "state"]);
    assert_eq!(json["story"]["lang"], "zh");
    assert_eq!(json["reason_code"], "strike_reached");
    let plain: Value =
        serde_json::from_str(&printed(&["explain", id, "--format", "json", "--ledger", ledger])).unwrap();
    assert_eq!(plain["story"], Value::Null, "only where it is asked for");
    assert_eq!(plain["determination"], json["determination"]);
}

#[test]
fn the_payout_log_gives_its_reasons_in_chinese() {
    let ledger = ledger("rain-revised-2024");
    let ledger = ledger.to_str().unwrap();
    let list = |arguments: &[&str]| printed(&[&["payouts", "list", "--ledger", ledger][..], arguments].concat());
    let table = list(&["--lang", "zh", "--all"]);
    for text in
        ["保险单", "保障项目", "初步结果", "更正", "无法确定", "人民币", "31个数值中缺测5个，条款允许的缺测比例为10%。"]
    {
        assert!(table.contains(text), "{text} in\n{table}");
    }
    let [zh, plain] = [&["--format", "json", "--lang", "zh"][..], &["--format", "json"]]
        .map(|arguments| serde_json::from_str::<Vec<Value>>(&list(arguments)).unwrap());
    assert_eq!(zh.len(), plain.len());
    for (zh, mut plain) in zh.into_iter().zip(plain) {
        assert!(zh["reason"].as_str().unwrap().ends_with('。'), "{zh}");
        plain["reason"] = zh["reason"].clone();
        assert_eq!(zh, plain, "nothing else differs");
    }
    let shown = printed(&["payouts", "show", "A-1/rain/2024-03-01", "--lang", "zh", "--ledger", ledger]);
    for text in ["更正", "可更正至", "降水量: 已采用", "2024年3月1日至2024年3月31日"] {
        assert!(shown.contains(text), "{text} in\n{shown}");
    }
    let english = printed(&["payouts", "show", "A-1/rain/2024-03-01", "--lang", "en", "--ledger", ledger]);
    assert!(english.contains("corrected") && english.contains("The index came to 75 mm."), "{english}");
}

#[test]
fn progress_is_printed_for_a_period_that_runs() {
    let ledger = ledger("hyderabad-2002");
    let ledger = ledger.to_str().unwrap();
    let as_of = "2002-09-10T00:00:00Z";
    let asked = ["progress", "HY-101", "--cover", "filling", "--as-of", as_of, "--ledger", ledger];
    let with = |more: &[&str]| printed(&[&asked[..], more].concat());
    insta::assert_snapshot!("progress", with(&[]));
    insta::assert_snapshot!("progress_zh", with(&["--lang", "zh"]));
    let json: Value = serde_json::from_str(&with(&["--format", "json"])).unwrap();
    let curve = &json[0]["curves"][0];
    assert_eq!(json[0]["read_to"], "2002-09-08T18:30:00.000Z");
    assert_eq!(curve["course"].as_array().unwrap().len(), 19);
    let last = &curve["course"][18];
    assert_eq!(
        (last["value"].as_str(), last["pays"].as_bool(), last["sure"].as_bool()),
        (Some("89.7"), Some(true), Some(false))
    );
    assert_eq!(last["distance"]["by"], "70.3");
    assert_eq!(curve["inputs"][0]["points"].as_array().unwrap().len(), 19);
    assert_eq!(curve["inputs"][0]["sources"][0]["station"], "hyderabad");
    let csv = with(&["--format", "csv"]);
    assert_eq!(csv.lines().count(), 20);
    assert!(
        csv.lines().last().unwrap().ends_with(",89.7,mm,,so_far,1500.00,INR,160,below,70.3,0,0")
            || csv.contains(",89.7,mm,,so_far,"),
        "{csv}"
    );
    // All covers, each in the period that has begun last.
    let all: Vec<Value> = serde_json::from_str(&printed(&[
        "progress", "HY-101", "--as-of", as_of, "--format", "json", "--ledger", ledger,
    ]))
    .unwrap();
    assert!(all.len() >= 3, "{}", all.len());
}

#[test]
fn what_there_is_none_of_is_named() {
    let ledger = ledger("hyderabad-2002");
    let ledger = ledger.to_str().unwrap();
    for (arguments, says) in [
        (&["progress", "HY-000"][..], "the ledger holds no policy HY-000"),
        (&["progress", "HY-101", "--cover", "fill"], "policy HY-101 has no cover fill: it has sowing,"),
        (
            &["progress", "HY-101", "--cover", "filling", "--period", "2002-08-22"],
            "policy HY-101 has no period that begins on 2002-08-22: it has 2002-08-21",
        ),
    ] {
        let (status, text) = run(&[arguments, &["--ledger", ledger]].concat());
        assert!(status == 1 && text.contains(says), "{arguments:?}: {text}");
    }
}
