//! Indices held against the field's libraries (xclim, pandas, windpowerlib): the reference cases whose definition
//! today's term sheets can write, through the same call as `fairgauge index`. Cases and series are read in place, from
//! the folder that `FAIRGAUGE_SHARED` names or from `../shared`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

#[path = "support/shared.rs"]
mod shared;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use chrono::{Datelike, NaiveDate, TimeDelta};
use fairgauge::by_hand::{Asked, Assumed, ByHand, SeriesFile, by_hand};
use fairgauge::index::Trace;
use serde_json::Value;
use shared::shared;

/// A missing value leaves the period undetermined.
const STRICT: &str = r#"{ at_most = "0 %", longest = "0 h" }"#;
/// What is there counts, however much is missing.
const PRESENT: &str = r#"{ at_most = "100 %", longest = "366 d" }"#;
/// Nine tenths of the values must be there.
const NINETY: &str = r#"{ at_most = "10 %", longest = "366 d" }"#;

const YEAR: &str = r#"{ from = "01-01", to = "12-31" }"#;
const MONTH: &str = r#"{ each = "month" }"#;

/// What a case's series is made of.
#[derive(Clone, Copy)]
enum Input {
    /// Columns of the file, as columns of the series; the file's `date` is the insured day.
    Daily(&'static [(&'static str, &'static str)]),
    /// The same; the file's `time_local` is UTC+8.
    Hourly(&'static [(&'static str, &'static str)]),
    /// The hours of 2016 that have all these columns; the first is the wind's.
    HoursOf2016WithAll(&'static [&'static str]),
    /// A day's `tmin_c` and `tmax_c` as the two readings of the day: no block takes the mean of two variables, so
    /// this holds the blocks behind it against the library, not the whole definition.
    ExtremesAsHalfDays,
}

/// Which policies are assumed.
#[derive(Clone, Copy)]
enum Policies {
    /// Those that the command assumes.
    Usual,
    /// One from the first day to the last.
    Between(&'static str, &'static str),
    /// One a year, which begins so many days before it.
    YearsWithRunUp(i64),
}

/// One expected series as a cover.
struct Cover {
    /// The series' name in the case.
    series: &'static str,
    window: &'static str,
    index: String,
    /// Any strike in the unit of the index.
    strike: &'static str,
    policies: Policies,
}

/// One term sheet, with the series that it is settled on.
struct Sheet {
    missing: &'static str,
    input: Input,
    covers: Vec<Cover>,
}

struct Case {
    id: &'static str,
    sheets: Vec<Sheet>,
}

fn cover(series: &'static str, window: &'static str, strike: &'static str, index: &str) -> Cover {
    let (series, index) = (series, index.to_owned());
    Cover { series, window, index, strike, policies: Policies::Usual }
}

fn case(id: &'static str, missing: &'static str, input: Input, covers: Vec<Cover>) -> Case {
    Case { id, sheets: vec![Sheet { missing, input, covers }] }
}

const RAIN: Input = Input::Daily(&[("prcp_mm", "precipitation[mm]")]);
const EXTREMES: Input =
    Input::Daily(&[("tmin_c", "air_temperature_min[degC]"), ("tmax_c", "air_temperature_max[degC]")]);
const SHANGHAI_TEMPERATURE: Input = Input::Hourly(&[("temp_c", "air_temperature[degC]")]);
const BEIJING_WIND: Input = Input::Hourly(&[("wind_ms", "wind_speed[m/s]")]);
const BEIJING_RAIN: Input = Input::Hourly(&[("rain_mm", "precipitation[mm]")]);

/// The cases that can be written, in full or for some of their series.
fn cases() -> Vec<Case> {
    let read_rain = r#"{ read = "precipitation", every = "1 d" }"#;
    let rain = |rest: &str| format!("{read_rain}, {rest}");
    let rain_sum = rain(r#"{ reduce = "sum" }"#);
    let rain_count =
        |meets: &str, reduce: &str| rain(&format!(r#"{{ meets = "{meets}" }}, {{ reduce = "{reduce}" }}"#));
    let days_of = |variable: &str, meets: &str| {
        format!(r#"{{ read = "{variable}", every = "1 d" }}, {{ meets = "{meets}" }}, {{ reduce = "count" }}"#)
    };
    // The maximum of the hours that are there, be it one.
    let hottest =
        r#"{ read = "air_temperature", every = "1 h" }, { per = "day", take = "max", need = "1 %" }"#.to_owned();
    // One day where it is hotter than 35 degC, none where it is not: readings have six places.
    let hot_day = r#"{ excess_over = "35 degC" }, { curve = [["0 degC", "0 d"], ["0.000001 degC", "1 d"], ["50 degC", "1 d"]], outside = "0 d", round = "1 d", mode = "half_up" }"#;
    let hot_runs = |reduce: &str| {
        format!(r#"{hottest}, {hot_day}, {{ in_runs = ">= 1 d", at_least = "3 d" }}, {{ reduce = "{reduce}" }}"#)
    };
    let gusts = |rest: &str| format!(r#"{{ read = "wind_gust", every = "1 d" }}, {rest}"#);
    let wind = |meets: &str, reduce: &str| {
        format!(r#"{{ read = "wind_speed", every = "1 h" }}, {{ meets = "{meets}" }}, {{ reduce = "{reduce}" }}"#)
    };
    let hourly_rain = r#"{ read = "precipitation", every = "1 h" }, { reduce = "sum" }"#;
    let five_years = Policies::Between("2015-01-01", "2019-12-31");
    let halves = r#"{ read = "air_temperature", every = "12 h" }"#;
    let mean = r#"{ per = "day", take = "mean", need = "100 %", round = "0.000001 degC", mode = "half_up" }"#;
    let sum = r#"{ reduce = "sum" }"#;
    let season = r#"{ from = "04-01", to = "10-31" }"#;
    let above_10 = r#"{ excess_over = "10 degC" }"#;
    vec![
        case("p01_precip_sum_year", STRICT, RAIN, vec![cover("by_year", YEAR, "1 mm", &rain_sum)]),
        case(
            "p02_precip_window_phases",
            STRICT,
            RAIN,
            vec![
                cover("window", r#"{ from = "04-01", to = "09-30" }"#, "1 mm", &rain_sum),
                cover("sowing", r#"{ from = "04-01", to = "05-15" }"#, "1 mm", &rain_sum),
                cover("vegetative", r#"{ from = "05-16", to = "07-15" }"#, "1 mm", &rain_sum),
                cover("ripening", r#"{ from = "07-16", to = "09-30" }"#, "1 mm", &rain_sum),
            ],
        ),
        case(
            "p03_dry_days",
            STRICT,
            RAIN,
            vec![
                cover("dry_days", YEAR, "1 d", &rain_count("< 1 mm", "count")),
                cover("wet_days", YEAR, "1 d", &rain_count(">= 1 mm", "count")),
            ],
        ),
        case("p04_cdd", STRICT, RAIN, vec![cover("by_year", YEAR, "1 d", &rain_count("< 1 mm", "longest_run"))]),
        case("p05_cwd", STRICT, RAIN, vec![cover("by_year", YEAR, "1 d", &rain_count(">= 1 mm", "longest_run"))]),
        case(
            "p06_rx1_rx5",
            STRICT,
            RAIN,
            vec![
                cover("rx1day", YEAR, "1 mm", &rain(r#"{ reduce = "max" }"#)),
                // A stretch may begin in the year before: so does the cover period.
                Cover {
                    policies: Policies::YearsWithRunUp(4),
                    ..cover(
                        "rx5day",
                        "\"cover\"",
                        "1 mm",
                        &rain(r#"{ rolling = "5 d", take = "sum" }, { reduce = "max" }"#),
                    )
                },
            ],
        ),
        case(
            "p07_r10_r20",
            STRICT,
            RAIN,
            vec![
                cover("r10mm", YEAR, "1 d", &rain_count(">= 10 mm", "count")),
                cover("r20mm", YEAR, "1 d", &rain_count(">= 20 mm", "count")),
            ],
        ),
        case(
            "p08_gdd_simple",
            STRICT,
            Input::ExtremesAsHalfDays,
            vec![cover("by_year", YEAR, "1 degC", &format!("{halves}, {mean}, {above_10}, {sum}"))],
        ),
        case(
            "p09_hdd_cdd18",
            STRICT,
            Input::ExtremesAsHalfDays,
            vec![
                cover("hdd", YEAR, "1 degC", &format!(r#"{halves}, {mean}, {{ shortfall_below = "18 degC" }}, {sum}"#)),
                cover("cdd", YEAR, "1 degC", &format!(r#"{halves}, {mean}, {{ excess_over = "18 degC" }}, {sum}"#)),
            ],
        ),
        case(
            "p10_frost_days",
            STRICT,
            EXTREMES,
            vec![
                cover("frost_days", YEAR, "1 d", &days_of("air_temperature_min", "< 0 degC")),
                cover("ice_days", YEAR, "1 d", &days_of("air_temperature_max", "< 0 degC")),
            ],
        ),
        case(
            "p11_heat_days_35",
            STRICT,
            SHANGHAI_TEMPERATURE,
            vec![
                cover(
                    "hot_days",
                    YEAR,
                    "1 d",
                    &format!(r#"{hottest}, {{ meets = "> 35 degC" }}, {{ reduce = "count" }}"#),
                ),
                cover(
                    "heat_degree_days",
                    YEAR,
                    "1 degC",
                    &format!(r#"{hottest}, {{ excess_over = "35 degC" }}, {sum}"#),
                ),
            ],
        ),
        case(
            "p12_heat_wave_35",
            STRICT,
            SHANGHAI_TEMPERATURE,
            vec![
                cover("max_length", YEAR, "1 d", &hot_runs("largest_run")),
                cover("total_days", YEAR, "1 d", &hot_runs("sum")),
            ],
        ),
        case(
            "p13_max_gust",
            PRESENT,
            Input::Daily(&[("gust_ms", "wind_gust[m/s]")]),
            vec![
                cover("max_gust", YEAR, "1 m/s", &gusts(r#"{ reduce = "max" }"#)),
                cover("days_ge_20p8", YEAR, "1 d", &gusts(r#"{ meets = ">= 20.8 m/s" }, { reduce = "count" }"#)),
            ],
        ),
        case(
            "p17_sunshine_ghi_sum",
            STRICT,
            Input::Daily(&[("sun_h", "sunshine[h]"), ("rad_j_cm2", "global_radiation[J/cm2]")]),
            vec![
                Cover {
                    policies: five_years,
                    ..cover(
                        "sun_h_2015_2019",
                        MONTH,
                        "1 h",
                        &format!(r#"{{ read = "sunshine", every = "1 d" }}, {sum}"#),
                    )
                },
                Cover {
                    policies: five_years,
                    ..cover(
                        "ghi_mj_m2_2015_2019",
                        MONTH,
                        "1 MJ/m2",
                        &format!(r#"{{ read = "global_radiation", every = "1 d" }}, {sum}"#),
                    )
                },
            ],
        ),
        case(
            "p18_low_wind_hours",
            PRESENT,
            BEIJING_WIND,
            vec![
                cover("low_hours", MONTH, "1 h", &wind("< 1 m/s", "count")),
                cover("valid_hours", MONTH, "1 h", &wind(">= 0 m/s", "count")),
                cover("longest_run_h", MONTH, "1 h", &wind("< 1 m/s", "longest_run")),
            ],
        ),
        case(
            "p19_gdd_capped_modified",
            STRICT,
            Input::ExtremesAsHalfDays,
            vec![
                cover("simple", season, "1 degC", &format!("{halves}, {mean}, {above_10}, {sum}")),
                cover(
                    "capped_mean",
                    season,
                    "1 degC",
                    &format!(r#"{halves}, {mean}, {{ cap = "30 degC" }}, {above_10}, {sum}"#),
                ),
                cover(
                    "modified",
                    season,
                    "1 degC",
                    &format!(r#"{halves}, {{ cap = "30 degC" }}, {{ floor = "10 degC" }}, {mean}, {above_10}, {sum}"#),
                ),
            ],
        ),
        case(
            "p22_wind_power_curve",
            PRESENT,
            Input::HoursOf2016WithAll(&["wind_ms", "temp_c", "pres_hpa"]),
            vec![
                cover("month_kwh_plain", MONTH, "1 kWh", &power()),
                cover("hours_used", MONTH, "1 h", &wind(">= 0 m/s", "count")),
            ],
        ),
        Case {
            id: "p24_missing_hours",
            sheets: vec![
                Sheet {
                    missing: PRESENT,
                    input: BEIJING_RAIN,
                    covers: vec![
                        cover("sum_present", MONTH, "1 mm", hourly_rain),
                        cover(
                            "hours_present",
                            MONTH,
                            "1 h",
                            r#"{ read = "precipitation", every = "1 h" }, { meets = ">= 0 mm" }, { reduce = "count" }"#,
                        ),
                    ],
                },
                Sheet {
                    missing: STRICT,
                    input: BEIJING_RAIN,
                    covers: vec![cover("strict", MONTH, "1 mm", hourly_rain)],
                },
                Sheet {
                    missing: NINETY,
                    input: BEIJING_RAIN,
                    covers: vec![cover("ninety_percent", MONTH, "1 mm", hourly_rain)],
                },
            ],
        },
    ]
}

/// The energy of an E-82/2000 at 98 m from the wind at 10 m: (98/10)^0.2 as a straight line, then the power curve.
fn power() -> String {
    const WATTS: [u32; 25] = [
        0, 3_000, 25_000, 82_000, 174_000, 321_000, 532_000, 815_000, 1_180_000, 1_580_000, 1_810_000, 1_980_000,
        2_050_000, 2_050_000, 2_050_000, 2_050_000, 2_050_000, 2_050_000, 2_050_000, 2_050_000, 2_050_000, 2_050_000,
        2_050_000, 2_050_000, 2_050_000,
    ];
    let points: Vec<_> = (1..).zip(WATTS).map(|(speed, watts)| format!(r#"["{speed} m/s", "{watts} W"]"#)).collect();
    format!(
        r#"{{ read = "wind_speed", every = "1 h" }},
           {{ curve = [["0 m/s", "0 m/s"], ["1000 m/s", "1578.502286 m/s"]], outside = "0 m/s", round = "0.000001 m/s", mode = "half_up" }},
           {{ curve = [{}], outside = "0 W", round = "0.000001 W", mode = "half_up" }},
           {{ reduce = "energy" }}, {{ round = "0.000001 kWh", mode = "half_up" }}"#,
        points.join(", ")
    )
}

/// The term sheet: what it pays does not matter here.
fn product(sheet: &Sheet) -> String {
    let zone = match sheet.input {
        Input::Daily(_) | Input::ExtremesAsHalfDays => "UTC",
        Input::Hourly(_) | Input::HoursOf2016WithAll(_) => "+08:00",
    };
    let mut text = format!(
        "[product]\nid = \"reference\"\nversion = 1\nname = \"Reference\"\ncurrency = \"EUR\"\n\
         day = {{ zone = \"{zone}\", starts = \"00:00\" }}\n\
         [exposure]\nsum_insured = \"policy\"\n[policy]\nstation = \"station\"\n\
         [data]\nsources = [\"feed/{{station}}\"]\nmissing = {}\n\
         [settlement]\nlag = \"1 d\"\nlongest_wait = \"10 d\"\nrounding = \"half_up\"\n\
         [limit]\naggregate = \"100 %\"\n",
        sheet.missing
    );
    for Cover { series, window, index, strike, .. } in &sheet.covers {
        let payout = format!("{{ when = \">\", strike = \"{strike}\", pays = \"1 %\" }}");
        let id = series.replace('_', "-");
        writeln!(text, "[[cover]]\nid = \"{id}\"\nwindow = {window}\nindex = [{index}]\npayout = {payout}").unwrap();
    }
    text
}

/// A table of text.
struct Data {
    header: csv::StringRecord,
    rows: Vec<csv::StringRecord>,
}

impl Data {
    fn read(path: &Path) -> Self {
        let mut bytes = std::fs::read(path).unwrap();
        if path.extension().is_some_and(|extension| extension == "gz") {
            let mut plain = Vec::new();
            flate2::read::GzDecoder::new(&*bytes).read_to_end(&mut plain).unwrap();
            bytes = plain;
        }
        let mut reader = csv::Reader::from_reader(&*bytes);
        let header = reader.headers().unwrap().clone();
        Self { header, rows: reader.records().map(Result::unwrap).collect() }
    }

    fn column(&self, name: &str) -> usize {
        self.header.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"))
    }
}

/// Less than half of the last place is sent as -0.1, and is nothing.
fn without_trace<'t>(column: &str, value: &'t str) -> &'t str {
    if matches!(column, "prcp_mm" | "sun_h") && value == "-0.1" { "0.0" } else { value }
}

/// The series as `fairgauge index` takes it.
fn series(data: &Data, input: Input) -> String {
    let mut text = String::new();
    let mut copy = |time: &str, offset: &str, columns: &[(&str, &str)]| {
        let at = data.column(time);
        let fields: Vec<_> = columns.iter().map(|(column, _)| (*column, data.column(column))).collect();
        let names: Vec<_> = columns.iter().map(|(_, name)| *name).collect();
        writeln!(text, "time,{}", names.join(",")).unwrap();
        for row in &data.rows {
            write!(text, "{}{offset}", &row[at]).unwrap();
            for (column, field) in &fields {
                write!(text, ",{}", without_trace(column, &row[*field])).unwrap();
            }
            text.push('\n');
        }
    };
    match input {
        Input::Daily(columns) => copy("date", "", columns),
        Input::Hourly(columns) => copy("time_local", "+08:00", columns),
        Input::HoursOf2016WithAll(columns) => {
            let (time, fields) = (data.column("time_local"), columns.iter().map(|column| data.column(column)));
            let fields: Vec<_> = fields.collect();
            text.push_str("time,wind_speed[m/s]\n");
            let all = |row: &&csv::StringRecord| fields.iter().all(|field| !row[*field].is_empty());
            for row in data.rows.iter().filter(|row| row[time].starts_with("2016-")).filter(all) {
                writeln!(text, "{}+08:00,{}", &row[time], &row[fields[0]]).unwrap();
            }
        }
        Input::ExtremesAsHalfDays => {
            let [date, low, high] = ["date", "tmin_c", "tmax_c"].map(|column| data.column(column));
            text.push_str("time,air_temperature[degC]\n");
            for row in &data.rows {
                writeln!(text, "{}T00:00:00Z,{}\n{}T12:00:00Z,{}", &row[date], &row[low], &row[date], &row[high])
                    .unwrap();
            }
        }
    }
    text
}

/// All periods of a cover.
fn settled(cover: &Cover, product: &Path, series: &Path, expected: &Value) -> Vec<ByHand> {
    let id = cover.series.replace('_', "-");
    let run = |from: Option<NaiveDate>, to: Option<NaiveDate>| {
        let assumed = Assumed { from, to, ..Assumed::default() };
        let asked = Asked { cover: Some(id.clone()), as_of: None, trace: Trace::off() };
        let series = [SeriesFile::for_all(series)];
        by_hand(product, &series, &asked, &assumed).unwrap_or_else(|faults| panic!("{}", faults.render(false)))
    };
    match cover.policies {
        Policies::Usual => run(None, None),
        Policies::Between(from, to) => run(from.parse().ok(), to.parse().ok()),
        Policies::YearsWithRunUp(days) => {
            let years: Vec<i32> = expected["values"]
                .as_array()
                .unwrap()
                .iter()
                .map(|pair| text(&pair[0]))
                .map(|year| year.parse().unwrap())
                .collect();
            let one = |year: &i32| {
                let begins = NaiveDate::from_ymd_opt(*year, 1, 1).unwrap();
                // Before the first year there is nothing, and so no stretch.
                let from = if year == &years[0] { begins } else { begins - TimeDelta::days(days) };
                run(Some(from), NaiveDate::from_ymd_opt(*year, 12, 31))
            };
            years.iter().flat_map(one).collect()
        }
    }
}

/// A key of the case: a year, as number or text, or a month.
fn text(key: &Value) -> String {
    key.as_str().map_or_else(|| key.to_string(), str::to_owned)
}

/// Holds what came out against the case; the differences.
fn differences(cover: &Cover, got: &[ByHand], expected: &Value, tolerance: &Value) -> (usize, Vec<String>) {
    let key = |one: &ByHand| match cover.window {
        MONTH => one.period.span.last.format("%Y-%m").to_string(),
        _ => one.period.span.last.year().to_string(),
    };
    let index = |one: &ByHand| {
        let value = one.settlement.index.as_ref().map(|(value, _)| value.trim_end_matches('…').parse::<f64>().unwrap());
        (value, one.settlement.reason.clone())
    };
    let got: BTreeMap<_, _> = got.iter().map(|one| (key(one), index(one))).collect();
    let [abs, rel] = ["abs", "rel"].map(|name| tolerance[name].as_f64().unwrap());
    let pairs = expected["values"].as_array().unwrap();
    let (mut wrong, mut keys) = (Vec::new(), BTreeSet::new());
    for pair in pairs {
        let (key, wanted) = (text(&pair[0]), pair[1].as_f64());
        let found = got.get(&key);
        let good = match (found.map(|found| found.0), wanted) {
            (Some(Some(value)), Some(wanted)) => (value - wanted).abs() <= abs + rel * wanted.abs(),
            (Some(None), None) => true,
            _ => false,
        };
        if !good {
            wrong.push(format!("{} {key}: {found:?}, expected {wanted:?}", cover.series));
        }
        keys.insert(key);
    }
    let right = pairs.len() - wrong.len();
    let more = got.keys().filter(|key| !keys.contains(*key));
    wrong.extend(more.map(|key| format!("{} {key}: the case has no such period", cover.series)));
    (right, wrong)
}

/// The cases in the folder, by name.
fn read_cases(folder: &Path) -> BTreeMap<String, Value> {
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let cases = files.filter(|path| path.extension().is_some_and(|extension| extension == "json")).map(|path| {
        let case: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        (case["id"].as_str().unwrap().to_owned(), case)
    });
    cases.collect()
}

fn series_count(case: &Value) -> usize {
    case["expected"].as_array().unwrap().len()
}

#[test]
fn indices_are_those_of_the_libraries() {
    let Some(folder) = shared("reference/indices") else { return println!("ran 0 of 24 cases: they are not here") };
    let files = read_cases(&folder);
    let scratch = tempfile::tempdir().unwrap();
    let (sheet_file, series_file) = (scratch.path().join("product.toml"), scratch.path().join("series.csv"));
    let mut data: BTreeMap<PathBuf, Data> = BTreeMap::new();
    let (mut full, mut part, mut expressed, mut rearranged, mut wrong) = (0, 0, 0, 0, Vec::new());
    for case in cases() {
        let file = files.get(case.id).unwrap_or_else(|| panic!("there is no case {}", case.id));
        let name = file["data"][0]["file"].as_str().unwrap().strip_prefix("shared/reference/").unwrap();
        let path = folder.parent().unwrap().join(name);
        let data = data.entry(path.clone()).or_insert_with(|| Data::read(&path));
        let (mut here, mut as_defined) = (0, true);
        for sheet in &case.sheets {
            std::fs::write(&sheet_file, product(sheet)).unwrap();
            std::fs::write(&series_file, series(data, sheet.input)).unwrap();
            as_defined &= !matches!(sheet.input, Input::ExtremesAsHalfDays);
            for cover in &sheet.covers {
                let all = file["expected"].as_array().unwrap();
                let expected = all.iter().find(|one| one["name"] == cover.series).unwrap();
                let got = settled(cover, &sheet_file, &series_file, expected);
                let (right, differing) = differences(cover, &got, expected, &file["tolerance"]);
                let note = if as_defined { "" } else { "  on rearranged input" };
                let count = expected["values"].as_array().unwrap().len();
                println!("{:<26} {:<20} {right}/{count}{note}", case.id, cover.series);
                here += usize::from(differing.is_empty());
                wrong.extend(differing.into_iter().map(|difference| format!("{} {difference}", case.id)));
            }
        }
        match (as_defined, here == series_count(file)) {
            (false, _) => rearranged += here,
            (true, true) => (full, expressed) = (full + 1, expressed + here),
            (true, false) => (part, expressed) = (part + 1, expressed + here),
        }
    }
    let all: usize = files.values().map(series_count).sum();
    println!(
        "{full} of {} cases in full, {part} in part, expressed series {expressed} of {all}; {rearranged} more on rearranged input",
        files.len()
    );
    assert!(wrong.is_empty(), "{} values differ:\n{}", wrong.len(), wrong.join("\n"));
    // Whoever widens the vocabulary raises these.
    assert_eq!((full, part, expressed, rearranged), (13, 2, 32, 6));
}
