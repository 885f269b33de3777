//! What reading a term sheet, the book or the settings must refuse: a season that is well is spoiled in one place at a
//! time, and `fairgauge check` names that place, the fault and the mend, and writes nothing.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/season.rs"]
mod season;

use std::path::Path;
use std::process::Output;

use assert_cmd::Command;

/// `fairgauge check season`, in the folder that holds the season, with these variables and no others of ours.
fn check(folder: &Path, variables: &[(&str, &str)]) -> Output {
    let mut command = Command::cargo_bin("fairgauge").unwrap();
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("FAIRGAUGE_")) {
        command.env_remove(name);
    }
    command.envs(variables.iter().copied()).current_dir(folder).args(["check", "season"]).output().unwrap()
}

/// The report of a season in which something is wrong; the season is as it was.
fn report(folder: &Path, variables: &[(&str, &str)]) -> String {
    let before = season::listing(folder);
    let output = check(folder, variables);
    let report = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(78), "{report}");
    assert!(output.stdout.is_empty(), "{report}");
    assert!(!report.contains('\u{1b}'), "no colours in a pipe: {report:?}");
    assert!(season::listing(folder) == before, "check wrote something\n{report}");
    report
}

/// Replaces a text that occurs once.
fn replace(file: &Path, from: &str, to: &str) {
    let text = std::fs::read_to_string(file).unwrap();
    assert_eq!(text.matches(from).count(), 1, "`{from}` in {}", file.display());
    std::fs::write(file, text.replacen(from, to, 1)).unwrap();
}

/// Replaces a text that occurs once. The new one has a « before the word that is to be named; its line and column.
fn spoil(file: &Path, from: &str, to: &str) -> (usize, usize) {
    replace(file, from, to);
    let text = std::fs::read_to_string(file).unwrap();
    let (before, behind) = text.split_once('«').unwrap_or_else(|| panic!("no « in `{to}`"));
    std::fs::write(file, format!("{before}{behind}")).unwrap();
    (before.matches('\n').count() + 1, before.rsplit('\n').next().unwrap().chars().count() + 1)
}

struct Spoilt {
    season: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static str,
    help: &'static str,
}

const fn at(
    season: &'static str,
    file: &'static str,
    from: &'static str,
    to: &'static str,
    says: &'static str,
    help: &'static str,
) -> Spoilt {
    Spoilt { season, file, from, to, says, help }
}

const NY: &str = "new-york-2013";
const HY: &str = "hyderabad-2002";
const LG: &str = "lingang-2024";
const GO: &str = "golden-2016";
const HB: &str = "la-haute-borne-2014";
const FLOOD: &str = "products/pond-flood.toml";
const GREENS: &str = "products/leafy-greens.toml";
const MELON: &str = "products/melon-rain.toml";
const FROST: &str = "products/spring-frost.toml";
const LATE: &str = "products/late-greens-frost.toml";
const DAIRY: &str = "products/dairy-heat.toml";
const DRY: &str = "products/dry-spell.toml";
const YIELD: &str = "products/monthly-yield.toml";
const PROXY: &str = "products/proxy-generation.toml";
const OFFSHORE: &str = "products/offshore-wind-typhoon.toml";
const CAGE: &str = "products/cage-pressure.toml";
const BOOK: &str = "book.csv";
const SETTINGS: &str = "fairgauge.toml";

