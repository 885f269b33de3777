//! Reading `[feed.NAME.qweather]`: what is asked of QWeather.

use super::super::sent::{Sent, check_columns, check_no_placeholders, check_positions, check_stations, choice, sent};
use super::super::{Context, time};
use super::token::Credential;
use super::{Api, QWeatherForm};
use crate::calendar::Zone;
use crate::document::{Fault, Faults, Fields, Node};
use crate::feed::settings::Station;
use crate::quantity::{Fixed, Variable};

const HISTORY: [Sent; 5] = [
    sent("temp", &[Variable::AirTemperature], &["degC"]),
    sent("precip", &[Variable::Precipitation], &["mm"]),
    sent("windSpeed", &[Variable::WindSpeed], &["km/h"]),
    sent("humidity", &[Variable::RelativeHumidity], &["%"]),
    sent("pressure", &[Variable::AirPressure], &["hPa"]),
];

const CURRENT: [Sent; 6] = [
    sent("temperature", &[Variable::AirTemperature], &["degC"]),
    sent("dewPoint", &[Variable::DewPoint], &["degC"]),
    sent("humidity", &[Variable::RelativeHumidity], &["1"]),
    sent("wind.speed", &[Variable::WindSpeed], &["m/s"]),
    sent("windGust", &[Variable::WindGust], &["m/s"]),
    sent("pressure", &[Variable::AirPressure], &["hPa"]),
];

const STORMS: [Sent; 4] = [
    sent("lat", &[Variable::StormLatitude], &["deg"]),
    sent("lon", &[Variable::StormLongitude], &["deg"]),
    sent("windSpeed", &[Variable::StormWind], &["m/s"]),
    sent("pressure", &[Variable::StormPressure], &["hPa"]),
];

pub(super) fn read_qweather(node: &Node, context: &Context<'_>, faults: &mut Faults) -> Option<QWeatherForm> {
    let mut fields = Fields::of(node, "the QWeather form", faults)?;
    let words = [("history", Api::History), ("current", Api::Current), ("storms", Api::Storms)];
    let api = choice(&mut fields, "api", &words, faults);
    let zone = read_zone(&mut fields, api, faults);
    let credential = fields.optional("jwt").map(|node| read_credential(node, faults));
    fields.finish(faults);
    check_no_placeholders(context, "qweather", "https://abc.re.qweatherapi.com", faults);
    let api = api?;
    let (all, name) = match api {
        Api::History => (&HISTORY[..], "QWeather's history"),
        Api::Current => (&CURRENT[..], "QWeather's current weather"),
        Api::Storms => (&STORMS[..], "QWeather's storm track"),
    };
    check_columns(context.columns, all, name, faults);
    check_names(api, context, faults)?;
    let listed = context.stations.is_some_and(|stations| !stations.is_empty());
    Some(QWeatherForm { api, zone: zone?, credential: credential.map_or(Some(None), |read| read.map(Some))?, listed })
}

/// The zone of the places whose history is asked: its times stand without one.
fn read_zone(fields: &mut Fields<'_>, api: Option<Api>, faults: &mut Faults) -> Option<Zone> {
    let (node, api) = (fields.optional("zone"), api?);
    match (api, node) {
        (Api::History, Some(node)) => {
            let hint = "write an IANA name such as \"Asia/Shanghai\", or an offset such as \"+08:00\"";
            time::zone(node, "Asia/Shanghai", hint, faults)
        }
        (Api::History, None) => {
            let fault =
                Fault::new(fields.place(), "`zone` is missing: the times of the history are local, without a zone");
            faults.push(fault.hint("add zone = \"Asia/Shanghai\", the zone of the places"));
            None
        }
        (Api::Current | Api::Storms, Some(node)) => {
            faults.push(Fault::new(&node.place, "only the history's times are local").hint("leave zone out"));
            None
        }
        (Api::Current | Api::Storms, None) => Some(Zone::utc()),
    }
}

fn read_credential(node: &Node, faults: &mut Faults) -> Option<Credential> {
    let mut fields = Fields::of(node, "the jwt", faults)?;
    let mut name = |key: &'static str, example: &str| {
        let node = fields.required(key, example, faults)?;
        let text = node.text(&format!("a name such as {example}"), faults)?;
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            let fault = Fault::new(&node.place, format!("`{text}` is no {key} of QWeather"));
            faults.push(fault.hint("write the letters and digits that the console shows"));
            return None;
        }
        Some(text.to_owned())
    };
    let (id, project) = (name("credential", "\"ABCD1234EF\""), name("project", "\"AB12CD34EF\""));
    fields.finish(faults);
    Some(Credential { id: id?, project: project? })
}

fn check_names(api: Api, context: &Context<'_>, faults: &mut Faults) -> Option<()> {
    let stations = context.stations?;
    let before = faults.len();
    let mut fault = |message: String, hint: &str| faults.push(Fault::new(context.place, message).hint(hint));
    match api {
        Api::History | Api::Storms if context.url.is_none() && stations.len() != 1 => {
            fault("an answer in a file does not say whose it is".to_owned(), "list the one station that it is about");
        }
        Api::Current if context.url.is_none() => {
            fault("the current weather carries no time: a file of it says nothing".to_owned(), "name its url");
        }
        _ => {}
    }
    if api == Api::Current {
        let cent = Fixed::MICROS / 100;
        let is_finer = |station: &&Station| {
            station.position.is_some_and(|(north, east)| [north, east].iter().any(|angle| angle.micros() % cent != 0))
        };
        for station in stations.iter().filter(is_finer) {
            let message = format!("the position of `{}` has more than two decimals", station.name);
            fault(message, "QWeather takes two: round it");
        }
    }
    match api {
        Api::History => {
            let is_id = |name: &str| name.bytes().all(|byte| byte.is_ascii_alphanumeric());
            check_stations(context, "a location id of QWeather", "101020600", is_id, faults)?;
        }
        // None is listed where all are wanted.
        Api::Storms if stations.is_empty() => {}
        Api::Storms => check_stations(context, "the id of a storm", "NP_2401", is_storm, faults)?,
        Api::Current => {
            check_stations(context, "a name of your own", "lingang", |_| true, faults)?;
            check_positions(context, faults)?;
        }
    }
    (faults.len() == before).then_some(())
}

/// Whether it is an id such as `NP_2401` or, of an unnamed depression, `NP_200012`.
pub(super) fn is_storm(id: &str) -> bool {
    id.split_once('_').is_some_and(|(basin, number)| {
        basin.len() == 2
            && basin.bytes().all(|byte| byte.is_ascii_uppercase())
            && (1..=8).contains(&number.len())
            && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
