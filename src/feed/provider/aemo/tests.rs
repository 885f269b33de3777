use super::super::trial::{
    at, instead, next, poll, read, read_at, refused, requests, survives, told, urls, wrong_settings, zip,
};
use super::*;
use crate::feed::settings::tests::feed;

const SCADA: &str = r#"
    kind = "aemo"
    url = "https://nemweb.com.au/Reports/CURRENT/Dispatch_SCADA/"
    poll = "5 min"
    delay = "10 min"
    vintage = "as told"
    columns.SCADAVALUE = { variable = "power", unit = "MW" }
    aemo = { table = "DISPATCH.UNIT_SCADA" }
    station.FARM1 = {}
    station.FARM2 = {}
"#;
const NEXT_DAY: &str = r#"
    kind = "aemo"
    url = "https://nemweb.com.au/Reports/CURRENT/Next_Day_Intermittent_Gen_Scada/"
    poll = "6 h"
    delay = "29 h"
    vintage = "provisional"
    columns.ELAV = { variable = "published_index", unit = "1" }
    aemo = { table = "DEMAND.INTERMITTENT_GEN_SCADA" }
    station.FARM1 = {}
"#;
const SCADA_CSV: &str = include_str!("../../../../fixtures/feeds/aemo/scada.csv");
const NEXT_DAY_CSV: &str = include_str!("../../../../fixtures/feeds/aemo/next-day.csv");

fn scada(replace: &str, by: &str) -> Result<Decoded, DecodeError> {
    assert!(SCADA_CSV.contains(replace), "{replace}");
    read(SCADA, SCADA_CSV.replacen(replace, by, 1))
}

#[test]
fn a_stamp_is_the_end_of_five_minutes_at_utc_plus_10() {
    let decoded = scada("", "").unwrap();
    let expected = [
        "FARM1 power 2026-03-02 00:00 00:05 40.16999 MW provisional",
        "FARM2 power 2026-03-02 00:00 00:05 -0.2 MW provisional",
    ];
    assert_eq!(
        told(&decoded),
        expected,
        "other units are passed over, own use is negative, further columns do no harm"
    );
    assert_eq!(decoded.refused, []);
}

#[test]
fn there_is_no_daylight_saving() {
    for (stamp, start) in [
        ("2026/10/04 02:05:00", "2026-10-03 16:00"),
        ("2026/10/04 02:30:00", "2026-10-03 16:25"),
        ("2026/10/04 03:05:00", "2026-10-03 17:00"),
        ("2026/04/05 02:05:00", "2026-04-04 16:00"),
    ] {
        assert_eq!(span(stamp).unwrap().start, at(start), "{stamp}");
    }
    for stamp in ["2026/10/04 02:06:00", "2026-10-04 02:05:00", "2026/10/04 02:05", "", "2026/13/04 02:05:00"] {
        assert!(span(stamp).is_err(), "{stamp}");
    }
}

#[test]
fn the_archive_by_month_is_final() {
    let decoded = scada("WORLD,DISPATCHSCADA", "WORLD,DVD_DISPATCH_UNIT_SCADA").unwrap();
    assert!(told(&decoded).iter().all(|line| line.ends_with("final")));
}

#[test]
fn values_of_a_type_count_where_their_quality_is_good() {
    let decoded = read(NEXT_DAY, NEXT_DAY_CSV).unwrap();
    assert_eq!(told(&decoded), ["FARM1 published_index 2026-03-01 18:00 18:05 32 1 provisional"]);
    assert_eq!(refused(&decoded), ["line 5: `ELAV` is of quality RemotelySuspect, not Good"]);
    let limit = NEXT_DAY.replace("ELAV", "LOCL").replace("unit = \"1\"", "unit = \"MW\"");
    assert_eq!(
        told(&read(&limit, NEXT_DAY_CSV).unwrap()),
        ["FARM1 published_index 2026-03-01 18:00 18:05 100 MW provisional"]
    );
}

#[test]
fn a_file_says_how_many_rows_it_has() {
    let decoded = scada("REPORT\",6", "REPORT\",7").unwrap();
    assert_eq!(decoded.readings.len(), 2, "each row is right as it stands");
    assert_eq!(refused(&decoded), ["line 6: the file says that it has 7 rows, and it has 6"]);
    assert_eq!(read(SCADA, SCADA_CSV.trim_end()).unwrap(), scada("", "").unwrap(), "the last newline may be absent");
    let cut = read(SCADA, &SCADA_CSV[..SCADA_CSV.find("C,\"END").unwrap()]).unwrap_err();
    assert!(matches!(cut, DecodeError::Truncated { .. }), "{cut:?}");
}

