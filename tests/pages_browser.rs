//! The pages in a browser: each in both languages, on a phone and on a desk, light and dark; by keyboard alone; what is
//! drawn; what is signed and checked there. Pictures are kept in target/screenshots.
#![allow(missing_docs, clippy::unwrap_used, reason = "a test")]

#[path = "support/browser.rs"]
mod browser;
#[path = "support/operators.rs"]
mod operators;
#[path = "support/program.rs"]
mod program;
#[path = "support/rain_days.rs"]
mod rain_days;
#[allow(dead_code, reason = "other tests use the rest of it")]
#[path = "support/season.rs"]
mod season;
#[path = "support/served.rs"]
mod served;
#[path = "support/signed.rs"]
mod signed;
#[path = "support/tools.rs"]
mod tools;

use std::path::{Path, PathBuf};
use std::time::Duration;

use browser::{Browser, DESK, ENTER, PHONE, Sight, TAB};
use fairgauge::access::Role;
use fairgauge::audit::Bundle;
use served::Served;

/// The cold pond has a gap at the year's end, the greens pay.
const NEW_YORK: [&str; 2] = ["NY-101", "NY-204"];
/// Corrected by what the climate service said later.
const REVISED: &str = "rain-revised-2024";

fn there() -> bool {
    tools::there("chromium") && tools::there("chromedriver")
}

fn pictures() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/screenshots");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// Enters by keyboard.
fn enter(browser: &Browser, served: &Served, token: &str) {
    browser.go(&served.url("/en/payouts"));
    assert!(browser.run("return location.pathname") == "/en/enter", "who has no token is asked for one");
    browser.until("document.activeElement.id === 'token'");
    browser.press(token);
    browser.press(ENTER);
    browser.until("location.pathname === '/en/payouts'");
}

/// The script of axe-core; none where it is not installed.
fn axe() -> Option<String> {
    let path = std::env::var_os("FAIRGAUGE_AXE");
    tools::left_out(path.is_some(), "axe-core is not installed: FAIRGAUGE_AXE names no axe.min.js")
        .then(|| std::fs::read_to_string(path.unwrap()).unwrap())
}

/// Faults of a page that keep somebody from using it.
fn faults(browser: &Browser, axe: &str) -> Vec<String> {
    browser.run(axe);
    let found = browser.wait(
        "const found = await axe.run(document, { resultTypes: ['violations'] });
         return found.violations.filter((fault) => ['serious', 'critical'].includes(fault.impact))
             .map((fault) => `${fault.id}: ${fault.nodes.map((node) => node.target.join(' ') + ' ' + node.any.map((any) => any.message).join(';')).slice(0, 3).join(', ')}`);",
    );
    found.as_array().unwrap().iter().map(|fault| fault.as_str().unwrap().to_owned()).collect()
}

/// Every page, and where it stands.
fn all_pages(of: &Served) -> Vec<(&'static str, String)> {
    let entry = certified(of, "NY-101/rain/2013-06-01");
    vec![
        ("overview", String::new()),
        ("policy", "/policies/NY-101?of=rain%2F2013-06-01".to_owned()),
        ("gap", "/policies/NY-204".to_owned()),
        ("payouts", "/payouts?outcome=pays".to_owned()),
        ("feeds", "/feeds".to_owned()),
        ("acts", "/acts".to_owned()),
        ("certificate", format!("/certificate/{entry}")),
        ("check", "/check".to_owned()),
        ("enter", "/enter".to_owned()),
        ("nothing", "/policies/NY-999".to_owned()),
    ]
}

/// The entry of a settlement.
fn certified(of: &Served, id: &str) -> i64 {
    fairgauge::ledger::Reader::open(&of.ledger).unwrap().payout(id).unwrap().expect("it is there").seq
}