/// Season, file, what is replaced, by what (« before the word that is wrong), the fault, the mend.
#[rustfmt::skip]
const TABLE: &[Spoilt] = &[
    // tick and exit
    at(NY, FLOOD, r#"exit = "5.4 inch","#, r#"exit = "5.4 inch", tick = «"9 USD/inch","#, "both a tick and an exit", "keep one of them"),
    at(NY, FLOOD, r#"payout = { when = ">", strike = "3.9 inch", exit = "5.4 inch","#, r#"payout = «{ when = ">", strike = "3.9 inch","#, "neither a tick nor an exit", "add tick ="),
    at(NY, FLOOD, r#"exit = "5.4 inch""#, r#"exit = «"3.9 inch""#, "strike and exit are equal, 3.9 inch", "for all or nothing write pays"),
    at(NY, FLOOD, r#"exit = "5.4 inch""#, r#"exit = «"2.4 inch""#, "the exit 2.4 inch lies on the other side", "exchange strike and exit"),
    at(NY, FLOOD, r#"exit = "5.4 inch", limit = "90 %""#, r#"exit = «"5.4 inch", pays = "90 %""#, "all or nothing", "leave out `pays`"),
    at(NY, FLOOD, r#"payout = { when = ">", strike = "3.9 inch", exit = "5.4 inch", limit = "90 %" }"#, r#"payout = «{ when = ">", strike = "3.9 inch", exit = "5.4 inch" }"#, "`limit` is missing", "add limit ="),
    // bands
    at(NY, MELON, r#"{ from = "90 mm", to = "110 mm", pays = "50 %" }"#, r#"«{ from = "91 mm", to = "110 mm", pays = "50 %" }"#, "the bands leave a gap from 90 to 91 mm", "each band begins where the one before ends"),
    at(NY, MELON, r#"{ from = "90 mm", to = "110 mm", pays = "50 %" }"#, r#"«{ from = "89 mm", to = "110 mm", pays = "50 %" }"#, "the bands overlap from 89 to 90 mm", "each band begins where the one before ends"),
    at(NY, MELON, r#"{ to = "80 mm", pays = "0 %" }"#, r#"«{ from = "0 mm", to = "80 mm", pays = "0 %" }"#, "nothing is said of an index below 0 mm", "the first has no `from`"),
    at(NY, MELON, r#"{ from = "140 mm", pays = "100 %" }"#, r#"«{ from = "140 mm", to = "500 mm", pays = "100 %" }"#, "nothing is said of an index above 500 mm", "the last band has no `to`"),
    at(NY, MELON, r#"payout = { closed = "below", bands = [ { to = "80 mm""#, r#"payout = «{ bands = [ { to = "80 mm""#, "`closed` is missing", "add closed ="),
    at(NY, MELON, r#"{ from = "80 mm", to = "90 mm", pays = "25 %" }"#, r#"«{ from = "80 mm", to = "80 mm", pays = "25 %" }"#, "is empty", "`from` lies below `to`"),
    // comparisons
    at(NY, FLOOD, r#"payout = { when = ">", strike"#, r#"payout = «{ strike"#, "`when` is missing", r#"add when = "<""#),
    at(NY, FLOOD, r#"when = ">","#, r#"when = «"over","#, "`over` is no comparison", "one of <, <=, >, >="),
    at(NY, GREENS, r#"{ meets = "> 90 degF" }"#, r#"{ meets = «"90 degF" }"#, "leaves open on which side of it the index has to be", "begin with <, <=, > or >="),
    at(NY, MELON, r#"in_runs = ">= 10 mm""#, r#"in_runs = «">=10 mm""#, "`>=10 mm` is no comparison", "and a space"),
    // numbers and units
    at(NY, FLOOD, r#"strike = "3.9 inch""#, r#"strike = «3.9"#, "a number without a unit", "a number with its unit"),
    at(NY, FLOOD, r#"strike = "3.9 inch""#, r#"strike = «"3.9""#, "`3.9` has no unit", r#""100 inch""#),
    at(NY, FLOOD, r#"strike = "3.9 inch""#, r#"strike = «"3.9 degF""#, "is a temperature, but the number here is a length in inch", r#""100 inch""#),
    at(NY, FLOOD, r#"strike = "3.9 inch""#, r#"strike = «"3.9 inches""#, "`inches` is not a unit", "did you mean `inch`?"),
    at(NY, FLOOD, r#"strike = "3.9 inch""#, r#"strike = «"3,9 inch""#, "`3,9` is not a decimal number", "write it as"),
    at(NY, LATE, r#"strike = "-1 degC""#, r#"strike = «"30.2 degF""#, "is written in degF, but the number here is in degC", r#"read the variable with as = "degF""#),
    at(NY, GREENS, r#"tick = "150 USD/d""#, r#"tick = «"150 USD/inch""#, "the tick is for each inch, but the index is in d", "USD/d"),
    at(NY, GREENS, r#"tick = "150 USD/d""#, r#"tick = «"-150 USD/d""#, "a tick is above zero", "`when` says on which side"),
    at(NY, GREENS, r#"limit = "1500 USD""#, r#"limit = «"1500 EUR""#, "this is in EUR, but the product pays in USD", "write it in USD"),
    at(NY, GREENS, r#"limit = "1500 USD""#, r#"limit = «"1500""#, "`1500` has no currency", "write it as"),
    at(NY, GREENS, r#"limit = "1500 USD""#, r#"limit = «"-1500 USD""#, "an amount is not below zero", "leave out the minus"),
    at(NY, FLOOD, r#"as = "inch""#, r#"as = «"hPa""#, "`hPa` is a unit of pressure", "such as mm"),
    at(NY, DAIRY, r#""> {threshold}""#, r#"«"> {treshold}""#, "no term {treshold}", "did you mean {threshold}?"),
    // the insured day and dates
    at(NY, FLOOD, "[product]\nid = \"pond-flood\"\nversion = 1\nname = \"Crayfish pond: two days of rain\"\ncurrency = \"USD\"\nday = { zone = \"America/New_York\", starts = \"00:00\" }", "«[product]\nid = \"pond-flood\"\nversion = 1\nname = \"Crayfish pond: two days of rain\"\ncurrency = \"USD\"", "`day` is missing in [product]", "add day = { zone"),
    at(NY, FLOOD, r#"day = { zone = "America/New_York", starts = "00:00" }"#, r#"day = «{ zone = "America/New_York" }"#, "`starts` is missing in the insured day", "add starts ="),
    at(NY, FLOOD, r#"zone = "America/New_York""#, r#"zone = «"EDT""#, "`EDT` is no time zone", "IANA"),
    at(NY, FLOOD, r#"starts = "00:00""#, r#"starts = «"24:00""#, "`24:00` is no time of day", "write it as 20:00"),
    at(NY, GREENS, r#"to = "07-31""#, r#"to = «"06-31""#, "`06-31` is no day of the year", "two digits each"),
    at(NY, GREENS, r#"window = { from = "06-01", to = "07-31" }"#, r#"window = «{ from = "06-01" }"#, "the window is not complete", r#""cover""#),
    // limits, rounding
    at(NY, LATE, r#"index = [ { read = "air_temperature", every = "1 h", as = "degC" }, { reduce = "min" }, { round = "0.1 degC", mode = "half_up" } ]"#, r#"index = [ { read = "air_temperature", every = "1 h", as = "degC" }, «{ reduce = "mean" } ]"#, "is rounded, and it is open how", "put { round = "),
    at(NY, LATE, r#"mode = "half_up" } ]"#, r#"mode = «"half-up" } ]"#, "`half-up` is no rounding mode", "half_up, half_even, down, up"),
    at(NY, LATE, r#"{ round = "0.1 degC", mode = "half_up" }"#, r#"«{ round = "0.1 degC" }"#, "`mode` is missing", r#"add mode = "half_up""#),
    at(NY, FLOOD, r#"longest_wait = "45 d""#, r#"longest_wait = «"6 d""#, "the longest wait is shorter than the lag", "at least as long"),
    // keys and words
    at(NY, FLOOD, r#"lag = "7 d""#, "lag = \"7 d\"\n«grace = \"1 d\"", "`grace` is not a key of [settlement]", "it has: agent, clawback, contest, correction, lag, longest_wait, restate_from, rounding"),
    at(NY, FLOOD, r#"strike = "3.9 inch""#, r#"«strkie = "3.9 inch""#, "`strkie` is not a key of the payout", "did you mean `strike`?"),
    at(NY, FLOOD, r#"{ rolling = "48 h", take = "sum" }"#, r#"«{ roling = "48 h", take = "sum" }"#, "`roling` is no block", "did you mean `rolling`?"),
    at(NY, FLOOD, r#"{ rolling = "48 h", take = "sum" }"#, r#"{ rolling = «"2.5 h", take = "sum" }"#, "no whole number of steps of 1 h", "write a multiple of 1 h"),
    at(NY, FLOOD, r#"read = "precipitation""#, r#"read = «"precipitations""#, "`precipitations` is no variable", "did you mean `precipitation`?"),
    at(NY, MELON, r#"reduce = "largest_run""#, r#"reduce = «"largst_run""#, "`largst_run` does not reduce what flows here", "did you mean `largest_run`?"),
    at(NY, MELON, r#"combine = "best""#, r#"combine = «"add""#, "it is open how the limbs are combined", r#"write "best""#),
    at(NY, FLOOD, "version = 1", "version = «0", "a version is a whole number from 1 on", "write version = 1"),
    at(NY, FLOOD, r#"id = "pond-flood""#, r#"id = «"Pond Flood""#, "`Pond Flood` is no name", "small letters"),
    at(NY, FLOOD, r#"currency = "USD""#, r#"currency = «"US$""#, "`US$` is no currency", "ISO 4217"),
    at(NY, FLOOD, r#"missing = { at_most = "1 %", longest = "3 h" }"#, r#"missing = { at_most = «"101 %", longest = "3 h" }"#, "is not between 0 % and 100 %", "write it as"),
    at(NY, FLOOD, "[data]\nsources = [\"asos/{station}\"]\nmissing = { at_most = \"1 %\", longest = \"3 h\" }", "«[data]\nsources = [\"asos/{station}\"]", "how many readings may be missing", "add missing ="),
    at(NY, GREENS, "[data]\nsources = [\"asos/{station}\", \"asos/{neighbour}\"]\nfallback = \"window\"", "«[data]\nsources = [\"asos/{station}\", \"asos/{neighbour}\"]", "how the later ones serve", "add fallback ="),
    // sources and feeds
    at(NY, FLOOD, r#"sources = ["asos/{station}"]"#, r#"sources = [«"azos/{station}"]"#, "no feed is called `azos`", "did you mean `asos`?"),
    at(NY, FLOOD, r#"sources = ["asos/{station}"]"#, r#"sources = [«"asos/{field}"]"#, "the book has no column `field` of stations", r#"add field = "station""#),
    at(LG, "products/fishery-box.toml", r#"sources = ["besttrack"]"#, r#"sources = [«"besttrack/2024"]"#, "storms are read from a whole feed", "write the feed alone"),
    at(LG, CAGE, r#"{ interpolate = "1 h", longest_gap = "6 h", no_wind = "out" }, { within = "100 km""#, r#"{ within = «"100 km""#, "it is open what lies between two fixes", "put { interpolate"),
    at(LG, OFFSHORE, r#"["80 %", "50 %", "25 %"]"#, r#"«["80 %", "50 %"]"#, "the row has 2 amounts for 3 columns", "one amount for each bound"),
    at(NY, MELON, r#"id = "run""#, r#"id = «"one-day""#, "two limbs are called `one-day`", "another id"),
    at(NY, GREENS, r#"id = "rain""#, r#"id = «"heat""#, "two covers are called `heat`", "another id"),
    at(NY, FLOOD, r#"window = "cover""#, r#"window = "cover" «window = "cover""#, "unexpected key or value", "https://toml.io"),
    // the book
    at(NY, BOOK, "NY-102,leafy", "«NY-101,leafy", "policy NY-101 stands at season/book.csv:3 already", "another number"),
    at(NY, BOOK, "NY-102,leafy", "«NY 102,leafy", "`NY 102` is no policy number", "as in NY-001"),
    at(NY, BOOK, "2013-06-01,2013-08-31,,12 acre", "2013-06-01,«2013-05-31,,12 acre", "the cover period ends on 2013-05-31, before it begins on 2013-06-01", "both days are included"),
    at(NY, BOOK, "2013-06-01,2013-08-31,,12 acre", "«2013-06-02,2013-08-31,,12 acre", "cover rain: the window 06-01 to 07-31 does not lie inside the cover period", "change the cover period"),
    at(NY, BOOK, "2013-06-01,2013-08-31,,12 acre", "«2013-06-01,2014-08-01,,12 acre", "lies only in part inside the cover period", "change the cover period"),
    at(NY, BOOK, "2013-06-01,2013-08-31,,12 acre", "«2013-06-31,2013-08-31,,12 acre", "`2013-06-31` is no day of the calendar", "as in 2024-06-01"),
    at(NY, BOOK, "2013-06-01,2013-08-31,,12 acre", "2013-06-01,«31.8.2013,,12 acre", "`31.8.2013` is no day of the calendar", "as in 2024-06-01"),
    at(NY, BOOK, "NY-102,leafy-greens@1", "NY-102,«leafy-green@1", "there is no product `leafy-green@1`", "did you mean `leafy-greens@1`?"),
    at(NY, BOOK, "NY-102,leafy-greens@1", "NY-102,«leafy-greens@2", "there is no product `leafy-greens@2`", "did you mean `leafy-greens@1`?"),
    at(NY, BOOK, "NY-102,leafy-greens@1,Jamaica Bay Salad Cooperative", "«NY-102,leafy-greens@1,Jamaica Bay, Salad Cooperative", "the row has 11 fields, the header has 10", "double quotes"),
    at(NY, BOOK, "sum_insured,units,", "sum_insured,«acres,", "no product asks for a column `acres`", "columns are: policy, product"),
    at(NY, BOOK, "neighbour,threshold", "neighbour,«treshold", "no product asks for a column `treshold`", "did you mean `threshold`?"),
    at(NY, BOOK, "policy,product,insured,from,to", "«policy,product,from,to", "the column `insured` is missing", "the header begins policy,product,insured,from,to"),
    at(NY, BOOK, "12 acre,JFK,LGA,\nNY-103", "12 acre,«,LGA,\nNY-103", "`station` is empty", "a station of the feed"),
    at(NY, BOOK, ",,12 acre,JFK,LGA,\nNY-103", ",,12 acre,JFK,LGA,«33 degC\nNY-103", "leafy-greens@1 does not use `threshold`", "leave the field empty"),
    at(NY, BOOK, ",,12 acre,JFK,LGA,\nNY-103", ",«50000 USD,12 acre,JFK,LGA,\nNY-103", "leafy-greens@1 does not use `sum_insured`", "leave the field empty"),
    at(NY, BOOK, "12 acre,JFK,LGA,\nNY-103", "«12 head,JFK,LGA,\nNY-103", "the product asks for an area in acre", "12.5 acre"),
    at(NY, BOOK, "12 acre,JFK,LGA,\nNY-103", "«-12 acre,JFK,LGA,\nNY-103", "`-12 acre` is not above zero", "12.5 acre"),
    at(NY, BOOK, "JFK,,-3.5 degC\nNY-203", "JFK,,«3.5 mm\nNY-203", "the product asks for a temperature in degC", "12.5 degC"),
    at(NY, BOOK, "40000 USD,,JFK,,-3.5 degC\nNY-203", "«40000 EUR,,JFK,,-3.5 degC\nNY-203", "`40000 EUR` is no sum insured in USD", "50000 USD"),
    at(NY, BOOK, "40000 USD,,JFK,,-3.5 degC\nNY-203", "«-40000 USD,,JFK,,-3.5 degC\nNY-203", "`-40000 USD` is no sum insured in USD", "50000 USD"),
    at(GO, BOOK, "2016-09-01,2016-10-31,15000", "«2016-09-15,2016-10-31,15000", "does not begin and end with a month", "change the cover period"),
    at(GO, BOOK, "15000 USD,serf-east\nGO-201", "15000 USD,«serf-west\nGO-201", "feed inverter has no station `serf-west`", "did you mean `serf-east`?"),
    // the settings
    at(NY, SETTINGS, "poll = \"12 h\"", "poll = \"12 h\"\n«retries = 3", "`retries` is not a key of the feed `asos`", "it has: "),
    at(NY, SETTINGS, "file = \"feeds/asos-2013.csv\"", "file = \"feeds/asos-2013.csv\"\nurl = «\"https://host.example/asos.csv\"", "a feed has one of `file`, `folder`, `mqtt` and `url`", "keep one of them"),
    at(NY, SETTINGS, "[feed.asos]\nkind = \"csv\"\nfile = \"feeds/asos-2013.csv\"", "«[feed.asos]\nkind = \"csv\"", "nothing says where the bytes come from", "add file ="),
    at(NY, SETTINGS, "poll = \"12 h\"", "poll = «\"12\"", "`12` has no unit", "s, min, h or d"),
    at(NY, SETTINGS, "poll = \"12 h\"", "poll = «\"twice a day\"", "is not a decimal number", "s, min, h or d"),
    at(NY, SETTINGS, "zone = \"UTC\"", "zone = «\"America/NewYork\"", "`America/NewYork` is not a time zone", "IANA"),
    at(NY, SETTINGS, "temp = { variable = \"air_temperature\", unit = \"degF\" }", "temp = { variable = \"air_temperature\", unit = «\"degG\" }", "`degG` is not a unit", "did you mean"),
    at(NY, SETTINGS, "temp = { variable = \"air_temperature\", unit = \"degF\" }", "temp = { variable = \"air_temperature\", unit = «\"mm\" }", "air_temperature is not measured in mm", "degC"),
    at(NY, SETTINGS, "kind = \"csv\"", "kind = «\"xml\"", "`xml` is not a kind of feed", "kinds are: aemo"),
];

type Text = &'static str;
type Elsewhere = (Text, Text, Text, Text, Text, Text, Text, Text, usize);

/// Season, file, what is replaced, by what; another place (« before the word) in a file that must be named;
/// fault, mend, and how many faults that makes in all.
#[rustfmt::skip]
const ELSEWHERE: &[Elsewhere] = &[
    (NY, FROST, "[limit]\naggregate = \"100 %\"\n\n", "", FROST, "«[[cover]]\nid = \"blossom\"", "the covers together could pay 140 % of the sum insured", "add [limit]", 1),
    (NY, GREENS, r#"limit = "2400 USD""#, r#"limit = "3000 USD""#, GREENS, "«[[cover]]\nid = \"rain\"", "could pay 112.5 % of the sum insured", "lower the covers' limits", 1),
    (HB, YIELD, "[limit]\naggregate = \"80 %\"\n", "", BOOK, "HB-101,«monthly-yield@1", "could pay 43200 EUR in all, the sum insured is 18000 EUR", "add [limit]", 2),
    (HB, PROXY, r#", { round = "1 kWh", mode = "half_up" } ]"#, " ]", PROXY, r#"«{ reduce = "energy" }"#, "is rounded, and it is open how", "put { round = ", 1),
    (NY, FLOOD, "longest_wait = \"45 d\"\nrounding = \"half_up\"", "longest_wait = \"45 d\"", FLOOD, "«[settlement]", "`rounding` is missing in [settlement]", "add rounding = ", 1),
    (NY, FLOOD, r#"read = "precipitation""#, r#"read = "evapotranspiration""#, FLOOD, r#"[«"asos/{station}"]"#, "feed asos does not provide evapotranspiration", "it provides: air_temperature, wind_speed, precipitation", 1),
    (HY, DRY, r#"every = "1 d""#, r#"every = "1 h""#, DRY, r#"[«"daily/{station}"]"#, "feed daily gives days, the index reads one value for each 1 h", r#"read it with every = "1 d""#, 1),
    (NY, SETTINGS, r#"stamp = "begin", every = "1 h""#, r#"stamp = "begin", every = "30 min""#, FLOOD, r#"[«"asos/{station}"]"#, "feed asos gives one value for each 30 min, the index reads one for each 1 h", r#"read it with every = "30 min""#, 12),
    (HY, DRY, r#"starts = "00:00""#, r#"starts = "08:30""#, DRY, r#"[«"daily/{station}"]"#, "feed daily has days from 00:00 in Asia/Kolkata, the product's insured day is from 08:30", "make them one day", 1),
    (LG, OFFSHORE, "\nevents = { pay = \"each\", limit = \"100 %\" }", "", OFFSHORE, "«[[cover]]", "it is open which storms of a period pay", "add events =", 1),
    (LG, CAGE, "latitude = \"deg\"\n", "", CAGE, r#"of = «"site""#, "the book gives no latitude of the site", "add latitude =", 1),
    (NY, "products/spring-frost-2.toml", "version = 2", "version = 1", FROST, "id = «\"spring-frost\"", "`spring-frost@1` is also the product in season/products/spring-frost-2.toml", "another id or version", 3),
    (GO, "products/solar-monthly.toml", r#"strike = { jan = "520 kWh", feb = "600 kWh", mar = "790 kWh", apr = "860 kWh", may = "930 kWh", jun = "950 kWh", jul = "940 kWh", "#, r#"strike = { "#, BOOK, "GO-101,solar-monthly@1,Clear Creek Solar Cooperative,«2016", "cover energy has no strike or exit for July", "add the month to the product", 1),
    (GO, "products/solar-monthly.toml", r#"window = { each = "month" }"#, r#"window = "cover""#, "products/solar-monthly.toml", r#"strike = «{ jan = "520"#, "a level by month needs a cover that is settled by month", "or one level", 2),
    (NY, SETTINGS, "[ledger]\n", "[ledger\n", SETTINGS, "[ledger«\n", "unclosed table", "https://toml.io", 1),
    (NY, SETTINGS, "[ledger]\npath = \"ledger.sqlite\"\n\n", "", SETTINGS, "«# Three airports", "`ledger` is missing in the settings", "add ledger =", 1),
];

#[test]
fn each_fault_is_named_where_it_stands() {
    let mut wrong = Vec::new();
    let mut judge = |folder: &Path, named: String, says: &str, help: &str, count: usize| {
        let report = report(folder, &[]);
        let all: Vec<_> = report.split("\n\n").collect();
        let (end, faults) = all.split_last().unwrap();
        let fault = faults.iter().find(|fault| fault.contains(&format!(" {named}\n")) && fault.contains(says));
        let mend =
            |fault: &&str| fault.lines().any(|line| line.trim_start().starts_with("= help: ") && line.contains(help));
        let s = if count == 1 { "" } else { "s" };
        let good = fault.is_some_and(mend)
            && faults.len() == count
            && faults.iter().all(|fault| fault.contains("= help: "))
            && *end == format!("{count} fault{s} in all; nothing was written\n");
        if !good {
            wrong.push(format!("wanted {named}, `{says}`, `{help}`:\n{report}"));
        }
    };
    for row in TABLE {
        let folder = tempfile::tempdir().unwrap();
        let season = folder.path().join("season");
        season::copy(row.season, &season, false);
        let (line, column) = spoil(&season.join(row.file), row.from, row.to);
        judge(folder.path(), format!("season/{}:{line}:{column}", row.file), row.says, row.help, 1);
    }
    for (season, file, from, to, other, mark, says, help, count) in ELSEWHERE {
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join("season");
        season::copy(season, &copy, false);
        replace(&copy.join(file), from, to);
        let (line, column) = spoil(&copy.join(other), &mark.replace('«', ""), mark);
        judge(folder.path(), format!("season/{other}:{line}:{column}"), says, help, *count);
    }
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n\n"));
}

/// What is no text is named as a file; the fault and the mend all the same.
#[test]
fn what_cannot_be_read_is_named() {
    type Spoil = fn(&Path);
    let cases: [(&str, Spoil, &str, &str, usize); 9] = [
        (
            "book.csv",
            |file| {
                std::fs::write(file, b"policy,product,insured,from,to\nNY-1,x@1,M\xfcller,2013-06-01,2013-08-31\n")
                    .unwrap()
            },
            "season/book.csv:2:11\n",
            "save the file as UTF-8",
            1,
        ),
        (
            "products/pond-flood.toml",
            |file| std::fs::write(file, b"[product]\nid = \"caf\xe9\"\n").unwrap(),
            "season/products/pond-flood.toml:2:10\n",
            "save the file as UTF-8",
            1,
        ),
        (
            "book.csv",
            |file| std::fs::remove_file(file).unwrap(),
            "season/book.csv\n",
            "correct [book] in the settings",
            1,
        ),
        (
            "book.csv",
            |file| {
                std::fs::remove_file(file).unwrap();
                std::fs::create_dir(file).unwrap();
            },
            "season/book.csv\n",
            "correct [book] in the settings",
            1,
        ),
        (
            "products/pond-flood.toml",
            |file| {
                std::fs::remove_file(file).unwrap();
                fifo(file);
            },
            "season/products/pond-flood.toml\n",
            "no plain file",
            1,
        ),
        (
            "fairgauge.toml",
            |file| {
                std::fs::remove_file(file).unwrap();
                fifo(file);
            },
            "season/fairgauge.toml\n",
            "no plain file",
            1,
        ),
        ("fairgauge.toml", |file| std::fs::remove_file(file).unwrap(), "season/fairgauge.toml\n", "--config FILE", 1),
        ("book.csv", |file| std::fs::write(file, b"").unwrap(), "season/book.csv:1:1\n", "begin it with the header", 1),
        (
            "products",
            |folder| std::fs::rename(folder, folder.with_file_name("terms")).unwrap(),
            "season/products\n",
            "correct [book] products",
            1,
        ),
    ];
    for (file, spoil, named, says, count) in cases {
        let folder = tempfile::tempdir().unwrap();
        let season = folder.path().join("season");
        season::copy(NY, &season, false);
        spoil(&season.join(file));
        let report = report(folder.path(), &[]);
        assert!(report.contains(named) && report.contains(says), "{named} {says}:\n{report}");
        assert_eq!(report.matches("error: ").count(), count, "{report}");
        assert_eq!(report.matches("= help: ").count(), count, "{report}");
    }
}

fn fifo(path: &Path) {
    assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
}

#[test]
fn a_fault_in_the_environment_is_named_by_its_variable() {
    let folder = tempfile::tempdir().unwrap();
    season::copy(NY, &folder.path().join("season"), false);
    for (variables, says, help) in [
        (
            &[("FAIRGAUGE__FEED__ASOS__POLL", "12")][..],
            "environment variable FAIRGAUGE__FEED__ASOS__POLL",
            "s, min, h or d",
        ),
        (
            &[("FAIRGAUGE__FEED__ASOS__POL", "12 h")],
            "environment variable FAIRGAUGE__FEED__ASOS__POL",
            "did you mean `poll`?",
        ),
        (
            &[("FAIRGAUGE__NETWORK__ALLOW_PRIVATE", "yes")],
            "environment variable FAIRGAUGE__NETWORK__ALLOW_PRIVATE",
            "true or false",
        ),
        (&[("FAIRGAUGE__", "x")], "environment variable FAIRGAUGE__", "FAIRGAUGE__LEDGER__PATH"),
        (&[("FAIRGAUGE__LEDGER__PATH", "a"), ("FAIRGAUGE__LEDGER__path", "b")], "sets the same", "unset one of them"),
    ] {
        let report = report(folder.path(), variables);
        assert!(report.contains(says) && report.contains(help), "{says} {help}:\n{report}");
        assert!(report.ends_with("\n1 fault in all; nothing was written\n"), "{report}");
    }
}

#[test]
fn every_season_is_well_before_it_is_spoilt() {
    for name in [NY, HY, LG, GO, HB] {
        let folder = tempfile::tempdir().unwrap();
        season::copy(name, &folder.path().join("season"), false);
        let before = season::listing(folder.path());
        let output = check(folder.path(), &[]);
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{name}");
        assert!(String::from_utf8(output.stdout).unwrap().ends_with(": no fault\n"));
        assert!(season::listing(folder.path()) == before, "check wrote something");
    }
}

/// A season spoilt in several places, and the report as a person sees it.
fn spoilt(name: &str, places: &[(&str, &str, &str)]) -> String {
    let folder = tempfile::tempdir().unwrap();
    let season = folder.path().join("season");
    season::copy(name, &season, false);
    for (file, from, to) in places {
        replace(&season.join(file), from, to);
    }
    report(folder.path(), &[])
}

/// One mistake in each file, of the kind that a careful person makes on a long day: all named in one pass.
#[test]
fn settings_two_products_and_the_book_at_once() {
    let report = spoilt(
        NY,
        &[
            (SETTINGS, r#"delay = "1 h""#, r#"delay = "1 hour""#),
            (SETTINGS, r#"vintage = "final""#, "vintage = \"final\"\nretries = 3"),
            (
                MELON,
                r#"{ from = "110 mm", to = "140 mm", pays = "60 %" }"#,
                r#"{ from = "110 mm", to = "130 mm", pays = "60 %" }"#,
            ),
            (FLOOD, r#"strike = "3.9 inch", exit"#, r#"strike = "3.9 inch", tick = "9 USD/inch", exit"#),
            (
                BOOK,
                "NY-302,dairy-heat@1,Brookville Goat and Cow Cooperative,2013-05-01,2013-09-30,,95 head",
                "NY-302,dairy-heat@1,Brookville Goat and Cow Cooperative,2013-05-01,2013-09-31,,95 acre",
            ),
        ],
    );
    insta::assert_snapshot!("all_at_once", report);
}

#[test]
#[rustfmt::skip]
fn reports_read_well() {
    for (name, season, file, from, to) in [
        ("tick_and_exit", NY, FLOOD, r#"exit = "5.4 inch","#, r#"exit = "5.4 inch", tick = "9 USD/inch","#),
        ("bands_with_a_gap", NY, MELON, r#"{ from = "90 mm", to = "110 mm", pays = "50 %" }"#, r#"{ from = "91 mm", to = "110 mm", pays = "50 %" }"#),
        ("unit_of_another_dimension", NY, FLOOD, r#"strike = "3.9 inch""#, r#"strike = "3.9 degF""#),
        ("comparison_left_out", NY, GREENS, r#"{ meets = "> 90 degF" }"#, r#"{ meets = "90 degF" }"#),
        ("rounding_left_out", HB, PROXY, r#", { round = "1 kWh", mode = "half_up" } ]"#, " ]"),
        ("limits_above_the_sum_insured", NY, GREENS, r#"limit = "2400 USD""#, r#"limit = "3000 USD""#),
        ("window_outside_the_cover_period", NY, BOOK, "2013-06-01,2013-08-31,,12 acre", "2013-06-02,2013-08-31,,12 acre"),
        ("feed_day_is_not_the_insured_day", HY, DRY, r#"starts = "00:00""#, r#"starts = "08:30""#),
    ] {
        insta::assert_snapshot!(name, spoilt(season, &[(file, from, to)]));
    }
}