#[test]
fn an_absent_unit_is_nothing_and_wrong_rows_are_refused_with_their_line() {
    let absent = scada("FARM1,40.1699904", "FARM9,40.1699904").unwrap();
    assert_eq!(absent.readings.len(), 1);
    for (replace, by, reason) in [
        ("40.1699904", "", "line 3: `SCADAVALUE`: `` is not a decimal number"),
        ("40.1699904", "1e999", "is not a decimal number"),
        ("FARM1,40.1699904", "FARM1", "line 3: the row has 7 columns, its I row 8"),
        ("2026/03/02 10:05:00\",FARM1", "2026/03/02 10:04:00\",FARM1", "is not the end of five minutes"),
    ] {
        let decoded = scada(replace, by).unwrap();
        assert_eq!(decoded.refused.len(), 1, "{by}");
        assert!(refused(&decoded)[0].contains(reason), "{by}: {:?}", refused(&decoded));
    }
}

#[test]
fn what_is_after_now_is_no_reading() {
    let decoded = read_at(SCADA, SCADA_CSV, "2026-03-02 00:03").unwrap();
    assert_eq!((decoded.readings.len(), decoded.refused.len()), (0, 2), "as through a zone with daylight saving");
}

#[test]
fn other_forms_are_typed_errors() {
    for (replace, by, words) in [
        ("C,NEMP", "X,NEMP", "the file begins with no C row"),
        ("I,DISPATCH", "J,DISPATCH", "begins with `J`"),
        ("D,DISPATCH,UNIT_SCADA,1", "D,DISPATCH,UNIT_SCADA,2", "a D row without its I row"),
        ("SCADAVALUE", "SCADA_VALUE", "did you mean `SCADA_VALUE`?"),
        ("LASTCHANGED", "SCADAVALUE", "the column `SCADAVALUE` is there twice"),
        ("C,\"END OF REPORT\",6", "C,\"END OF REPORT\",6\nC,x", "something follows END OF REPORT"),
    ] {
        let told = scada(replace, by).map(|decoded| decoded.readings.len()).unwrap_err().to_string();
        assert!(told.contains(words), "{by}: {told}");
    }
    assert_eq!(read(SCADA, ""), Err(DecodeError::Empty));
    assert_eq!(read(SCADA, "<html><body>404"), Err(DecodeError::Html));
    let error = read(SCADA, SCADA_CSV.replace(",DISPATCH,", ",PRICE,")).unwrap_err();
    assert!(error.to_string().contains("there is no table DISPATCH.UNIT_SCADA, but: PRICE.UNIT_SCADA"), "{error}");
    let error = read(NEXT_DAY, SCADA_CSV).unwrap_err();
    assert!(error.to_string().contains("there is no table DEMAND.INTERMITTENT_GEN_SCADA"), "{error}");
}

#[test]
fn files_are_packed_and_archives_by_day_twice() {
    let inner = zip(&[("A.CSV", SCADA_CSV.as_bytes())]);
    let plain = read(SCADA, SCADA_CSV).unwrap();
    assert_eq!(read(SCADA, &inner).unwrap(), plain);
    let later = SCADA_CSV.replace("10:05:00", "10:10:00");
    let outer = zip(&[("A.zip", &inner), ("B.zip", &zip(&[("B.CSV", later.as_bytes())]))]);
    assert_eq!(read(SCADA, &outer).unwrap().readings.len(), 4);
    let thrice = zip(&[("C.zip", &outer)]);
    assert!(matches!(read(SCADA, &thrice), Err(DecodeError::NotUtf8 { .. } | DecodeError::Schema { .. })));
    let small = SCADA.replace("poll =", "max_body = \"800 B\"\npoll =");
    assert!(read(&small, &outer).is_err_and(|error| error.to_string().contains("unpacked")), "all of them together");
    for length in 2..inner.len() {
        assert!(read(SCADA, &inner[..length]).is_err(), "{length}");
    }
}

#[test]
fn broken_files_do_no_harm() {
    survives(SCADA, "a.csv", SCADA_CSV.as_bytes());
    survives(NEXT_DAY, "a.csv", NEXT_DAY_CSV.as_bytes());
    survives(SCADA, "a.zip", &zip(&[("A.CSV", SCADA_CSV.as_bytes())]));
}

