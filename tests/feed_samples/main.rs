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
mod nasa_power;
mod open_meteo;
mod openelectricity;
mod pages;
mod qweather;
mod scada_files;
mod station_hours;
mod support;
mod tropical_cyclone;
