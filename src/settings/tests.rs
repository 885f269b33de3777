use std::time::Duration;

use super::*;
use crate::feed::{Origin, VintageRule};
use crate::quantity::Variable;

const FILE: &str = r##"
[ledger]
path = "ledger.sqlite"
[book]
products = "products"
policies = ["book.csv"]
[feed.asos]
kind = "csv"
file = "asos.csv"
poll = "6 h"
delay = "1 h"
vintage = "final"
[feed.asos.csv]
delimiter = ","
decimal = "."
missing = [""]
station = { column = "origin" }
time = { column = "time_hour", format = "%Y-%m-%dT%H:%M:%SZ", zone = "UTC", stamp = "begin", every = "1 h" }
[feed.asos.columns]
Temp = { variable = "air_temperature", unit = "degF" }
"##;

fn read(text: &str, variables: &[(&str, &str)]) -> Result<Settings, Faults> {
    let environment = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Settings::read(&Source::new("f.toml", text), Path::new("/etc/fairgauge"), environment)
}

fn faults(text: &str, variables: &[(&str, &str)]) -> Vec<String> {
    let faults = read(text, variables).expect_err("faults");
    faults.iter().map(|fault| format!("{}: {}", fault.position(), fault.message())).collect()
}

#[test]
fn a_file_alone_is_enough() {
    let settings = read(FILE, &[("PATH", "/bin"), ("FAIRGAUGE_CONFIG", "f.toml")]).unwrap();
    assert_eq!(settings.ledger, Path::new("/etc/fairgauge/ledger.sqlite"));
    assert_eq!(settings.book.products, [Path::new("/etc/fairgauge/products")]);
    assert_eq!(settings.book.policies, [Path::new("/etc/fairgauge/book.csv")]);
    assert_eq!((settings.log.level.as_str(), &settings.network), ("info", &Network::default()));
    assert_eq!(settings.feeds["asos"].poll, Duration::from_secs(6 * 3_600));
}

