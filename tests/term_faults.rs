//! What the vocabulary of windows, payouts and covers must refuse: a product that is well, with one part of it replaced;
//! the fault names its line and says how to mend it.

use fairgauge::contract::{Book, BookSources};
use fairgauge::document::{Faults, Source};

const HEAD: &str = r#"
[product]
id = "p"
version = 1
name = "Faults"
currency = "CNY"
day = { zone = "UTC", starts = "00:00" }
"#;
const EXPOSURE: &str = "[exposure]\nsum_insured = \"policy\"\n";
const POLICY: &str = "[policy]\nstation = \"station\"\nopening_day = \"date\"\nshare = \"%\"\n";
const DATA: &str = "[data]\nsources = [\"gauge/{station}\"]\nmissing = { at_most = \"10 %\", longest = \"2 d\" }\n";
const SETTLEMENT: &str = "[settlement]\nlag = \"0 d\"\nlongest_wait = \"10 d\"\nrounding = \"half_up\"\n";
const RAIN: &str = r#"index = [ { read = "precipitation", every = "1 d" }, { reduce = "sum" } ]"#;
const PAYS: &str = r#"payout = { when = ">", strike = "100 mm", pays = "10 %" }"#;

/// A term sheet from its tables; those that are empty are the usual ones.
fn sheet(exposure: &str, data: &str, settlement: &str, rest: &str) -> String {
    let or = |text: &str, usual: &str| if text.is_empty() { usual.to_owned() } else { text.to_owned() };
    let (exposure, data, settlement) = (or(exposure, EXPOSURE), or(data, DATA), or(settlement, SETTLEMENT));
    format!("{HEAD}{exposure}{POLICY}{data}{settlement}{rest}")
}

/// One cover with the usual rain, what is said besides, and a payout.
fn cover(besides: &str, payout: &str) -> String {
    format!("[[cover]]\nid = \"a\"\n{besides}\n{RAIN}\n{payout}\n")
}

fn read(sheet: &str, row: &str) -> (Vec<(String, String)>, String) {
    let header = "policy,product,insured,from,to,sum_insured,units,station,opening_day,share";
    let sources = BookSources {
        products: vec![Source::new("p.toml", sheet)],
        policies: vec![Source::new("b.csv", format!("{header}\n{row}\n"))],
        ..BookSources::default()
    };
    let mut faults = Faults::new();
    Book::read(&sources, &mut faults);
    let all = faults.iter().map(|fault| (fault.position(), fault.message().to_owned())).collect();
    (all, faults.render(false))
}

const ROW: &str = "P,p@1,A,2024-03-01,2024-04-30,10000 CNY,,S,2024-03-27,50 %";
const WHOLE: &str = "window = \"cover\"";

