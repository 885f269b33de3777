use super::super::trial::{
    next, poll, read, read_at, read_file, refused, requests, survives, told, urls, wrong_settings, zip,
};
use super::*;
use crate::feed::settings::tests::feed;

const POI: &str = r#"
    kind = "dwd"
    url = "https://opendata.dwd.de/weather/weather_reports/poi"
    poll = "1 h"
    delay = "2 h"
    vintage = "provisional"
    columns.precipitation_amount_last_hour = { variable = "precipitation", unit = "mm" }
    columns.dry_bulb_temperature_at_2_meter_above_ground = { variable = "air_temperature", unit = "degC" }
    dwd = { files = "poi" }
    station.K99 = {}
"#;
const HOURLY: &str = r#"
    kind = "dwd"
    url = "https://opendata.dwd.de/climate_environment/CDC/observations_germany/climate/hourly/wind/recent/"
    poll = "1 d"
    delay = "2 d"
    vintage = "as told"
    columns.F = { variable = "wind_speed", unit = "m/s" }
    dwd = { files = "hourly" }
    station.04911 = {}
"#;
const POI_CSV: &str = include_str!("../../../../fixtures/feeds/dwd/poi.csv");
const HOURLY_TXT: &str = include_str!("../../../../fixtures/feeds/dwd/hourly.txt");

fn poi(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(POI_CSV.contains(replace), "{replace}");
    read(POI, POI_CSV.replacen(replace, by, 1))
}

fn hourly(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(HOURLY_TXT.contains(replace), "{replace}");
    read(HOURLY, HOURLY_TXT.replacen(replace, by, 1))
}

/// The product in its zip file, beside what describes it in another encoding.
fn packed(product: &str) -> Vec<u8> {
    zip(&[("Metadaten_Geographie_04911.txt", b"M\xfcnchen"), ("produkt_ff_stunde_04911.txt", product.as_bytes())])
}

#[test]
fn poi_has_a_decimal_comma_the_newest_hour_first_and_times_in_utc() {
    let decoded = poi("", "").unwrap();
    let expected = [
        "K99 precipitation 2026-03-02 00:00 01:00 0.4 mm provisional",
        "K99 air_temperature 2026-03-02 01:00 02:00 -3.1 degC provisional",
        "K99 precipitation 2026-03-01 23:00 2026-03-02 00:00 0 mm provisional",
        "K99 air_temperature 2026-03-02 00:00 01:00 -2.9 degC provisional",
    ];
    assert_eq!(told(&decoded), expected, "rain is of the hour before, temperature at the stamp");
    let wind = "columns.\"mean_wind_speed_during last_10_min_at_10_meters_above_ground\" = { variable = \"wind_speed\", unit = \"km/h\" }";
    let wind =
        POI.lines().map(|line| if line.contains("last_hour") { wind } else { line }).collect::<Vec<_>>().join("\n");
    assert!(
        told(&read(&wind, POI_CSV).unwrap())
            .contains(&"K99 wind_speed 2026-03-02 00:00 01:00 none km/h provisional".to_owned())
    );
    let error = poi("Uhrzeit (UTC)", "Uhrzeit (MESZ)").unwrap_err();
    assert_eq!(error.to_string(), "the second column is not `Uhrzeit (UTC)` (line 3)");
}

#[test]
fn poi_says_its_station_and_its_units() {
    let error = poi("Grad C", "K").unwrap_err().to_string();
    assert_eq!(error, "`dry_bulb_temperature_at_2_meter_above_ground` is in `K`, and the settings say `Grad C`");
    assert!(matches!(poi("K99_", "01049"), Err(DecodeError::OtherPlace { .. })));
    assert_eq!(
        read_file(POI, "", POI_CSV.replacen("K99_", "01049", 1)),
        Ok(Decoded::default()),
        "in a file it is passed over"
    );
    let near = poi("amount_last_hour", "amount_last_2_hour").unwrap_err();
    assert!(matches!(near, DecodeError::MissingColumn { near: Some(_), .. }), "{near}");
    let twice = poi("maximum_wind_speed_last_hour", "precipitation_amount_last_hour").unwrap_err();
    assert!(matches!(twice, DecodeError::DoubleColumn { .. }), "{twice}");
}

#[test]
fn wrong_rows_of_poi_are_refused_with_their_line() {
    for (replace, by, kept, reason) in [
        ("0,4", "0.4", 3, "line 4: `precipitation_amount_last_hour`: `0.4` has a point"),
        ("0,4", "-0,4", 3, "never below zero"),
        ("0,4", "0,4;1", 2, "line 4: the line has 8 columns, the header 7"),
        ("01:00", "01:30", 2, "`02.03.26 01:30` is not a full hour"),
        ("02.03.26;01", "31.02.26;01", 2, "is not a full hour"),
    ] {
        let decoded = poi(replace, by).unwrap();
        assert_eq!(decoded.readings.len(), kept, "{by}");
        assert!(refused(&decoded)[0].contains(reason), "{by}: {:?}", refused(&decoded));
    }
    let cut = read(POI, POI_CSV.trim_end()).unwrap_err();
    assert_eq!(cut, DecodeError::Truncated { bytes: POI_CSV.len() - 1 }, "a number that is cut is a number");
}

