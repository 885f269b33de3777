//! What an ENTSO-E document says, as it stands there.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::super::lines::is_whole;
use super::xml::Xml;
use crate::feed::decode::DecodeError;

/// A document.
pub(super) enum Document {
    /// `GL_MarketDocument`
    Load {
        /// `A75`
        kind: String,
        /// `A16`: realised.
        process: Option<String>,
        /// In their order.
        series: Vec<TimeSeries>,
    },
    /// `Acknowledgement_MarketDocument`: its reasons, each a code and a text.
    Acknowledgement(Vec<(String, String)>),
}

/// Which way the power goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    /// `inBiddingZone`
    Generation,
    /// `outBiddingZone`
    Consumption,
}

impl Direction {
    /// Its word in the settings.
    pub fn word(self) -> &'static str {
        match self {
            Self::Generation => "generation",
            Self::Consumption => "consumption",
        }
    }
}

/// `TimeSeries`
pub(super) struct TimeSeries {
    /// The direction and the EIC of the zone.
    pub zone: (Direction, String),
    /// `MktPSRType/psrType`
    pub psr_type: Option<String>,
    /// `MktPSRType/PowerSystemResources/mRID`
    pub unit: Option<String>,
    /// `quantity_Measure_Unit.name`
    pub measure: String,
    /// `curveType`
    pub curve: String,
    /// In their order.
    pub periods: Vec<Period>,
}

/// `Period`
pub(super) struct Period {
    pub start: DateTime<Utc>,
    pub end: DateTime<Utc>,
    /// Seconds.
    pub resolution: i64,
    /// Position, from 1, and quantity.
    pub points: Vec<(i64, String)>,
}

/// Reads a document.
///
/// # Errors
/// Where it is of another form.
pub(super) fn read(bytes: &[u8]) -> Result<Document, DecodeError> {
    Xml::of(bytes)?.root(|xml, name| match name {
        "GL_MarketDocument" => load(xml),
        "Acknowledgement_MarketDocument" => acknowledgement(xml),
        other => Err(xml.fault(format!("the document is a {other}, not a GL_MarketDocument"))),
    })
}

fn load(xml: &mut Xml<'_>) -> Result<Document, DecodeError> {
    let (mut kind, mut process, mut series) = (None, None, Vec::new());
    xml.each(|xml, name| match name {
        "type" => xml.text_once(name, &mut kind),
        "process.processType" => xml.text_once(name, &mut process),
        "TimeSeries" => time_series(xml).map(|read| series.push(read)),
        _ => xml.skip(),
    })?;
    let kind = kind.ok_or_else(|| missing(xml, "type", "the document"))?;
    Ok(Document::Load { kind, process, series })
}

fn acknowledgement(xml: &mut Xml<'_>) -> Result<Document, DecodeError> {
    let mut reasons = Vec::new();
    xml.each(|xml, name| {
        if name != "Reason" {
            return xml.skip();
        }
        let (mut code, mut text) = (None, None);
        xml.each(|xml, name| match name {
            "code" => xml.text_once(name, &mut code),
            "text" => xml.text_once(name, &mut text),
            _ => xml.skip(),
        })?;
        reasons.push((code.unwrap_or_default(), text.unwrap_or_default()));
        Ok(())
    })?;
    Ok(Document::Acknowledgement(reasons))
}

