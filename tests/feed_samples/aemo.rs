//! AEMO's NEMWEB.

use fairgauge::feed::{Origin, Raw, Reply, Wanted, decode};
use fairgauge::quantity::Fixed;

use super::support::{facts, feed, samples, told};

/// Every recorded answer, with the settings under which it is read.
pub const FILES: &[(&str, &str)] = &[
    (DVD, SCADA),
    (ARCHIVE, SCADA),
    (NEXT_DAY, AVAILABLE),
    (NEXT_DAY, LIMIT),
    (NEXT_DAY, SCADA),
    ("aemo/index_dispatch_scada_2021.html", SCADA),
    ("aemo/index_next_day_intermittent.html", AVAILABLE),
];

const DVD: &str = "aemo/PUBLIC_DVD_DISPATCH_UNIT_SCADA_201804010000.zip";
const ARCHIVE: &str = "aemo/PUBLIC_ARCHIVE_hash_DISPATCH_UNIT_SCADA_hash_FILE01_hash_202408010000.zip";
const NEXT_DAY: &str = "aemo/PUBLIC_NEXT_DAY_INTERMITTENT_GEN_SCADA_20260514_0000000517721212.zip";
const SCADA: &str = r#"
    kind = "aemo"
    vintage = "as told"
    aemo = { table = "DISPATCH.UNIT_SCADA" }
    columns.SCADAVALUE = { variable = "power", unit = "MW" }
    station.AGLHAL = {}
    station.HDWF2 = {}
"#;
const AVAILABLE: &str = r#"
    kind = "aemo"
    vintage = "as told"
    aemo = { table = "DEMAND.INTERMITTENT_GEN_SCADA" }
    columns.ELAV = { variable = "published_index", unit = "1" }
    station.HDWF2 = {}
"#;
const LIMIT: &str = r#"
    kind = "aemo"
    vintage = "as told"
    aemo = { table = "DEMAND.INTERMITTENT_GEN_SCADA" }
    columns.LOCL = { variable = "published_index", unit = "MW" }
    station.HDWF2 = {}
"#;

#[test]
fn every_answer_is_read() {
    told("aemo", FILES);
}

#[test]
fn units_have_the_sums_that_another_program_found() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let facts = facts(&samples);
    let mut ran = 0;
    for file in [DVD, ARCHIVE] {
        let bytes = std::fs::read(samples.join(file)).unwrap();
        let decoded = decode(&feed(SCADA), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
        assert_eq!(decoded.refused.len(), 1, "the files are cut, and their last row counts the original's");
        let fact = facts[file].as_object().unwrap().values().next().unwrap();
        for (unit, fact) in fact["tables"]["DISPATCH.UNIT_SCADA.1"]["units"].as_object().unwrap() {
            let readings: Vec<_> = decoded.readings.iter().filter(|reading| *reading.station == **unit).collect();
            assert_eq!(readings.len() as u64, fact["n"].as_u64().unwrap(), "{unit}");
            let total = readings.iter().map(|reading| reading.value.unwrap()).reduce(|a, b| a.plus(b).unwrap());
            assert_eq!(total, Some(Fixed::parse_rounded(&fact["sum_mw"].to_string()).unwrap()), "{unit}");
            let ten_hours = chrono::TimeDelta::hours(10);
            let stamp = |index: usize| (readings[index].end + ten_hours).format("%Y/%m/%d %H:%M:%S").to_string();
            assert_eq!(stamp(0), fact["first"].as_str().unwrap());
            assert_eq!(stamp(readings.len() - 1), fact["last"].as_str().unwrap());
            ran += 1;
        }
    }
    let bytes = std::fs::read(samples.join(NEXT_DAY)).unwrap();
    let rows = facts[NEXT_DAY].as_object().unwrap().values().next().unwrap();
    let rows = rows["tables"]["DEMAND.INTERMITTENT_GEN_SCADA.1"]["rows"].as_u64().unwrap();
    let both = [AVAILABLE, LIMIT].map(|settings| {
        let decoded = decode(&feed(settings), &Raw { bytes: &bytes, name: "", asked: None, now: None }).unwrap();
        let doubtful = decoded.refused.iter().filter(|refused| refused.reason.contains("RemotelySuspect")).count();
        assert_eq!(doubtful, 2);
        (decoded.readings.len() + doubtful) as u64
    });
    assert_eq!(both.iter().sum::<u64>(), rows);
    println!("ran {} cases", ran + 2);
    assert_eq!(ran, 4);
}

/// What pages of folders lead to, of all that they list and of the last hour of it.
#[test]
fn pages_of_folders_lead_to_files() {
    let Some(samples) = samples() else { return println!("ran 0 cases: no recorded answers here") };
    let scada = "Reports/CURRENT/Dispatch_SCADA";
    let cases = [
        ("index_dispatch_scada_2021.html", SCADA, scada, "2021-08-31T00:00:00Z", "2021-09-03T00:00:00Z", 578),
        ("index_dispatch_scada_2021.html", SCADA, scada, "2021-08-31T03:00:00Z", "2021-08-31T04:00:00Z", 12),
        ("index_next_day_intermittent.html", AVAILABLE, "x", "2026-05-13T00:00:00Z", "2026-05-16T00:00:00Z", 2),
        ("index_next_day_intermittent.html", AVAILABLE, "x", "2026-05-14T18:00:00Z", "2026-05-16T00:00:00Z", 1),
    ];
    for (file, settings, path, from, to, count) in cases {
        let feed = feed(&format!("url = \"https://www.nemweb.com.au/{path}/\"\n{settings}"));
        let Origin::Url(url) = &feed.origin else { panic!("it is a server") };
        let [from, to] = [from, to].map(|at| at.parse().unwrap());
        let wanted = Wanted { url, station: None, from, to, now: to, key: None, token: None };
        let request = feed.provider.requests(&feed, &wanted).remove(0);
        let bytes = std::fs::read(samples.join("aemo").join(file)).unwrap();
        let reply = Reply { request: &request, bytes: &bytes, headers: &reqwest::header::HeaderMap::new() };
        assert_eq!(feed.provider.next(&feed, &wanted, &reply).unwrap().len(), count, "{file} {from}");
    }
    println!("ran {} cases", cases.len());
}