/// Term sheets with one fault: the sheet, the fault, the mend.
fn faulty() -> Vec<(String, &'static str, &'static str)> {
    let plain = |rest: String| sheet("", "", "", &rest);
    let window = |window: &str| plain(cover(&format!("window = {window}"), PAYS));
    let payout = |payout: &str| plain(cover(WHOLE, &format!("payout = {payout}")));
    let besides = |besides: &str| plain(cover(&format!("{WHOLE}\n{besides}"), PAYS));
    let data = |more: &str, sources: &str| {
        let data =
            format!("[data]\nsources = {sources}\nmissing = {{ at_most = \"1 %\", longest = \"1 d\" }}\n{more}\n");
        sheet("", &data, "", &cover(WHOLE, PAYS))
    };
    let purchase = |purchase: &str| plain(format!("[purchase]\n{purchase}\n{}", cover(WHOLE, PAYS)));
    let exposure = |exposure: &str| sheet(&format!("[exposure]\n{exposure}\n"), "", "", &cover(WHOLE, PAYS));
    let two = |first: &str, second: &str| {
        let one = |id: &str, text: &str| format!("[[cover]]\nid = \"{id}\"\n{WHOLE}\n{text}\n{RAIN}\n{PAYS}\n");
        plain(format!("{}{}", one("a", first), one("b", second)))
    };
    let gate = |id: &str, holds: &str| format!("[[cover.gate]]\nid = \"{id}\"\n{RAIN}\nholds = \"{holds}\"\n");
    let limb = |id: &str, payout: &str| format!("[[cover.limb]]\nid = \"{id}\"\n{RAIN}\n{payout}\n");
    let limbs =
        |head: &str| plain(format!("[[cover]]\nid = \"a\"\n{WHOLE}\n{head}\n{}{}", limb("x", PAYS), limb("y", PAYS)));
    let swap = r#"{ swap = "100 mm", tick = "5 CNY/mm", when = "<", most = "500 CNY", least = "400 CNY" }"#;
    vec![
        // windows
        (window(r#"{ each = "week" }"#), "a window repeats by the month, the dekad or the year", "write each ="),
        (window(r#"{ each = "dekade" }"#), "a window repeats by the month", "did you mean `dekad`?"),
        (
            window(r#"{ anchor = "{opening_day}", from = "22 d", to = "21 d" }"#),
            "ends 21 d from the anchor, before it begins at 22 d",
            "exchange",
        ),
        (window(r#"{ anchor = "{opening_day}", from = "1.5 d", to = "21 d" }"#), "no number of whole days", "-10 d"),
        (
            window(r#"{ anchor = "{opening}", from = "0 d", to = "21 d" }"#),
            "no column `opening` of days",
            "add opening = \"date\"",
        ),
        (
            window(r#"{ anchor = "{opening_dat}", from = "0 d", to = "21 d" }"#),
            "no column `opening_dat` of days",
            "did you mean {opening_day}?",
        ),
        (
            window(r#"{ anchor = "{station}", from = "0 d", to = "21 d" }"#),
            "no column `station` of days",
            "to [policy]",
        ),
        (window(r#"{ anchor = "03-27", from = "0 d", to = "21 d" }"#), "`03-27` is no anchor", "{opening_day}"),
        (
            window(r#"{ anchor = "{opening_day}", from = "0 d", to = "21 d", fallback = "04-01" }"#),
            "the book gives the anchor",
            "leave it out",
        ),
        (
            window(r#"{ anchor = [ { read = "precipitation", every = "1 d" } ], from = "0 d", to = "21 d" }"#),
            "the anchor is searched, and it is open when",
            "add search =",
        ),
        // shapes
        (
            payout(r#"{ when = "<", strike = "100 mm", exit = "50 mm", limit = "50 %", at_exit = "50 %" }"#),
            "no more is paid than just before it",
            "leave out `at_exit`",
        ),
        (
            payout(r#"{ when = "<", strike = "100 mm", tick = "5 CNY/mm", limit = "50 %", at_exit = "60 %" }"#),
            "there is no exit",
            "leave out `at_exit`",
        ),
        (
            payout(r#"{ swap = "100 mm", tick = "5 CNY/mm", when = "<=", most = "500 CNY", least = "400 CNY" }"#),
            "`<=` is no side",
            "write \"<\" or \">\"",
        ),
        (
            payout(r#"{ swap = "100 mm", tick = "5 CNY/mm", when = "<", most = "500 CNY" }"#),
            "`least` is missing in the payout",
            "add least =",
        ),
        (
            payout(
                r#"{ swap = "100 mm", tick = "5 CNY/mm", when = "<", most = "500 CNY", least = "400 CNY", minimum = "10 CNY" }"#,
            ),
            "a swap pays in both directions",
            "leave out by_date",
        ),
        (
            payout(r#"{ attachment = "10 CNY", exhaustion = "40 CNY", cession = "30 %" }"#),
            "a layer is of a loss in CNY, but the index is in mm",
            "write a strike",
        ),
        (
            payout(
                r#"{ rows = { of = "value", at_least = ["1 mm"] }, columns = { of = "date", from = ["03-17"] }, pays = [["1 %"]] }"#,
            ),
            "a grid pays for events, but the index is one number",
            "write bands",
        ),
        // modifiers
        (
            payout(r#"{ when = ">", strike = "100 mm", pays = "10 %", deductible = "10 %" }"#),
            "the deductible takes all",
            "below the limit",
        ),
        (
            payout(r#"{ when = ">", strike = "100 mm", pays = "10 %", franchise = "10.1 %" }"#),
            "the franchise lies above all",
            "below the limit",
        ),
        (
            payout(r#"{ when = ">", strike = "100 mm", pays = "10 %", minimum = "11 %" }"#),
            "the minimum lies above all",
            "below the limit",
        ),
        (
            payout(r#"{ when = ">", strike = "100 mm", pays = "10 %", minimum = "0 %" }"#),
            "a minimum of nothing",
            "leave it out",
        ),
        (
            payout(r#"{ when = ">", strike = "100 mm", pays = "10 %", by_date = [] }"#),
            "nothing would ever be paid",
            "by_date =",
        ),
        (
            payout(
                r#"{ when = ">", strike = "100 mm", pays = "10 %", by_date = [ { from = "06-01", times = "40 %" }, { from = "06-01", times = "50 %" } ] }"#,
            ),
            "the days do not rise",
            "none twice",
        ),
        (
            payout(
                r#"{ when = ">", strike = "100 mm", pays = "10 %", by_date = [ { from = "06-01", times = "140 %" } ] }"#,
            ),
            "is not between 0 % and 100 %",
            "write it as",
        ),
        (
            payout(r#"{ when = ">", strike = "100 mm", pays = "{shares}" }"#),
            "no term {shares} is given",
            "did you mean {share}?",
        ),
        // covers
        (besides("limit = {}"), "the limit limits nothing", "write period ="),
        (
            besides("limit = { period = \"60 %\", cover = \"50 %\" }"),
            "the most of one period is above the most of all",
            "lower it",
        ),
        (besides("waiting = \"1.5 d\""), "a number of whole days", "10 d"),
        (besides("waiting = \"0 d\""), "a number of whole days, above zero", "10 d"),
        (besides("vintage = \"last\""), "does not say which readings count", "\"final\""),
        (
            besides("lag = \"11 d\""),
            "the longest wait of cover a is shorter than its lag",
            "longest_wait for the cover",
        ),
        (besides("events = { pay = \"largest\" }"), "only a cover on events has `events`", "leave out"),
        (besides("gates = \"all\""), "but there are none", "[[cover.gate]]"),
        (
            plain(format!("{}gates = \"all\"\n{}", cover(WHOLE, PAYS), gate("x", "< 9 mm"))),
            "but there are none",
            "leave it out",
        ),
        (
            plain(format!("{}{}{}", cover(WHOLE, PAYS), gate("x", "< 9 mm"), gate("y", "> 1 mm"))),
            "how many of the gates must hold",
            "gates = \"all\"",
        ),
        (
            plain(format!("{}gates = \"one\"\n{}{}", cover(WHOLE, PAYS), gate("x", "< 9 mm"), gate("y", "> 1 mm"))),
            "`one` does not say how many gates",
            "\"any\"",
        ),
        (
            plain(format!("{}gates = \"any\"\n{}{}", cover(WHOLE, PAYS), gate("x", "< 9 mm"), gate("x", "> 1 mm"))),
            "two gates are called `x`",
            "another id",
        ),
        (plain(format!("{}{}", cover(WHOLE, PAYS), gate("x", "< 9 degC"))), "is a temperature", "write it in mm"),
        (limbs("combine = \"most\""), "how the limbs are combined", "write \"best\""),
        (limbs("combine = \"sum\""), "what one period pays at most", "limit = { period"),
        (two("", "less = \"c\""), "there is no cover `c`", "name an earlier [[cover]]"),
        (two("", "less = \"b\""), "cannot be subtracted from itself", "name an earlier [[cover]]"),
        (two("less = \"b\"", ""), "cover b stands further down", "before this one"),
        // until when it may be bought, and told
        (purchase(r#"bought = "{opening_day}""#), "`latest` is missing in [purchase]", "15 d"),
        (purchase(r#"latest = "12-01""#), "`bought` is missing in [purchase]", "{bought}"),
        (purchase("bought = \"{bought}\"\nlatest = \"12-01\""), "no column `bought` of days", "add bought = \"date\""),
        (purchase("bought = \"{station}\"\nlatest = \"12-01\""), "no column `station` of days", "to [policy]"),
        (purchase("bought = \"12-01\"\nlatest = \"12-01\""), "`12-01` is no day of purchase", "{opening_day}"),
        (purchase("bought = \"{opening_day}\"\nlatest = \"02-29\""), "most years have no 02-29", "03-01"),
        (purchase("bought = \"{opening_day}\"\nlatest = \"12-32\""), "`12-32` is no last day for a purchase", "15 d"),
        (purchase("bought = \"{opening_day}\"\nlatest = \"1.5 d\""), "`1.5 d` is no number of whole days", "15 d"),
        (
            plain(cover(WHOLE, PAYS).replace(
                r#"{ read = "precipitation", every = "1 d" }"#,
                r#"{ report = "precipitation", none = "nothing", told_within = "30" }"#,
            )),
            "`30` has no unit",
            "30 d",
        ),
        // what is paid while the period runs
        (besides("interim = \"0 CNY\""), "a payment of nothing while the period runs", "such as \"1000 CNY\""),
        (besides("interim = \"1000 mm\""), "`mm` is no currency", "ISO 4217"),
        (
            plain(format!("{}{}", cover(&format!("{WHOLE}\ninterim = \"1 CNY\""), PAYS), gate("x", "< 9 mm"))),
            "while the period runs: a gate may still close",
            "leave out `interim`",
        ),
        (two("", "less = \"a\"\ninterim = \"1 CNY\""), "what is subtracted is known at the end only", "leave out"),
        (
            limbs("combine = \"first\"\ninterim = \"1 CNY\""),
            "a limb that stands before may still pay in place of another",
            "leave out",
        ),
        (
            plain(cover(
                r#"window = { anchor = "{opening_day}", from = "0 d", to = "21 d" }
                   interim = "1 CNY""#,
                PAYS,
            )),
            "the day around which it looks may still be another one",
            "leave out",
        ),
        (
            plain(cover(
                &format!("{WHOLE}\ninterim = \"1 CNY\""),
                r#"payout = { when = "<", strike = "100 mm", pays = "10 %" }"#,
            )),
            "later readings may still lower what the index pays",
            "paid at the end",
        ),
        (
            plain(cover(&format!("{WHOLE}\ninterim = \"1 CNY\""), &format!("payout = {swap}"))),
            "what is due under a swap may turn to the other side",
            "leave out",
        ),
        (
            plain(format!(
                "[[cover]]\nid = \"a\"\n{WHOLE}\ninterim = \"1 CNY\"\nevents = {{ pay = \"each\", limit = \"50 %\", at_most = 1 }}\n\
                 index = [ {{ read = \"precipitation\", every = \"1 d\" }}, {{ per = \"value\" }} ]\n{PAYS}\n"
            )),
            "an event that comes to be known later may still take the place of another",
            "leave out",
        ),
        (
            sheet(
                "",
                "[data]\nsources = [\"gauge/{station}\", \"grid/{station}\"]\nfallback = \"window\"\n\
                 missing = { at_most = \"1 %\", longest = \"1 d\" }\n",
                "",
                &cover(&format!("{WHOLE}\ninterim = \"1 CNY\""), PAYS),
            ),
            "the next source may still serve the whole window in place of the one that it paid on",
            "fallback = \"reading\"",
        ),
        (
            sheet(
                "",
                "[data]\nsources = [\"gauge/{station}\", \"grid/{station}\"]\nfallback = \"reading\"\n\
                 missing = { at_most = \"1 %\", longest = \"1 d\" }\n",
                "",
                &format!(
                    "[[cover]]\nid = \"a\"\n{WHOLE}\ninterim = \"1 CNY\"\nevents = {{ pay = \"each\", limit = \"50 %\" }}\n\
                     index = [ {{ report = \"precipitation\", none = \"nothing\" }}, {{ per = \"value\" }} ]\n{PAYS}\n"
                ),
            ),
            "a source that stands before may still report in place of the one that it paid on",
            "name one source in `from`",
        ),
        // a swap stands alone
        (
            plain(cover(&format!("{WHOLE}\nlimit = {{ period = \"50 %\" }}"), &format!("payout = {swap}"))),
            "without a limit beside its own",
            "of its own",
        ),
        (
            plain(format!("{}{}", cover(WHOLE, &format!("payout = {swap}")), gate("x", "< 9 mm"))),
            "without gates",
            "of its own",
        ),
        (
            plain(format!(
                "[[cover]]\nid = \"a\"\n{WHOLE}\ncombine = \"best\"\n{}",
                limb("x", &format!("payout = {swap}"))
            )),
            "without limbs",
            "of its own",
        ),
        (
            plain(format!("{}[limit]\naggregate = \"100 %\"\n", cover(WHOLE, &format!("payout = {swap}")))),
            "an aggregate that only one side would erode",
            "leave out [limit]",
        ),
        // exposure
        (exposure("sum_insured = \"policy\"\nfactors = [\"0 %\"]"), "a factor is above zero", "90 %"),
        (exposure("sum_insured = \"policy\"\nfactors = [\"3 mm\"]"), "a factor is a number", "90 %"),
        (exposure("sum_insured = \"policy\"\nround_sum = \"1 CNY\""), "it is open how", "mode = "),
        (exposure("sum_insured = \"policy\"\nmode = \"down\""), "nothing is rounded here", "leave it out"),
        (
            exposure("sum_insured = \"policy\"\nround_sum = \"1 USD\"\nmode = \"down\""),
            "this is in USD",
            "write it in CNY",
        ),
        (
            sheet(
                "[exposure]\nper = \"ha\"\nfactors = [\"90 %\"]\n",
                "",
                "",
                &cover(WHOLE, r#"payout = { when = ">", strike = "1 mm", pays = "5 CNY" }"#),
            ),
            "no sum insured of one unit",
            "add sum_insured",
        ),
        (
            sheet(
                "[exposure]\nper = \"ha\"\n",
                "",
                "",
                &cover(
                    &format!("{WHOLE}\nlimit = {{ period = \"50 %\" }}"),
                    r#"payout = { when = ">", strike = "1 mm", pays = "5 CNY" }"#,
                ),
            ),
            "no sum insured for one unit",
            "add sum_insured",
        ),
        // data
        (
            data("fallback = \"consensus\"", "[\"a/{station}\", \"b/{station}\"]"),
            "how many sources must agree",
            "quorum = 2",
        ),
        (
            data("fallback = \"consensus\"\nquorum = 3", "[\"a/{station}\", \"b/{station}\"]"),
            "3 of 2 sources are no quorum",
            "from 2 to 2",
        ),
        (
            data("fallback = \"consensus\"\nquorum = 1", "[\"a/{station}\", \"b/{station}\"]"),
            "1 of 2 sources are no quorum",
            "from 2 to 2",
        ),
        (
            data("fallback = \"consensus\"\nquorum = 2", "[\"a/{station}\", \"b/{station}\"]"),
            "how far apart they may be",
            "agree_within =",
        ),
        (
            data("fallback = \"reading\"\nquorum = 2", "[\"a/{station}\", \"b/{station}\"]"),
            "only a consensus has a quorum",
            "leave it out",
        ),
        (
            data(
                "fallback = \"consensus\"\nquorum = 2\nfamilies = { m = [\"a\", \"b\"] }",
                "[\"a/{station}\", \"b/{station}\"]",
            ),
            "2 must agree, but the sources are 1 families",
            "another family",
        ),
        (
            data(
                "fallback = \"consensus\"\nquorum = 2\nfamilies = { m = [\"a\"] }",
                "[\"a/{station}\", \"b/{station}\", \"c/{station}\"]",
            ),
            "the family `m` has fewer than two feeds",
            "two feeds or more",
        ),
        (
            data(
                "fallback = \"consensus\"\nquorum = 2\nfamilies = { m = [\"a\", \"a\"] }",
                "[\"a/{station}\", \"b/{station}\", \"c/{station}\"]",
            ),
            "the feed `a` is in a family already",
            "of one family",
        ),
        (
            data(
                "fallback = \"consensus\"\nquorum = 2\nfamilies = { m = [\"a\", \"b\"], n = [\"b\", \"c\"] }",
                "[\"a/{station}\", \"b/{station}\", \"c/{station}\"]",
            ),
            "the feed `b` is in a family already",
            "of one family",
        ),
        (
            data(
                "fallback = \"consensus\"\nquorum = 2\nfamilies = { m = [\"a\", \"era\"] }",
                "[\"a/{station}\", \"b/{station}\", \"c/{station}\"]",
            ),
            "the feed `era` is none of the sources",
            "feeds of `sources`",
        ),
        (
            data("fallback = \"reading\"\nfamilies = { m = [\"a\", \"b\"] }", "[\"a/{station}\", \"b/{station}\"]"),
            "the sources need not agree",
            "leave families out",
        ),
        (data("quorum = 2", "[\"a/{station}\"]"), "nothing is said of agreement", "fallback = \"consensus\""),
        (data("vintage = \"newest\"", "[\"a/{station}\"]"), "does not say which readings count", "\"any\""),
        // the policy's limit
        (
            plain(format!("{}[limit]\naggregate = \"100 %\"\nreinstatements = 0\n", cover(WHOLE, PAYS))),
            "a whole number from 1 on",
            "reinstatements = 1",
        ),
    ]
}

#[test]
fn each_fault_is_named_with_its_mend() {
    let mut wrong = Vec::new();
    for (sheet, says, help) in faulty() {
        let (all, report) = read(&sheet, ROW);
        let named = all.len() == 1 && all[0].1.contains(says) && all[0].0.starts_with("p.toml:");
        let mend = report.lines().any(|line| line.trim_start().starts_with("= help: ") && line.contains(help));
        if !named || !mend {
            wrong.push(format!("wanted `{says}`, `{help}`, one fault:\n{report}\n"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n\n{}", wrong.len(), wrong.join("\n"));
}

/// What only a policy's row shows.
#[test]
fn a_row_that_does_not_fit_is_named() {
    let plain = |rest: String| sheet("", "", "", &rest);
    let anchored = plain(cover(r#"window = { anchor = "{opening_day}", from = "-10 d", to = "21 d" }"#, PAYS));
    let dekads = plain(format!("{}[limit]\naggregate = \"100 %\"\n", cover(r#"window = { each = "dekad" }"#, PAYS)));
    let balance = |window: &str| {
        plain(format!(
            "[[cover]]\nid = \"a\"\n{WHOLE}\n{RAIN}\n{PAYS}\n[[cover]]\nid = \"b\"\nless = \"a\"\nwindow = {window}\n{RAIN}\n{PAYS}\n"
        ))
    };
    let money = |modifier: &str| {
        plain(cover(WHOLE, &format!(r#"payout = {{ when = ">", strike = "100 mm", pays = "10 %", {modifier} }}"#)))
    };
    let bought = |latest: &str| {
        plain(format!("[purchase]\nbought = \"{{opening_day}}\"\nlatest = \"{latest}\"\n{}", cover(WHOLE, PAYS)))
    };
    let interim = |least: &str| plain(cover(&format!("{WHOLE}\ninterim = \"{least}\""), PAYS));
    let given =
        plain(cover(WHOLE, r#"payout = { when = ">", strike = "100 mm", pays = "{share}", minimum = "20 %" }"#));
    let factors = sheet(
        "[exposure]\nsum_insured = \"policy\"\nfactors = [\"{share}\"]\n",
        "",
        "",
        &cover(WHOLE, r#"payout = { when = ">", strike = "100 mm", pays = "6000 CNY" }"#),
    );
    let row = |from: &str, to: &str, day: &str, share: &str| format!("P,p@1,A,{from},{to},10000 CNY,,S,{day},{share}");
    let usual = |day: &str| row("2024-03-01", "2024-04-30", day, "50 %");
    for (sheet, row, fault, why) in [
        (&anchored, usual("2024-03-27"), None, "well"),
        (
            &anchored,
            usual("2024-02-08"),
            Some("no day from -10 to 21 d of 2024-02-08 lies inside"),
            "21 days behind it is the day before",
        ),
        (&anchored, usual("2024-02-09"), None, "its last day is the first of the cover period"),
        (&anchored, usual("2024-05-10"), None, "its first day is the last of the cover period"),
        (&anchored, usual("2024-05-11"), Some("lies inside the cover period"), "its first day is the day behind"),
        (&anchored, usual("2024-02-30"), Some("`2024-02-30` is no day of the calendar"), "no such day"),
        (&anchored, usual(""), Some("`opening_day` is empty"), "the day is needed"),
        (&dekads, usual("2024-03-27"), None, "six dekads"),
        (
            &dekads,
            row("2024-03-02", "2024-04-30", "2024-03-27", "50 %"),
            Some("does not begin and end with a dekad"),
            "a cut dekad",
        ),
        (&balance("\"cover\""), usual("2024-03-27"), None, "the same days"),
        (
            &balance("{ each = \"month\" }"),
            usual("2024-03-27"),
            Some("cover a has no period 2024-03-01 to 2024-03-31"),
            "other days",
        ),
        (
            &plain(cover(&format!("{WHOLE}\nwaiting = \"60 d\""), PAYS)),
            usual("2024-03-27"),
            None,
            "one day of 61 is left",
        ),
        (
            &plain(cover(&format!("{WHOLE}\nwaiting = \"61 d\""), PAYS)),
            usual("2024-03-27"),
            Some("waits for 61 d, but the cover period has 61 d"),
            "none is left",
        ),
        (&money("deductible = \"999.99 CNY\""), usual("2024-03-27"), None, "a cent below 10 % of 10000 CNY"),
        (&money("deductible = \"1000 CNY\""), usual("2024-03-27"), Some("the deductible takes all"), "as much as 10 %"),
        (&money("franchise = \"1000 CNY\""), usual("2024-03-27"), None, "exactly all"),
        (&money("minimum = \"1000.01 CNY\""), usual("2024-03-27"), Some("the minimum lies above"), "a cent above 10 %"),
        (&bought("15 d"), usual("2024-02-15"), None, "bought exactly 15 days before the first insured day"),
        (
            &bought("15 d"),
            usual("2024-02-16"),
            Some("bought on 2024-02-16, but the latest day for a cover period from 2024-03-01 on is 2024-02-15"),
            "a day too late",
        ),
        (&bought("12-01"), usual("2023-12-01"), None, "on the last day, of the year before"),
        (&bought("12-01"), usual("2023-12-02"), Some("is 2023-12-01"), "a day behind it"),
        (&bought("0 d"), usual("2024-03-01"), None, "on the first insured day itself"),
        (&bought("0 d"), usual("2024-03-02"), Some("is 2024-03-01"), "a day behind it"),
        (&bought("0 d"), usual(""), Some("`opening_day` is empty"), "it must be said when it was bought"),
        (&interim("1000 CNY"), usual("2024-03-27"), None, "exactly the 10 % of 10000 CNY that a period pays"),
        (
            &interim("1000.01 CNY"),
            usual("2024-03-27"),
            Some("1000.01 CNY are the least that is paid while the period runs, but a period pays at most 1000 CNY"),
            "a cent more is never paid",
        ),
        (&interim("{share}"), row("2024-03-01", "2024-04-30", "2024-03-27", "10 %"), None, "the book gives as much"),
        (
            &interim("{share}"),
            row("2024-03-01", "2024-04-30", "2024-03-27", "0 %"),
            Some("a payment of nothing while the period runs"),
            "the book gives nothing",
        ),
        (&given, row("2024-03-01", "2024-04-30", "2024-03-27", "20 %"), None, "the book gives exactly the minimum"),
        (
            &given,
            row("2024-03-01", "2024-04-30", "2024-03-27", "19 %"),
            Some("the minimum lies above"),
            "less than the minimum",
        ),
        (&factors, row("2024-03-01", "2024-04-30", "2024-03-27", "60 %"), None, "60 % of 10000 CNY is what it pays"),
        (
            &factors,
            row("2024-03-01", "2024-04-30", "2024-03-27", "59 %"),
            Some("could pay 6000 CNY in all, the sum insured is 5900 CNY"),
            "less than it pays",
        ),
    ] {
        let (all, report) = read(sheet, &row);
        match fault {
            None => assert!(all.is_empty(), "{why}:\n{report}"),
            Some(says) => assert!(all.len() == 1 && all[0].1.contains(says), "{why}, wanted `{says}`:\n{report}"),
        }
    }
}

/// Covers that could pay more than the sum insured need an aggregate: counted with their limits and factors.
#[test]
fn the_most_of_all_covers_counts_their_limits() {
    let pays = |share: &str| format!(r#"payout = {{ when = ">", strike = "100 mm", pays = "{share} %" }}"#);
    let limb = |id: &str, share: &str| format!("[[cover.limb]]\nid = \"{id}\"\n{RAIN}\n{}\n", pays(share));
    let limbs = |head: &str| format!("[[cover]]\nid = \"a\"\n{WHOLE}\n{head}\n{}{}", limb("x", "80"), limb("y", "70"));
    let monthly = |besides: &str| cover(&format!("window = {{ each = \"month\" }}\n{besides}"), &pays("60"));
    let swap = r#"payout = { swap = "100 mm", tick = "5 CNY/mm", when = "<", most = "90000 CNY", least = "4 CNY" }"#;
    let modified =
        |modifier: &str| format!(r#"payout = {{ when = ">", strike = "100 mm", pays = "150 %", {modifier} }}"#);
    for (rest, most, why) in [
        (limbs("combine = \"best\""), None, "the best of 80 and 70 %"),
        (limbs("combine = \"first\""), None, "one of 80 and 70 %"),
        (limbs("combine = \"sum\"\nlimit = { period = \"100 %\" }"), None, "added up, cut at 100 %"),
        (limbs("combine = \"sum\"\nlimit = { period = \"101 %\" }"), Some("101 %"), "added up, cut at 101 %"),
        (limbs("combine = \"sum\"\nlimit = { period = \"200 %\" }"), Some("150 %"), "added up"),
        (monthly(""), Some("12000 CNY"), "twice 60 %"),
        (monthly("limit = { period = \"50 %\" }"), None, "twice 50 %"),
        (monthly("limit = { cover = \"100 %\" }"), None, "100 % in all"),
        (cover(WHOLE, swap), None, "a swap is no part of the sum insured"),
        (cover(WHOLE, &modified("deductible = \"50 %\"")), None, "150 % less 50 %"),
        (cover(WHOLE, &modified("deductible = \"49 %\"")), Some("101 %"), "150 % less 49 %"),
        (cover(WHOLE, &modified(r#"by_date = [ { from = "01-01", times = "60 %" } ]"#)), None, "60 % of 150 % at most"),
    ] {
        let (all, report) = read(&sheet("", "", "", &rest), ROW);
        match most {
            None => assert!(all.is_empty(), "{why}:\n{report}"),
            Some(most) => {
                assert!(all.len() == 1 && all[0].1.contains(&format!("could pay {most}")), "{why}:\n{report}")
            }
        }
    }
}
