//! Answers of providers as they were recorded, against numbers that another program worked out from them, and against
//! snapshots. They are read in place, from the folder that `FAIRGAUGE_SHARED` names or from `../shared`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod aemo;
mod brightsky;
mod csv;
mod dwd;
mod eia;
mod elexon;
mod entsoe;
mod fusionsolar;
mod ghcn_daily;
mod json;
mod metar;
mod nasa_power;
mod open_meteo;
mod openelectricity;
mod pages;
mod qweather;
mod scada_files;
mod station_hours;
mod support;
mod tropical_cyclone;

use std::collections::BTreeSet;

/// Every recorded answer is read by one of the kinds, or comes to the error that it should.
#[test]
fn every_sample_is_read() {
    let Some(samples) = support::samples() else {
        return println!("left out: the recorded answers of ../shared are not here");
    };
    let all = [
        aemo::FILES,
        brightsky::FILES,
        dwd::FILES,
        eia::FILES,
        elexon::FILES,
        entsoe::FILES,
        fusionsolar::FILES,
        ghcn_daily::FILES,
        json::FILES,
        nasa_power::FILES,
        open_meteo::FILES,
        openelectricity::FILES,
        qweather::FILES,
        scada_files::FILES,
        station_hours::FILES,
        tropical_cyclone::FILES,
    ];
    let read: BTreeSet<_> = all.into_iter().flatten().map(|(file, _)| *file).collect();
    let listed: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(samples.join("replay.json")).unwrap()).unwrap();
    let listed: BTreeSet<_> = listed.as_array().unwrap().iter().map(|row| row["file"].as_str().unwrap()).collect();
    let left_out: Vec<_> = listed.difference(&read).collect();
    assert!(
        left_out.is_empty(),
        "{} of {} recorded answers are read by nobody: {left_out:#?}",
        left_out.len(),
        listed.len()
    );
    let gone: Vec<_> = read.difference(&listed).collect();
    assert!(gone.is_empty(), "no such answers: {gone:?}");
    println!("ran {} cases: all recorded answers", listed.len());
}