const PAGE: &str = r#"<pre><A HREF="/Reports/CURRENT/">[To Parent Directory]</A><br>
    <A HREF="/Reports/CURRENT/Dispatch_SCADA/DUPLICATE/PUBLIC_DISPATCHSCADA_202603021005_01.zip">x</A><br>
    Monday, March 2, 2026 9:55 AM 3071 <A HREF="/Reports/CURRENT/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_202603020955_01.zip">x</A><br>
    <A HREF="/Reports/CURRENT/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_202603021000_02.zip">x</A><br>
    <a href="/Reports/Current/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_202603021005_03.zip">x</a><br>
    <A HREF="/Reports/CURRENT/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_202603021010_04.zip">x</A><br></pre>"#;

#[test]
fn of_a_folder_the_files_are_asked_that_speak_about_what_is_wanted() {
    let feed = feed(SCADA);
    let span = ("2026-03-02 00:00", "2026-03-02 00:07");
    let page = requests(&feed, span.0, span.1).remove(0);
    assert_eq!((page.url.as_str(), page.role), ("https://nemweb.com.au/Reports/CURRENT/Dispatch_SCADA/", FOLDER));
    let asked = next(&feed, span, &page, PAGE.as_bytes()).unwrap();
    let base = "https://nemweb.com.au/Reports/";
    assert_eq!(
        asked,
        [
            format!("{base}Current/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_202603021005_03.zip"),
            format!("{base}CURRENT/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_202603021010_04.zip"),
        ],
        "as the page writes them; neither what ended before, nor duplicates"
    );
    for page_text in ["", "no page", "<a href=\"other.zip\">"] {
        let error = next(&feed, span, &page, page_text.as_bytes()).unwrap_err();
        assert!(matches!(error, DecodeError::Schema { .. }), "{page_text}: {error}");
    }
    let data = Request { role: crate::feed::request::Role::Data, ..page };
    assert_eq!(next(&feed, span, &data, b"PK"), Ok(Vec::new()));
}

#[test]
fn names_say_what_files_cover() {
    let [scada, next_day] = [Table::Scada, Table::Intermittent].map(|table| AemoForm { table, files: Files::Folder });
    for (form, name, covers) in [
        (
            scada,
            "PUBLIC_DISPATCHSCADA_202603021005_0000000500000001.zip",
            Some(("2026-03-02 00:00", "2026-03-02 00:05")),
        ),
        (scada, "PUBLIC_DISPATCHSCADA_20260302.zip", Some(("2026-03-01 14:00", "2026-03-02 18:00"))),
        (scada, "PUBLIC_DISPATCHSCADA_202603021005_1.csv", None),
        (scada, "PUBLIC_DISPATCHSCADA_2026030210_1.zip", None),
        (scada, "PUBLIC_NEXT_DAY_INTERMITTENT_GEN_SCADA_20260514_1.zip", None),
        (
            next_day,
            "PUBLIC_NEXT_DAY_INTERMITTENT_GEN_SCADA_20260514_1.ZIP",
            Some(("2026-05-13 14:00", "2026-05-14 18:00")),
        ),
    ] {
        assert_eq!(form.covers(name), covers.map(|(begins, ends)| (at(begins), at(ends))), "{name}");
    }
}

#[test]
fn months_are_asked_by_name_and_the_newest_may_not_be_out() {
    let base = "https://nemweb.com.au/Data_Archive/Wholesale_Electricity/MMSDM/";
    let months = SCADA
        .replace("https://nemweb.com.au/Reports/CURRENT/Dispatch_SCADA/", base)
        .replace("UNIT_SCADA\" }", "UNIT_SCADA\", files = \"months\" }");
    let data = "MMSDM_Historical_Data_SQLLoader/DATA/PUBLIC_";
    let asked = urls(&months, "2024-07-15 00:00", "2024-08-31 14:00");
    assert_eq!(
        asked,
        [
            format!("{base}2024/MMSDM_2024_07/{data}DVD_DISPATCH_UNIT_SCADA_202407010000.zip"),
            format!("{base}2024/MMSDM_2024_08/{data}ARCHIVE%23DISPATCH_UNIT_SCADA%23FILE01%23202408010000.zip"),
        ],
        "the old name and the new; September begins at 14:00 UTC"
    );
    assert_eq!(urls(&months, "2024-07-15 00:00", "2024-08-31 14:01").len(), 3);
    let bare = months.replace("MMSDM/", "MMSDM");
    assert_eq!(urls(&bare, "2024-07-15 00:00", "2024-08-31 14:00"), asked, "with or without the last slash");
    let feed = feed(&months);
    let august = requests(&feed, "2024-08-15 00:00", "2024-08-31 14:00").remove(0);
    let not_out = |to| instead(&feed, ("2024-08-15 00:00", to), &august, 404, "");
    assert!(matches!(not_out("2024-09-10 13:55"), Instead::DoWithout));
    assert!(matches!(not_out("2024-09-10 14:00"), Instead::Fail), "it is out by 10 September");
}