#[test]
fn every_page_in_both_languages_on_phone_and_desk_light_and_dark() {
    if !there() {
        return;
    }
    let served = Served::season("new-york-2013", &NEW_YORK);
    let (browser, axe, folder) = (Browser::start(), axe(), pictures());
    enter(&browser, &served, &served.token("anna", Role::Operator, &[]));
    browser.requests();
    browser.console();
    let (origin, mut wrong) = (served.url("/"), Vec::new());
    for (name, path) in all_pages(&served) {
        for language in ["en", "zh"] {
            browser.go(&served.url(&format!("/{language}{path}")));
            for (size, sight) in [("desk", DESK), ("phone", PHONE)] {
                for dark in [false, true] {
                    browser.look(Sight { dark, ..sight });
                    let seen = format!("{name}-{language}-{size}-{}", if dark { "dark" } else { "light" });
                    if ["policy", "gap"].contains(&name) {
                        browser.until("[...document.querySelectorAll('.plot')].every((plot) => plot.dataset.drawn)");
                    }
                    browser.picture(&folder.join(format!("{seen}.png")));
                    let wide = browser.run("return document.documentElement.scrollWidth - innerWidth");
                    if wide.as_i64().unwrap() > 0 {
                        wrong.push(format!("{seen}: wider than the screen by {wide}"));
                    }
                    let lang = browser.run("return document.documentElement.lang.slice(0, 2)");
                    assert_eq!(lang, language, "{seen}");
                    // Every sight of a page in one of the languages.
                    let in_turn = dark == ((language == "zh") != (size == "phone"));
                    if let Some(axe) = axe.as_ref().filter(|_| in_turn) {
                        wrong.extend(faults(&browser, axe).iter().map(|fault| format!("{seen}: {fault}")));
                    }
                }
            }
            if name == "certificate" {
                let sheets = browser.sheets(&folder.join(format!("{name}-{language}.pdf")));
                assert_eq!(sheets, 1, "it fits one sheet of A4 in {language}");
            }
            // A page that is not there says so to the console too, as it should.
            let said: Vec<_> = browser.console().into_iter().filter(|line| !line.contains("status of 404")).collect();
            wrong.extend(said.iter().map(|line| format!("{name}-{language}: {line}")));
        }
    }
    // Signs of the browser's own fields lie in the browser.
    let is_ours = |url: &String| url.starts_with(&origin) || url.starts_with("data:");
    wrong.extend(
        browser.requests().into_iter().filter(|url| !is_ours(url)).map(|url| format!("asked elsewhere: {url}")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn who_sees_one_policy_sees_no_other() {
    if !there() {
        return;
    }
    let served = Served::season(REVISED, &[]);
    let browser = Browser::start();
    browser.go(&served.url("/en"));
    browser.write("#token", "fg_01010101_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    browser.click("form.card button");
    browser.until("document.querySelector('#fault') !== null");
    assert_eq!(browser.text("#fault"), "This token is not accepted.");
    enter(&browser, &served, &served.token("farm", Role::Insured, &["A-1"]));
    assert_eq!(browser.text("table.log tbody"), browser.text("table.log tbody tr"), "one row");
    let whole = browser.run("return document.documentElement.outerHTML");
    for other in ["A-2", "B-1", "/acts", "/feeds"] {
        assert!(!whole.as_str().unwrap().contains(other), "{other}");
    }
    let other = certified(&served, "A-2/rain/2024-03-01");
    for (path, status) in [
        ("/en/policies/A-1".to_owned(), 200),
        ("/en/policies/A-2".to_owned(), 404),
        ("/en/policies/none".to_owned(), 404),
        (format!("/en/certificate/{other}"), 404),
        (format!("/en/proof/{other}"), 404),
        ("/en/certificate/1".to_owned(), 404),
        ("/en/feeds".to_owned(), 403),
        ("/en/acts".to_owned(), 403),
        ("/en/acts/settlement?of=A-1/rain/2024-03-01".to_owned(), 403),
        ("/en/payouts?state=sometimes".to_owned(), 400),
        ("/en/check".to_owned(), 200),
    ] {
        let found = browser.wait(&format!("return (await fetch({path:?}, {{ redirect: 'manual' }})).status"));
        assert_eq!(found, status, "{path}");
    }
    let rows = browser.wait("return (await fetch('/en/payouts.csv?policy=A-2')).text()");
    assert_eq!(rows.as_str().unwrap().lines().count(), 1, "the header alone: {rows}");
    let rows = browser.wait("return (await fetch('/en/payouts.csv')).text()");
    assert_eq!(rows.as_str().unwrap().lines().count(), 2);
    assert!(browser.run("return document.cookie") == "", "no script sees the token");
    browser.click("form[action$='/leave'] button");
    browser.until("location.pathname === '/en/enter'");
    browser.go(&served.url("/zh/policies/A-1"));
    assert_eq!(browser.run("return location.pathname + location.search"), "/zh/enter?to=%2Fzh%2Fpolicies%2FA-1");
}

/// How many points of a chart have a colour, within a little.
const COLOUR: &str = "
    const probe = document.createElement('canvas').getContext('2d');
    const count = (canvas, name) => {
        const span = document.createElement('span');
        span.style.color = `var(--${name})`;
        document.body.append(span);
        probe.fillStyle = getComputedStyle(span).color;
        probe.fillRect(0, 0, 1, 1);
        span.remove();
        const [r, g, b] = probe.getImageData(0, 0, 1, 1).data;
        const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
        let points = 0;
        for (let at = 0; at < data.length; at += 4) {
            const near = Math.abs(data[at] - r) + Math.abs(data[at + 1] - g) + Math.abs(data[at + 2] - b) < 24;
            points += near && data[at + 3] > 200 ? 1 : 0;
        }
        return points;
    };";

#[test]
fn the_chart_shows_strike_exit_gap_and_revision() {
    if !there() {
        return;
    }
    let (revised, gap) = (Served::season(REVISED, &[]), Served::season("new-york-2013", &["NY-204"]));
    let browser = Browser::start();
    browser.look(DESK);
    let [of_revised, of_gap] = [&revised, &gap].map(|served| served.token("audit", Role::Auditor, &[]));
    enter(&browser, &revised, &of_revised);
    browser.go(&revised.url("/en/policies/A-1"));
    browser.until("document.querySelector('.plot').dataset.drawn === '2'");
    browser.picture(&pictures().join("chart-revised.png"));
    let levels = browser.run("return [...document.querySelectorAll('[data-level]')].map((level) => level.textContent)");
    assert_eq!(levels, serde_json::json!(["strike 50 mm", "exit 90 mm"]));
    let notes = browser.run("return [...document.querySelectorAll('.values td:last-child')].map((cell) => cell.textContent).filter(Boolean)");
    assert!(
        notes.as_array().unwrap().iter().any(|note| note.as_str().unwrap().starts_with("revised, before: ")),
        "{notes}"
    );
    let counts = |browser: &Browser| {
        let script = format!(
            "{COLOUR} const found = [...document.querySelectorAll('canvas')].map((canvas) => Object.fromEntries(['strike', 'exit', 'gap', 'old', 'bar', 'grown', 'band'].map((name) => [name, count(canvas, name)]))); return found;"
        );
        browser.run(&script)
    };
    let found = counts(&browser);
    for (panel, colour, why) in [
        (0, "strike", "a line across"),
        (0, "exit", "a line across"),
        (0, "grown", "the index so far"),
        (1, "bar", "values"),
        (1, "old", "what was said before"),
    ] {
        assert!(found[panel][colour].as_u64().unwrap() > 20, "{colour}, {why}: {found}");
    }
    // Edges of letters may have a colour by chance.
    let few = |panel: usize| found[panel]["gap"].as_u64().unwrap() < 60;
    assert!(few(0) && few(1), "nothing is missing here: {found}");
    // The last value of the curve is the index that the ledger has.
    let last = browser.run(
        "return [...document.querySelectorAll('[data-grown]')].map((row) => row.dataset.grown).filter(Boolean).at(-1)",
    );
    assert_eq!(last, "75");
    enter(&browser, &gap, &of_gap);
    browser.go(&gap.url("/en/policies/NY-204"));
    browser.until("document.querySelector('.plot').dataset.drawn === '2'");
    let found = counts(&browser);
    for panel in [0, 1] {
        assert!(found[panel]["gap"].as_u64().unwrap() > 100, "the gap: {found}");
    }
    assert!(found[0]["band"].as_u64().unwrap() > 20, "{found}");
    let missing = browser.run("return document.querySelectorAll('tr[data-gap=all], tr[data-gap=some]').length");
    assert!(missing.as_u64().unwrap() >= 2, "{missing}");
}

#[test]
fn everything_is_reached_by_keyboard_alone() {
    if !there() {
        return;
    }
    let served = Served::season(REVISED, &[]);
    let browser = Browser::start();
    browser.look(DESK);
    enter(&browser, &served, &served.token("anna", Role::Operator, &[]));
    browser.go(&served.url("/en/policies/D-1"));
    browser.until("document.querySelector('.plot').dataset.drawn === '2'");
    browser.press(TAB);
    assert!(browser.run("return document.activeElement.className") == "skip", "first the way past the menu");
    browser.press(ENTER);
    browser.until("document.activeElement.id === 'main' || location.hash === '#main'");
    browser.go(&served.url("/en/policies/D-1"));
    let wanted = browser.run(
        "return [...document.querySelectorAll('a[href], button, input, select, summary, [tabindex=\"0\"]')]
            .filter((one) => one.checkVisibility() && !one.closest('details:not([open]) > :not(summary)')).length",
    );
    browser.run(
        "window.reached = new Set(); window.unseen = []; document.addEventListener('focusin', (event) => {
        reached.add(event.target);
        const style = getComputedStyle(event.target);
        if (style.outlineStyle === 'none') { unseen.push(event.target.outerHTML.slice(0, 120)); }
    })",
    );
    for _ in 0..wanted.as_u64().unwrap() {
        browser.press(TAB);
    }
    assert_eq!(browser.run("return reached.size"), wanted, "each is reached, one by one");
    assert!(browser.run("return unseen") == serde_json::json!([]), "and seen where the focus is");
    browser.run("document.querySelector('.chart summary').focus()");
    browser.press(ENTER);
    browser.until("document.querySelector('.chart details').open");
    browser.run("document.querySelector('#theme').focus()");
    browser.press(ENTER);
    assert!(browser.run("return document.documentElement.dataset.theme") == "light");
    browser.press(ENTER);
    browser.go(&served.url("/en/check"));
    assert!(browser.run("return document.documentElement.dataset.theme") == "dark", "it is kept from page to page");
}

/// What has to be refused: a change anywhere that the page says it checks.
const CHANGES: &str = "
    const { verify, Refused } = await import('/assets/proof.js');
    let seed = 20261126;
    const dice = (sides) => {
        seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
        return Math.floor(seed / 4294967296 * sides);
    };
    const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/= ,.:{}\"\\n';
    const change = (text) => {
        const at = dice(text.length);
        const letter = letters[dice(letters.length)];
        switch (dice(4)) {
            case 0: return text.slice(0, at) + text.slice(at + 1);
            case 1: return text.slice(0, at) + letter + text.slice(at);
            case 2: return text.slice(0, at) + (text[at] === letter ? '#' : letter) + text.slice(at + 1);
            default: return text.slice(0, at);
        }
    };
    const places = (bundle) => {
        const members = [bundle.determination, bundle.policy, ...bundle.readings];
        const found = [[bundle, 'terms'], [bundle, 'checkpoint']];
        for (const member of members) {
            found.push([member, 'body'], [member, 'index'], [member, 'path']);
            if ('rows' in member && member.rows !== '') { found.push([member, 'rows']); }
        }
        return found;
    };
    const refused = [], accepted = [];
    for (let turn = 0; turn < 1500; turn += 1) {
        const bundle = JSON.parse(text);
        const all = places(bundle);
        const [object, name] = all[dice(all.length)];
        const before = JSON.stringify(object[name]);
        if (name === 'index') {
            object.index += dice(2) ? 1 + dice(9) : -1 - dice(9);
        } else if (name === 'path') {
            const place = dice(object.path.length);
            switch (dice(4)) {
                case 0: object.path.splice(place, 1); break;
                case 1: object.path.splice(place, 0, object.path[place]); break;
                case 2: object.path.push(object.path[0]); break;
                default: object.path[place] = change(object.path[place]);
            }
        } else {
            object[name] = change(object[name]);
        }
        if (JSON.stringify(object[name]) === before) { continue; }
        const changed = JSON.stringify(bundle);
        try {
            await verify(changed, key);
            accepted.push(`${name}: ${before.slice(0, 200)} -> ${JSON.stringify(object[name]).slice(0, 200)}`);
        } catch (error) {
            if (!(error instanceof Refused)) { accepted.push(`${name}: ${error}`); }
            refused.push(error.step);
        }
    }
    for (const [wrong, why] of [
        [key.replace(/.$/, (letter) => letter === 'A' ? 'B' : 'A'), 'another key'],
        [key.replace('+', '-+'), 'another name'],
        ['', 'none'],
    ]) {
        try {
            await verify(text, wrong);
            accepted.push(why);
        } catch (error) { refused.push(error.step); }
    }
    return { refused: refused.length, steps: [...new Set(refused)].sort(), accepted };";

#[test]
fn the_check_page_accepts_what_the_program_accepts_and_refuses_every_change() {
    if !there() {
        return;
    }
    let served = Served::season(REVISED, &[]);
    let browser = Browser::start();
    browser.look(DESK);
    browser.patience(Duration::from_secs(120));
    enter(&browser, &served, &served.token("audit", Role::Auditor, &[]));
    let key = signed::key(1).public();
    let reader = fairgauge::ledger::Reader::open(&served.ledger).unwrap();
    let all = reader.determinations(0, 1_000).unwrap();
    assert!(all.len() > 40, "{}", all.len());
    let mut checked = 0;
    // Each state, superseded or not.
    for (entry, determination) in all.iter().step_by(4).chain(all.iter().rev().take(3)) {
        let text = browser.wait(&format!("return (await fetch('/en/proof/{entry}')).text()"));
        let text = text.as_str().unwrap();
        let proved = Bundle::read(text).unwrap().verify(&key).unwrap();
        assert_eq!(&proved.determination.amount, &determination.amount);
        let [text, line] = [text.to_owned(), key.to_string()].map(|text| serde_json::to_string(&text).unwrap());
        let script = format!(
            "const {{ verify }} = await import('/assets/proof.js');
             const said = await verify({text}, {line});
             return [said.determination.seq, said.determination.amount, said.checkpoint.size];"
        );
        let said = browser.wait(&script);
        let wanted = serde_json::json!([entry, determination.amount.decimal(), proved.checkpoint.size]);
        assert_eq!(said, wanted);
        checked += 1;
    }
    assert!(checked > 10, "{checked}");
    let entry = certified(&served, "A-1/rain/2024-03-01");
    let bundle = browser.wait(&format!("return (await fetch('/en/proof/{entry}')).text()"));
    let file = served.folder.path().join("bundle.json");
    std::fs::write(&file, bundle.as_str().unwrap()).unwrap();
    let prepared = format!("const text = {bundle}; const key = {};", serde_json::to_string(&key.to_string()).unwrap());
    let found = browser.wait(&format!("{prepared}{CHANGES}"));
    assert_eq!(found["accepted"], serde_json::json!([]), "{found}");
    assert!(found["refused"].as_u64().unwrap() >= 1_000, "{found}");
    for step in ["entries", "note", "rows", "terms"] {
        assert!(found["steps"].as_array().unwrap().contains(&step.into()), "{step}: {found}");
    }
    // And as a person does it, with nobody's token.
    browser.click("form[action$='/leave'] button");
    browser.until("location.pathname === '/en/enter'");
    browser.go(&served.url("/check"));
    browser.until("location.pathname === '/en/check' && document.querySelector('#nocrypto').hidden");
    browser.write("#bundle", file.to_str().unwrap());
    assert_eq!(browser.run("return document.querySelector('#vkey').value"), "", "no key is taken by itself");
    browser.write("#vkey", &key.to_string());
    browser.requests();
    browser.click("#check [type=submit]");
    browser.until("document.querySelector('#result').dataset.good === 'true'");
    assert!(browser.text("#result").contains("2500.00 CNY"), "{}", browser.text("#result"));
    assert_eq!(browser.requests(), Vec::<String>::new(), "nothing is asked or sent");
    browser.picture(&pictures().join("check-good.png"));
    let other = signed::key(2).public().to_string();
    browser.run("document.querySelector('#vkey').value = ''");
    browser.write("#vkey", &other);
    browser.click("#check [type=submit]");
    browser.until("document.querySelector('#result').dataset.good === 'false'");
    browser.picture(&pictures().join("check-bad.png"));
    assert_eq!(browser.console(), Vec::<String>::new());
}

#[test]
fn a_person_signs_in_the_browser_and_the_key_stays_there() {
    if !there() {
        return;
    }
    let house = operators::House::new();
    let settings = std::fs::read_to_string(&house.config).unwrap();
    let served = "[serve]\nlisten = \"127.0.0.1:0\"\nwithout_token = \"operator\"\n";
    std::fs::write(&house.config, format!("{served}{settings}")).unwrap();
    let mut daemon = program::Program::start(program::daemon(&house.config));
    let address = format!("http://{}", daemon.address());
    let browser = Browser::start();
    browser.look(DESK);
    program::wait_until("March is settled", || {
        let reader = fairgauge::ledger::Reader::open(&house.ledger).unwrap();
        reader.payout("P-1/rain/2024-03-01").unwrap().is_some_and(|row| row.state.word() == "preliminary")
    });
    // Where no token is asked for there is nobody to name, and nothing to leave; the menu is whole on every page.
    for page in ["", "/acts", "/check"] {
        browser.go(&format!("{address}/en{page}"));
        assert_eq!(browser.text(".who").trim(), "operator", "{page}");
        assert!(browser.run("return document.querySelector('form[action$=\"/leave\"]') === null") == true, "{page}");
        assert!(browser.text("nav").contains("Payout log"), "{page}");
    }
    browser.go(&format!("{address}/en/acts"));
    let act = |what: &str, by: &str, why: &str| {
        browser.go(&format!("{address}/en/acts?of=P-1%2Frain%2F2024-03-01"));
        browser.until("document.querySelector('#line').textContent !== ''");
        browser.click(&format!("[name=what][value={what}]"));
        browser.write("#by", by);
        browser.write("#why", why);
        browser.write("#key", house.folder.path().join(format!("{by}.pem")).to_str().unwrap());
        browser.requests();
        browser.click("#act [type=submit]");
        browser.until("/Done|Proposed|Refused|could not|no Ed25519|no such|Nothing waits/.test(document.querySelector('#answer').textContent)");
        browser.text("#answer")
    };
    // What only one knows whose text reaches the ledger byte for byte.
    let said = act("hold", "lin", "雨量计被移动了 \"moved\" — 1 < 2");
    assert!(said.starts_with("Done: "), "{said}");
    browser.picture(&pictures().join("acts-done.png"));
    let reader = fairgauge::ledger::Reader::open(&house.ledger).unwrap();
    let standing = reader.standing("P-1", "rain", "2024-03-01".parse().unwrap()).unwrap().expect("it is held");
    assert_eq!(standing.entry.text_of("why"), Ok("雨量计被移动了 \"moved\" — 1 < 2"));
    let said = act("release", "lin", "it was not");
    assert!(said.starts_with("Proposed: "), "two are needed: {said}");
    let said = act("approve", "eve", "I agree");
    assert!(said.starts_with("Refused: "), "she is no operator: {said}");
    browser.go(&format!("{address}/en/acts"));
    browser.picture(&pictures().join("acts-held.png"));
    assert!(browser.text("main").contains("it was not"));
    browser.click("button[data-act=approve]");
    assert!(browser.run("return document.querySelector('[name=what]:checked').value") == "approve");
    let said = act("approve", "wu", "I agree");
    assert!(said.starts_with("Done: "), "{said}");
    let sent = browser.requests();
    assert!(!sent.is_empty() && sent.iter().all(|url| url.starts_with(&address)), "{sent:?}");
    let command = browser.text("#line");
    assert!(command.starts_with("fairgauge approve 'P-1/rain/2024-03-01' --by 'wu'"), "{command}");
    daemon.stop();
    house.verify();
}
