//! Answers of providers as they were recorded, against numbers that another program worked out from them, and against
//! snapshots. They are read in place, from the folder that `FAIRGAUGE_SHARED` names or from `../shared`.

#![allow(clippy::unwrap_used, reason = "a test fails where something is missing")]

mod csv;
mod fusionsolar;
mod open_meteo;
mod qweather;
mod scada_files;
mod support;
mod tropical_cyclone;