#[test]
fn a_product_is_text_in_a_zip_file_and_minus_999_is_missing() {
    let decoded = read(HOURLY, packed(HOURLY_TXT)).unwrap();
    let expected = [
        "04911 wind_speed 2026-03-01 23:00 2026-03-02 00:00 2.5 m/s provisional",
        "04911 wind_speed 2026-03-02 00:00 01:00 none m/s provisional",
        "04911 wind_speed 2026-03-02 01:00 02:00 1.6 m/s provisional",
    ];
    assert_eq!(told(&decoded), expected, "the mean is of the hour before");
    assert_eq!(hourly("-999;", "-999.0;").unwrap(), decoded);
    assert_eq!(hourly("", "").unwrap(), decoded, "a file may be unpacked");
    let two = zip(&[("produkt_a.txt", HOURLY_TXT.as_bytes()), ("produkt_b.txt", HOURLY_TXT.as_bytes())]);
    assert!(read(HOURLY, two).is_err_and(|error| error.to_string().contains("more than one product")));
    assert!(read(HOURLY, zip(&[("a.txt", b"")])).is_err_and(|error| error.to_string().contains("no file whose name")));
    let small = HOURLY.replace("poll =", "max_body = \"100 B\"\npoll =");
    assert!(read(&small, packed(HOURLY_TXT)).is_err_and(|error| error.to_string().contains("unpacked")));
}

#[test]
fn the_historical_file_is_final() {
    let name = "stundenwerte_FF_04911_19800101_20251231_hist.zip";
    let decoded = read_file(HOURLY, name, packed(HOURLY_TXT)).unwrap();
    assert!(told(&decoded).iter().all(|line| line.ends_with("final")));
    let recent = read_file(HOURLY, "stundenwerte_FF_04911_akt.zip", packed(HOURLY_TXT)).unwrap();
    assert!(told(&recent).iter().all(|line| line.ends_with("provisional")), "whatever its level of quality");
}

#[test]
fn wrong_rows_of_products_are_refused_with_their_line() {
    for (replace, by, reason) in [
        ("110;eor", "110", "line 2: the line has 5 columns, the header 6 and `eor` at its end"),
        ("110;eor", "110;eo", "`eor` at its end"),
        ("2026030200", "2026030224", "line 2: `2026030224` is not a time such as 2018091500"),
        ("2026030200", "202603020", "is not a time"),
        ("2026030200", "20260302+1", "is not a time"),
        ("2.5", "-2.5", "never below zero"),
        ("2.5", "2,5", "is not a decimal number"),
    ] {
        let decoded = hourly(replace, by).unwrap();
        assert!(decoded.readings.len() < 3, "{by}");
        assert!(refused(&decoded)[0].contains(reason), "{by}: {:?}", refused(&decoded));
    }
    assert!(matches!(hourly("4911", "4912"), Err(DecodeError::OtherPlace { .. })));
    assert!(matches!(hourly("   F", "  FX"), Err(DecodeError::MissingColumn { .. })));
    assert!(matches!(hourly("   D", "   F"), Err(DecodeError::DoubleColumn { .. })));
    assert!(matches!(hourly("D;eor", "D;eof"), Err(DecodeError::Schema { .. })));
    assert_eq!(read(HOURLY, ""), Err(DecodeError::Empty));
    assert_eq!(read(HOURLY, "<html>"), Err(DecodeError::Html));
    assert_eq!(read(POI, "a;b\n"), Err(DecodeError::Truncated { bytes: 4 }));
}

#[test]
fn ten_minutes_end_with_their_stamp_and_begin_with_2000() {
    let sun = HOURLY.replace("hourly\" }", "10_minutes\" }").replace(
        "columns.F = { variable = \"wind_speed\", unit = \"m/s\" }",
        "columns.GS_10 = { variable = \"global_radiation\", unit = \"J/cm2\" }",
    );
    let text =
        "STATIONS_ID;MESS_DATUM;  QN;DS_10;GS_10;SD_10;LS_10;eor\n4911;202603021210;    3;  5.1; 20.7;0.167;-999;eor\n";
    assert_eq!(
        told(&read(&sun, text).unwrap()),
        ["04911 global_radiation 2026-03-02 12:00 12:10 20.7 J/cm2 provisional"]
    );
    assert!(refused(&read(&sun, text.replace("202603021210", "199912312350")).unwrap())[0].contains("before 2000"));
    assert!(refused(&read(&sun, text.replace("202603021210", "202603021215")).unwrap())[0].contains("is not a time"));
    assert_eq!(feed(&sun).interval(), Interval::Fixed(600));
}

#[test]
fn what_is_after_now_is_no_reading() {
    let decoded = read_at(HOURLY, HOURLY_TXT, "2026-03-02 00:30").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (1, 1), "a row without a value is passed over");
    let decoded = read_at(POI, POI_CSV, "2026-03-02 00:30").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (2, 2));
}