#[test]
fn the_environment_goes_before_the_file() {
    let settings = read(
        FILE,
        &[
            ("FAIRGAUGE__LEDGER__PATH", "/var/lib/l.sqlite"),
            ("FAIRGAUGE__BOOK__POLICIES", "a.csv, b.csv"),
            ("FAIRGAUGE__LOG__LEVEL", "fairgauge=debug"),
            ("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "true"),
            ("FAIRGAUGE__FEED__ASOS__FILE", "http://not/a/url/but/a/path"),
            ("FAIRGAUGE__FEED__ASOS__POLL", "10 min"),
            ("FAIRGAUGE__FEED__ASOS__VINTAGE__FINAL_AFTER", "90 d"),
            ("FAIRGAUGE__FEED__ASOS__CSV__MISSING", ",NaN"),
            ("FAIRGAUGE__FEED__ASOS__COLUMNS__TEMP__UNIT", "degC"),
        ],
    );
    let settings = settings.unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    assert_eq!(settings.ledger, Path::new("/var/lib/l.sqlite"));
    let policies = [Path::new("/etc/fairgauge/a.csv"), Path::new("/etc/fairgauge/b.csv")];
    assert_eq!(settings.book.policies, policies);
    assert_eq!(settings.log.level, "fairgauge=debug");
    assert!(settings.network.allow_private);
    let asos = &settings.feeds["asos"];
    assert!(matches!(&asos.origin, Origin::File(path) if path.starts_with("/etc/fairgauge")));
    assert_eq!(asos.poll, Duration::from_secs(600));
    assert_eq!(asos.vintage, VintageRule::FinalAfter(chrono::TimeDelta::days(90)));
    assert_eq!(asos.columns[0].name, "Temp", "the file keeps its capitals");
    assert_eq!(
        asos.variables().map(|(variable, unit)| (variable, unit.symbol())).collect::<Vec<_>>(),
        [(Variable::AirTemperature, "degC")]
    );
}

#[test]
fn a_feed_can_come_from_the_environment_alone() {
    let file = FILE.replace("kind = \"csv\"\n", "").replace("[feed.asos", "[feed.asos-2");
    let settings = read(&file, &[("FAIRGAUGE__FEED__ASOS-2__KIND", "csv")]).unwrap();
    assert!(settings.feeds.contains_key("asos-2"));
}

#[test]
fn all_faults_are_told_with_their_places() {
    let file = FILE.replace("path =", "pth =").replace("poll = \"6 h\"", "poll = \"6 mm\"");
    let variables = [
        ("FAIRGAUGE__FEED__ASOS__DELAY", "soon"),
        ("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "perhaps"),
        ("FAIRGAUGE__NETWORK__PROXY", "x"),
        ("FAIRGAUGE__LOG__LEVEL", "fairgauge=loud"),
        ("FAIRGAUGE__FEED__Z9__KIND", "csv"),
    ];
    let all = faults(&file, &variables);
    for fault in [
        "f.toml:3:1: `pth` is not a key of [ledger]",
        "f.toml:10:8: `6 mm` is not a time",
        "environment variable FAIRGAUGE__FEED__ASOS__DELAY: `soon` is not a decimal number such as 12.5",
        "environment variable FAIRGAUGE__NETWORK__ALLOW_PRIVATE: this is a text",
        "environment variable FAIRGAUGE__NETWORK__PROXY: `proxy` is not a key of [network]",
        "environment variable FAIRGAUGE__FEED__Z9__KIND: `poll` is missing in the feed `z9`",
    ] {
        assert!(all.iter().any(|found| found == fault), "{fault}: {all:#?}");
    }
    assert!(all.iter().any(|found| found.starts_with("environment variable FAIRGAUGE__LOG__LEVEL: `fairgauge=loud`")));
}

#[test]
fn variables_that_name_nothing_or_the_same_are_faults() {
    for (variables, message) in [
        (&[("FAIRGAUGE__", "x")][..], "this names no setting"),
        (&[("FAIRGAUGE__LEDGER____PATH", "x")], "this names no setting"),
        (&[("FAIRGAUGE__BOOK__POLICIES[0]", "x")], "this names no setting"),
        (&[("FAIRGAUGE__LEDGER__PATH", "x"), ("FAIRGAUGE__LEDGER__path", "y")], "sets the same"),
        (&[("FAIRGAUGE__LEDGER", "x"), ("FAIRGAUGE__LEDGER__PATH", "y")], "sets the whole of it"),
        (&[("FAIRGAUGE__LEDGER", "x")], "this is a text"),
    ] {
        let all = faults(FILE, variables);
        assert!(all.iter().any(|found| found.contains(message)), "{message}: {all:#?}");
    }
}

#[test]
fn products_are_a_folder_or_a_list() {
    let of = |written: &str, variables: &[(&str, &str)]| {
        read(&FILE.replace("products = \"products\"", &format!("products = {written}")), variables)
    };
    let at = |paths: &[&str]| paths.iter().map(|path| Path::new("/etc/fairgauge").join(path)).collect::<Vec<_>>();
    let variable = [("FAIRGAUGE__BOOK__PRODUCTS", "a.toml, more")];
    for (written, variables, paths, why) in [
        ("\"products\"", &[][..], &["products"][..], "a folder"),
        ("\"a, b\"", &[], &["a, b"], "a folder with a comma in its name"),
        ("[\"a.toml\", \"more\"]", &[], &["a.toml", "more"], "a file and a folder"),
        ("\"products\"", &variable, &["a.toml", "more"], "from the environment, with commas"),
        ("[\"a.toml\"]", &variable, &["a.toml", "more"], "also before a list"),
    ] {
        assert_eq!(of(written, variables).expect(why).book.products, at(paths), "{why}");
    }
    for (written, message) in [
        ("[]", "f.toml:5:12: there is no product"),
        ("[1]", "f.toml:5:13: this is a number without a unit"),
        ("{ folder = \"a\" }", "f.toml:5:12: this is a table"),
    ] {
        let all = of(written, &[]).expect_err(message);
        let all: Vec<_> = all.iter().map(|fault| format!("{}: {}", fault.position(), fault.message())).collect();
        assert_eq!(all, [message], "{written}");
    }
}

#[test]
fn a_file_that_is_no_toml_or_is_not_there_is_a_fault() {
    assert!(faults("[ledger\n", &[])[0].starts_with("f.toml:1:"));
    assert!(Settings::load(Path::new("/nowhere/f.toml"), std::iter::empty()).is_err());
    for name in ["Asos", "9a", "a.b"] {
        let all = faults(&FILE.replace("[feed.asos", &format!("[feed.\"{name}\"")), &[]);
        assert!(all.iter().any(|found| found.contains("is not a name of a feed")), "{all:#?}");
    }
}

#[test]
fn the_shipped_settings_and_the_documented_feeds_are_valid() {
    let shipped = include_str!("../../config/fairgauge.toml");
    assert!(read(shipped, &[]).is_ok_and(|settings| settings.feeds.len() == 1));
    let all: String = shipped
        .lines()
        .map(|line| {
            // A commented line of settings has one blank behind its mark, and a key or a table.
            let bare = line.strip_prefix("# ").filter(|bare| bare.starts_with('[') || bare.contains(" = "));
            format!("{}\n", bare.unwrap_or(line))
        })
        .collect();
    let settings = read(&all, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    assert_eq!(settings.feeds.len(), 2);
    assert_eq!(settings.network.user_agent_contact.as_deref(), Some("ops@example.org"));
    assert_eq!(settings.webhooks.len(), 1);
    let documented = [include_str!("../../docs/feeds.md"), include_str!("../../docs/webhooks.md")];
    let documented = documented.iter().flat_map(|page| page.split("```toml").skip(1));
    for block in documented.filter_map(|rest| rest.split("```").next()) {
        let file = format!("[ledger]\npath = \"l\"\n[book]\nproducts = \"p\"\npolicies = []\n{block}");
        read(&file, &[]).unwrap_or_else(|faults| panic!("{}", faults.render(false)));
    }
}

#[test]
fn the_fetchers_socket_stands_in_the_file_or_in_the_environment() {
    let in_file = read(&format!("{FILE}[fetcher]\nsocket = \"run/socket\"\n"), &[]).unwrap();
    assert_eq!(in_file.network.fetcher.as_deref(), Some(Path::new("/etc/fairgauge/run/socket")));
    let variable = ("FAIRGAUGE__FETCHER__SOCKET", "/run/fairgauge-fetch/socket");
    let in_environment = read(FILE, &[variable]).unwrap();
    assert_eq!(in_environment.network.fetcher.as_deref(), Some(Path::new(variable.1)));
    assert!(faults(&format!("{FILE}[fetcher]\n"), &[])[0].contains("`socket` is missing"));
}

#[test]
fn a_private_address_needs_leave() {
    let file = FILE.replace("file = \"asos.csv\"", "url = \"http://127.0.0.1:8080/\"");
    assert!(faults(&file, &[])[0].contains("loopback or private address"));
    assert!(read(&file, &[("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "True")]).is_ok());
}

#[test]
fn keys_in_urls_are_not_printed() {
    let file = FILE.replace("file = \"asos.csv\"", "url = \"https://host.example/?plan=s3cret-key\"");
    assert!(!format!("{:?}", read(&file, &[]).unwrap()).contains("s3cret"));
    for broken in [
        "https://{x}.example/?key=s3cret-key",
        "nonsense?key=s3cret-key",
        "https://[::1/?key=s3cret-key",
        "https://host.example/?key=s3cret-key",
    ] {
        let file = FILE.replace("file = \"asos.csv\"", &format!("url = \"{broken}\""));
        assert!(!faults(&file, &[]).concat().contains("s3cret"), "{broken}");
    }
}