fn time_series(xml: &mut Xml<'_>) -> Result<TimeSeries, DecodeError> {
    let (mut generation, mut consumption, mut psr_type, mut unit) = (None, None, None, None);
    let (mut measure, mut curve, mut periods) = (None, None, Vec::new());
    xml.each(|xml, name| match name {
        "inBiddingZone_Domain.mRID" => xml.text_once(name, &mut generation),
        "outBiddingZone_Domain.mRID" => xml.text_once(name, &mut consumption),
        "quantity_Measure_Unit.name" => xml.text_once(name, &mut measure),
        "curveType" => xml.text_once(name, &mut curve),
        "MktPSRType" => xml.each(|xml, name| match name {
            "psrType" => xml.text_once(name, &mut psr_type),
            "PowerSystemResources" => xml.each(|xml, name| match name {
                "mRID" => xml.text_once(name, &mut unit),
                _ => xml.skip(),
            }),
            _ => xml.skip(),
        }),
        "Period" => period(xml).map(|read| periods.push(read)),
        _ => xml.skip(),
    })?;
    let zone = match (generation, consumption) {
        (Some(zone), None) => (Direction::Generation, zone),
        (None, Some(zone)) => (Direction::Consumption, zone),
        _ => return Err(xml.fault("a TimeSeries is of generation or of consumption, and this is of neither or both")),
    };
    let needed = |place: Option<String>, name| place.ok_or_else(|| missing(xml, name, "a TimeSeries"));
    let (measure, curve) = (needed(measure, "quantity_Measure_Unit.name")?, needed(curve, "curveType")?);
    Ok(TimeSeries { zone, psr_type, unit, measure, curve, periods })
}

fn period(xml: &mut Xml<'_>) -> Result<Period, DecodeError> {
    let (mut start, mut end, mut resolution, mut points) = (None, None, None, Vec::new());
    xml.each(|xml, name| match name {
        "timeInterval" => xml.each(|xml, name| match name {
            "start" => xml.text_once(name, &mut start),
            "end" => xml.text_once(name, &mut end),
            _ => xml.skip(),
        }),
        "resolution" => xml.text_once(name, &mut resolution),
        "Point" => point(xml).map(|read| points.push(read)),
        _ => xml.skip(),
    })?;
    let needed = |place: Option<String>, name| place.ok_or_else(|| missing(xml, name, "a Period"));
    let (start, end, resolution) = (needed(start, "start")?, needed(end, "end")?, needed(resolution, "resolution")?);
    let at = |text: &str| {
        let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%MZ");
        read.map(|at| at.and_utc()).map_err(|_| xml.fault(format!("`{text}` is not a time such as 2024-06-14T22:00Z")))
    };
    let seconds = resolution_s(&resolution)
        .ok_or_else(|| xml.fault(format!("`{resolution}` is not a resolution such as PT15M")))?;
    Ok(Period { start: at(&start)?, end: at(&end)?, resolution: seconds, points })
}

fn point(xml: &mut Xml<'_>) -> Result<(i64, String), DecodeError> {
    let (mut position, mut quantity) = (None, None);
    xml.each(|xml, name| match name {
        "position" => xml.text_once(name, &mut position),
        "quantity" => xml.text_once(name, &mut quantity),
        _ => xml.skip(),
    })?;
    let needed = |place: Option<String>, name| place.ok_or_else(|| missing(xml, name, "a Point"));
    let (position, quantity) = (needed(position, "position")?, needed(quantity, "quantity")?);
    let number = Some(&position).filter(|position| is_whole(position)).and_then(|position| position.parse().ok());
    let number = number.filter(|number| *number > 0);
    let number = number.ok_or_else(|| xml.fault(format!("`{position}` is not a position")))?;
    Ok((number, quantity))
}

/// Seconds of `PT15M`, `PT1H`.
fn resolution_s(text: &str) -> Option<i64> {
    let rest = text.strip_prefix("PT")?;
    let (number, seconds) =
        rest.strip_suffix('M').map(|rest| (rest, 60)).or_else(|| Some((rest.strip_suffix('H')?, 3_600)))?;
    let digits = number.bytes().all(|byte| byte.is_ascii_digit());
    number.parse::<i64>().ok().filter(|number| digits && (1..=1_440).contains(number)).map(|number| number * seconds)
}

fn missing(xml: &Xml<'_>, name: &str, of: &str) -> DecodeError {
    xml.fault(format!("`{name}` is missing in {of}"))
}