#[test]
fn broken_files_do_no_harm() {
    survives(POI, "", POI_CSV.as_bytes());
    survives(HOURLY, "", HOURLY_TXT.as_bytes());
    survives(HOURLY, "", &packed(HOURLY_TXT));
}

#[test]
fn a_poi_file_is_asked_by_name() {
    let url = |name: &str| format!("https://opendata.dwd.de/weather/weather_reports/poi/{name}-BEOB.csv");
    let two = POI.to_owned() + "station.01049 = {}\n";
    assert_eq!(urls(&two, "2026-03-01 00:00", "2026-03-02 00:00"), [url("K99__"), url("01049")]);
}

const PAGE: &str = r#"<pre><a href="../">../</a>
<a href="DESCRIPTION_obsgermany.pdf">x</a> 11-Jan-2020 12:38 67800
<a href="stundenwerte_FF_04911_akt.zip">x</a> 29-Mar-2020 08:55 70523
<a href="stundenwerte_FF_04912_akt.zip">x</a> 29-Mar-2020 08:55 70523
<a href="stundenwerte_FF_04911_19800101_20191231_hist.zip">x</a> 29-Mar-2020 08:55 70523
<a href="stundenwerte_FF_04911_20200101_20251231_hist.zip">x</a> 29-Mar-2020 08:55 70523
<a href="10minutenwerte_wind_04911_now.zip">x</a> 29-Mar-2020 08:55 70523</pre>"#;

#[test]
fn of_a_folder_the_files_of_the_stations_are_asked() {
    let settings = feed(HOURLY);
    let span = ("2026-01-01 00:30", "2026-03-02 00:00");
    let page = requests(&settings, span.0, span.1).remove(0);
    assert_eq!(page.role, FOLDER);
    let name = |text: &String| text.rsplit('/').next().unwrap().to_owned();
    let names = |span| next(&settings, span, &page, PAGE.as_bytes()).unwrap().iter().map(name).collect::<Vec<_>>();
    assert_eq!(names(span), ["stundenwerte_FF_04911_akt.zip", "stundenwerte_FF_04911_20200101_20251231_hist.zip"]);
    assert_eq!(names(("2026-01-01 01:00", "2026-03-02 00:00")), ["stundenwerte_FF_04911_akt.zip"]);
    assert_eq!(names(("2019-06-01 00:00", "2019-07-01 00:00")).len(), 2);
    let other = feed(&HOURLY.replace("04911", "00090"));
    let error = next(&other, span, &page, PAGE.as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "no file of the station 00090 is listed (the folder)");
    let ten = feed(&HOURLY.replace("hourly\" }", "10_minutes\" }").replace("columns.F ", "columns.FF_10 "));
    let found = next(&ten, span, &page, PAGE.as_bytes()).unwrap();
    assert_eq!(found.iter().map(name).collect::<Vec<_>>(), ["10minutenwerte_wind_04911_now.zip"]);
    let data = Request { role: crate::feed::request::Role::Data, ..page.clone() };
    assert_eq!(next(&settings, span, &data, b"PK"), Ok(Vec::new()));
}

#[tokio::test]
async fn a_poll_reads_the_page_and_then_its_files() {
    use crate::feed::http::fault_server::Reply;
    let (answer, asked) = poll(HOURLY, "https://opendata.dwd.de", "2026-03-01 00:00", |request| {
        match request.target.ends_with("/recent/") {
            true => Reply::ok("text/html", PAGE),
            false => Reply::ok("application/zip", packed(HOURLY_TXT)),
        }
    })
    .await;
    let answer = answer.unwrap();
    assert_eq!((answer.readings.len(), answer.bodies.len(), asked.len()), (3, 1, 2));
    assert_eq!(&*answer.readings[0].station, "04911");
}

#[test]
fn settings_say_what_dwd_sends() {
    wrong_settings(
        POI,
        &[
            ("\"poi\"", "\"poy\"", "`poy` is no files"),
            (
                "precipitation_amount_last_hour",
                "precipitation_amount_last_6_hours",
                "DWD does not send `precipitation_amount_last_6_hours`",
            ),
            ("\"mm\"", "\"inch\"", "DWD sends `precipitation_amount_last_hour` in mm, not in inch"),
            ("station.K99 = {}", "", "no station is listed"),
            ("station.K99", "station.K99_long", "is not the name of a POI file"),
            ("/poi\"", "/poi/{station}\"", "no placeholders"),
            ("poll =", "key = { file = \"k\" }\npoll =", "dwd asks for no key"),
        ],
    );
    wrong_settings(
        HOURLY,
        &[
            ("04911", "4911", "the station `4911` is not the number, five digits, of a station"),
            ("columns.F ", "columns.FF ", "did you mean `F`?"),
            ("\"wind_speed\"", "\"wind_gust\"", "`F` of DWD is not wind_gust"),
        ],
    );
}