#[test]
fn a_listed_file_that_is_gone_is_passed_over_when_it_is_old() {
    let feed = feed(SCADA);
    let file = |stamp: &str| {
        let url = format!("https://nemweb.com.au/Reports/CURRENT/Dispatch_SCADA/PUBLIC_DISPATCHSCADA_{stamp}_1.zip");
        Request::get(reqwest::Url::parse(&url).unwrap(), None)
    };
    let span = ("2026-03-01 00:00", "2026-03-05 00:10");
    assert!(matches!(instead(&feed, span, &file("202603021005"), 404, ""), Instead::DoWithout));
    assert!(matches!(instead(&feed, span, &file("202603021010"), 404, ""), Instead::Fail), "three days old");
    assert!(matches!(instead(&feed, span, &file("202603021005"), 503, ""), Instead::Fail));
    let page = requests(&feed, span.0, span.1).remove(0);
    assert!(matches!(instead(&feed, span, &page, 404, ""), Instead::Fail));
}

#[tokio::test]
async fn a_poll_reads_the_page_and_then_its_files() {
    use crate::feed::http::fault_server::Reply;
    let page = PAGE.replace("_202603021000_", "_202602010000_");
    let settings = SCADA.replace("poll =", "look_back = \"90 d\"\npoll =");
    let (answer, asked) = poll(&settings, "https://nemweb.com.au", "2026-03-01 00:00", move |request| {
        if request.target.ends_with("Dispatch_SCADA/") {
            return Reply::ok("text/html", page.clone());
        }
        match request.target.contains("202603021010") {
            true => Reply::status(404),
            false => Reply::ok("application/x-zip-compressed", zip(&[("A.CSV", SCADA_CSV.as_bytes())])),
        }
    })
    .await;
    assert!(answer.unwrap_err().to_string().contains("status 404"), "a new file is there at the next poll");
    assert_eq!(asked.len(), 4, "the page and three files: {asked:?}");
}

#[tokio::test]
async fn a_poll_notes_an_old_file_that_is_gone_and_goes_on() {
    use crate::feed::http::fault_server::Reply;
    let page = PAGE.replace("_202603021010_", "_202602261010_");
    let (answer, asked) =
        poll(SCADA, "https://nemweb.com.au", "2026-02-25 00:00", move |request| match request.target.as_str() {
            target if target.ends_with("Dispatch_SCADA/") => Reply::ok("text/html", page.clone()),
            target if target.contains("202602261010") => Reply::status(404),
            _ => Reply::ok("application/x-zip-compressed", zip(&[("A.CSV", SCADA_CSV.as_bytes())])),
        })
        .await;
    let answer = answer.unwrap();
    assert_eq!((answer.bodies.len(), asked.len()), (3, 5), "{asked:?}");
    let [refused] = &answer.refused[..] else { panic!("{:?}", answer.refused) };
    assert!(
        refused.place.ends_with("PUBLIC_DISPATCHSCADA_202602261010_04.zip") && refused.reason.contains("status 404")
    );
}

#[test]
fn settings_say_what_aemo_sends() {
    wrong_settings(
        SCADA,
        &[
            ("DISPATCH.UNIT_SCADA", "DISPATCH.UNIT_SCDA", "`DISPATCH.UNIT_SCDA` is no table"),
            ("SCADA\" }", "SCADA\", files = \"years\" }", "`years` is no files"),
            ("SCADAVALUE", "SCADA_VALUE", "did you mean `SCADAVALUE`?"),
            ("\"MW\"", "\"kW\"", "AEMO sends `SCADAVALUE` in MW, not in kW"),
            ("\"power\", unit = \"MW\"", "\"energy\", unit = \"MWh\"", "`SCADAVALUE` of AEMO is not energy"),
            ("station.FARM1 = {}\n    station.FARM2 = {}", "", "no station is listed: a station is the DUID of a unit"),
            ("Dispatch_SCADA/", "{station}/", "no placeholders"),
            ("poll =", "key = { file = \"k\" }\npoll =", "aemo asks for no key"),
        ],
    );
    wrong_settings(
        NEXT_DAY,
        &[
            ("SCADA\" }", "SCADA\", files = \"months\" }", "the archive by month has DISPATCH.UNIT_SCADA only"),
            ("ELAV", "ELEV", "did you mean `ELAV`?"),
        ],
    );
}
