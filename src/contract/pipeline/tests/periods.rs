//! Days and labels that do not fit a period; anchors and gates.

use super::*;
use crate::calendar::Span;

fn misfit(text: &str, first: &str, last: &str) -> Option<String> {
    let span = Span { first: first.parse().expect(first), last: last.parse().expect(last) };
    index(&format!("{text}, {{ reduce = \"sum\" }}")).misfit(span)
}

#[test]
fn an_index_fits_a_period() {
    let minus = format!(r#"{MONTHLY}, {{ minus = {{ apr = "1 mm", may = "2 mm" }} }}"#);
    let dekads = format!(r#"{DEKADS}, {{ minus = {{ apr1 = "1 mm", apr2 = "2 mm" }} }}"#);
    let weigh = format!(r#"{MONTHLY}, {{ weigh = {{ apr = "30 %", may = "70 %" }}, round = "1 mm", mode = "up" }}"#);
    let only = format!(r#"{RAIN}, {{ only_on = ["2021-10-06", "2021-10-08"] }}"#);
    let rolling = format!(r#"{MONTHLY}, {{ rolling = "2 months", take = "sum" }}, {{ minus = {{ may = "1 mm" }} }}"#);
    let inside = format!(r#"{{ combine = "sum", of = [ [ {RAIN} ], [ {minus}, {{ reduce = "sum" }} ] ] }}"#);
    assert!(faults_of(&inside, true).len() == 1, "a series and a number are not combined");
    for (text, first, last, says, why) in [
        (PHASES, "2024-04-01", "2024-07-31", None, "the phases are the period"),
        (PHASES, "2024-03-01", "2024-12-31", None, "they lie inside"),
        (
            PHASES,
            "2024-04-02",
            "2024-12-31",
            Some("phase `sowing`, 04-01 to 05-15, does not lie inside"),
            "a day too late",
        ),
        (PHASES, "2024-04-01", "2024-07-30", Some("phase `growing`"), "a day too early"),
        (&minus, "2024-04-01", "2024-05-31", None, "both months have a number"),
        (&minus, "2024-04-01", "2024-06-01", Some("minus has no number for jun"), "a third month"),
        (&dekads, "2024-04-01", "2024-04-20", None, "both dekads have a number"),
        (&dekads, "2024-04-01", "2024-04-21", Some("minus has no number for apr3"), "a third dekad"),
        (&weigh, "2024-04-01", "2024-05-31", None, "all weights count"),
        (&weigh, "2024-05-01", "2024-05-31", Some("a weight for apr, which the period does not reach"), "one does not"),
        (&only, "2021-10-08", "2021-10-31", None, "one of the days"),
        (&only, "2021-10-09", "2021-10-31", Some("none of the days"), "no day"),
        (&rolling, "2024-04-01", "2024-05-31", None, "a stretch is booked to its last month"),
    ] {
        let got = misfit(text, first, last);
        match says {
            None => assert_eq!(got, None, "{why}"),
            Some(says) => assert!(got.as_deref().is_some_and(|got| got.contains(says)), "{why}: {got:?}"),
        }
    }
}

#[test]
fn a_winter_runs_over_the_years_end() {
    let winter = format!(
        r#"{RAIN}, {{ per = "phase", phases = [ {{ id = "a", from = "11-15", to = "12-31" }}, {{ id = "b", from = "01-05", to = "02-29" }} ], take = "sum", need = "90 %" }}"#
    );
    for (first, last, fits) in
        [("2023-11-01", "2024-02-29", true), ("2022-11-01", "2023-02-28", true), ("2023-11-01", "2024-02-28", false)]
    {
        assert_eq!(misfit(&winter, first, last).is_none(), fits, "{first} to {last}");
    }
}

#[test]
fn anchors_and_gates_are_read() {
    let given = given(true);
    let scope = Scope { currency: None, given: &given };
    let branch = |text: &str| {
        let mut faults = Faults::new();
        let node = parse(text, &mut faults);
        (read_branch_flags(&node, &scope, &mut faults).map(|branch| branch.len()), faults.render(false))
    };
    assert_eq!(branch(WET).0, Some(2));
    assert_eq!(branch(&format!(r#"{STORMS}, {{ within = "9 km", of = "site" }}"#)).0, Some(3));
    for (text, says) in [
        (RAIN, "it is open when this branch is met"),
        (STORMS, "the tracks are not narrowed to an area"),
        (SUM, "what flows here is one number in mm"),
    ] {
        let (read, report) = branch(text);
        assert!(read.is_none() && report.contains(says), "{report}");
    }
    let gate = |text: &str| {
        let mut faults = Faults::new();
        let node = parse(text, &mut faults);
        (read_number_index(&node, &scope, &mut faults).is_some(), faults.render(false))
    };
    assert!(gate(SUM).0);
    let (read, report) = gate(&format!(r#"{YIELD}, {{ per = "value" }}"#));
    assert!(!read && report.contains("events flow here, and one number is wanted"), "{report}");
}
