//! Many stations of one feed, asked once over loopback by the whole daemon's own path: asking, decoding, judging,
//! writing.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use fairgauge::ledger::Reader;

use crate::fault_server::{FaultServer, Reply};

/// The daemon that is measured lives by the clock.
#[expect(clippy::disallowed_methods, reason = "the daemon's clock is this one")]
fn now() -> chrono::DateTime<chrono::Utc> {
    chrono::Utc::now()
}

/// Hours that each answer tells.
const HOURS: i64 = 24;

/// Settings with so many stations of one feed, a product and one policy that reads the first of them.
fn write(folder: &std::path::Path, url: &str, stations: usize) {
    let mut settings = format!(
        "[ledger]\npath = \"ledger.sqlite\"\n[book]\nproducts = \"products\"\npolicies = [\"book.csv\"]\n[network]\nallow_private = true\n\
         [feed.grid]\nkind = \"open-meteo\"\nurl = \"{url}\"\npoll = \"1 h\"\ndelay = \"0 h\"\nvintage = \"final\"\ntimeout = \"60 s\"\n\
         open_meteo = {{ model = \"era5\", block = \"hourly\" }}\n\
         columns = {{ precipitation = {{ variable = \"precipitation\", unit = \"mm\" }} }}\n"
    );
    for station in 0..stations {
        let (north, east) = (station / 150, station % 150);
        writeln!(settings, "[feed.grid.station.s{station}]\nlatitude = \"{north} deg\"\nlongitude = \"{east} deg\"")
            .expect("a String takes all");
    }
    std::fs::create_dir(folder.join("products")).expect("a folder");
    std::fs::write(folder.join("fairgauge.toml"), settings).expect("written");
    let product = "[product]\nid = \"rain\"\nversion = 1\nname = \"Rain\"\ncurrency = \"USD\"\nday = { zone = \"UTC\", starts = \"00:00\" }\n\
        [exposure]\nsum_insured = \"policy\"\n[policy]\nstation = \"station\"\n[data]\nsources = [\"grid/{station}\"]\n\
        missing = { at_most = \"10 %\", longest = \"1 d\" }\n[settlement]\nlag = \"0 d\"\nlongest_wait = \"60 d\"\nrounding = \"half_up\"\n\
        [[cover]]\nid = \"c\"\nwindow = \"cover\"\nindex = [ { read = \"precipitation\", every = \"1 h\" }, { reduce = \"sum\" } ]\n\
        payout = { when = \">\", strike = \"100 mm\", pays = \"10 %\" }\n";
    std::fs::write(folder.join("products/rain.toml"), product).expect("written");
    let last = (now() + chrono::TimeDelta::days(30)).format("%F");
    let first = (now() - chrono::TimeDelta::days(1)).format("%F");
    let book = format!("policy,product,insured,from,to,sum_insured,station\nP,rain@1,A,{first},{last},1000 USD,s0\n");
    std::fs::write(folder.join("book.csv"), book).expect("written");
}

/// The last day's hours at a place.
fn answer(latitude: &str, longitude: &str) -> String {
    let now = now().timestamp().div_euclid(3_600) * 3_600;
    let hours =
        (0..HOURS).map(|hour| chrono::DateTime::from_timestamp(now - 3_600 * (HOURS - 1 - hour), 0).expect("a time"));
    let times: Vec<_> = hours.map(|at| at.format("\"%Y-%m-%dT%H:%M\"").to_string()).collect();
    let values: Vec<_> = (0..HOURS).map(|hour| format!("{}.{}", hour % 3, hour % 10)).collect();
    format!(
        "{{\"latitude\":{latitude},\"longitude\":{longitude},\"utc_offset_seconds\":0,\"hourly_units\":{{\"time\":\"iso8601\",\"precipitation\":\"mm\"}},\
         \"hourly\":{{\"time\":[{}],\"precipitation\":[{}]}}}}",
        times.join(","),
        values.join(",")
    )
}

/// Processor time and the most memory of a process so far: seconds and MB.
fn cost(pid: u32) -> (f64, u64) {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).expect("it runs");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("a name").split(' ').collect();
    let ticks: f64 = fields[11].parse::<f64>().expect("a number") + fields[12].parse::<f64>().expect("a number");
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("it runs");
    let most = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("there");
    (ticks / 100.0, most.trim().trim_end_matches(" kB").parse::<u64>().expect("a number") / 1024)
}

/// Notes the series of the feed that have come into the ledger since the last time.
fn note_stored(ledger: &std::path::Path, newest: &mut i64, stored: &mut HashMap<String, Instant>) {
    let access = rusqlite::OpenFlags::SQLITE_OPEN_READ_ONLY;
    let Ok(connection) = rusqlite::Connection::open_with_flags(ledger, access) else { return };
    let query = "SELECT id, station FROM series WHERE feed = 'grid' AND id > ?1 ORDER BY id";
    let Ok(mut statement) = connection.prepare(query) else { return };
    let now = Instant::now();
    let rows = statement.query_map([*newest], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, String>(1)?)));
    for (id, station) in rows.into_iter().flatten().flatten() {
        *newest = id;
        stored.insert(station, now);
    }
}

pub fn measure(stations: usize) {
    assert!(stations <= 13_500, "so many places have whole degrees");
    let answered = Arc::new(Mutex::new(HashMap::new()));
    let noted = answered.clone();
    let server = FaultServer::start(move |request| {
        let [north, east] = ["latitude", "longitude"].map(|name| request.parameter(name).unwrap_or("0"));
        let [row, column] = [north, east].map(|degrees| degrees.parse::<usize>().expect("whole degrees"));
        noted.lock().expect("no thread panics").insert(format!("s{}", row * 150 + column), Instant::now());
        Reply::json(answer(north, east))
    });
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), &server.url("/v1/archive"), stations);
    let ledger = folder.path().join("ledger.sqlite");
    let mut daemon = std::process::Command::new(env!("CARGO_BIN_EXE_fairgauge"))
        .args(["run", "--config"])
        .arg(folder.path().join("fairgauge.toml"))
        .stderr(std::process::Stdio::null())
        .spawn()
        .expect("it starts");
    let begun = Instant::now();
    let told = |ledger: &std::path::Path| {
        let feeds = Reader::open(ledger).ok()?.feeds().ok()?;
        feeds.into_iter().find(|feed| feed.feed == "grid")?.last_ok
    };
    let (mut newest, mut stored) = (-1, HashMap::new());
    while told(&ledger).is_none() {
        assert!(begun.elapsed() < Duration::from_secs(600), "the feed was never told");
        note_stored(&ledger, &mut newest, &mut stored);
        std::thread::sleep(Duration::from_millis(20));
    }
    let elapsed = begun.elapsed().as_secs_f64();
    note_stored(&ledger, &mut newest, &mut stored);
    let answered = answered.lock().expect("no thread panics");
    let wait = |(station, answered): (&String, &Instant)| (stored[station] - *answered).as_secs_f64();
    let mut waits: Vec<f64> = answered.iter().map(wait).collect();
    waits.sort_by(f64::total_cmp);
    let wait = |share: usize| waits[(waits.len() * share / 100).min(waits.len() - 1)];
    let (cpu, memory) = cost(daemon.id());
    daemon.kill().expect("it runs");
    daemon.wait().expect("it ends");
    let size = std::fs::metadata(&ledger).expect("there").len()
        + std::fs::metadata(folder.path().join("ledger.sqlite-wal")).map_or(0, |log| log.len());
    let readings: usize = Reader::open(&ledger)
        .expect("a ledger")
        .knowledge(None)
        .expect("readable")
        .of_feed("grid")
        .map(|(_, series)| series.rows().count())
        .sum();
    #[expect(clippy::cast_precision_loss, reason = "some megabytes")]
    let bytes_a_reading = size as f64 / readings as f64;
    println!(
        "{{\"task\":\"{stations} stations asked once\",\"seconds\":{elapsed:.1},\"cpu_seconds\":{cpu:.1},\"memory_mb\":{memory},\"readings\":{readings},\
         \"ledger_mb\":{:.1},\"bytes_a_reading\":{bytes_a_reading:.0},\"mb_a_station_year_hourly\":{:.2},\"stored_after_s_p50\":{:.2},\"stored_after_s_p99\":{:.2}}}",
        f64::from(u32::try_from(size / 1_000).expect("small")) / 1_000.0,
        bytes_a_reading * 8_760.0 / 1e6,
        wait(50),
        wait(99)
    );
}
