//! A04: whoever sends half a request, or slowly, or too much, keeps neither the daemon from settling nor others from reading.

use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use fairgauge::ledger::Reader;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};

use crate::client::request;
use crate::operators::House;
use crate::program::{PATIENCE, Program, daemon, wait_for, wait_until};
use crate::rain_days;

const CONTESTED: &str = "P-1/rain/2024-03-01";
/// How many come, where `FAIRGAUGE_FLOOD` says nothing.
const MANY: usize = 1_200;

struct Served {
    house: House,
    program: Program,
    address: SocketAddr,
    token: String,
    /// Of those who mean harm: one token may ask only so often.
    other: String,
}

fn served(most: usize) -> Served {
    let house = House::new();
    let settings = std::fs::read_to_string(&house.config).unwrap();
    let serve = format!("\n[serve]\nlisten = \"127.0.0.1:0\"\nmost_connections = {most}\n");
    std::fs::write(&house.config, settings + &serve).unwrap();
    let token = house.run(&["token", "new", "good", "--role", "auditor"]).unwrap();
    let other = house.run(&["token", "new", "other", "--role", "operator"]).unwrap();
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("preliminary: policy P-1");
    let address = program.address();
    Served { house, program, address, token: token.trim().to_owned(), other: other.trim().to_owned() }
}

/// As many as the machine lets one process have, up to what is wanted.
fn many() -> usize {
    let wanted = std::env::var("FAIRGAUGE_FLOOD").ok().and_then(|text| text.parse().ok()).unwrap_or(MANY);
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files")).unwrap_or_default();
    let most: usize = line.split_whitespace().nth(3).and_then(|text| text.parse().ok()).unwrap_or(1_024);
    wanted.min(most.saturating_sub(300))
}

async fn from(last: u8, address: SocketAddr) -> std::io::Result<TcpStream> {
    let socket = TcpSocket::new_v4()?;
    socket.bind(SocketAddrV4::new(Ipv4Addr::new(127, 0, 0, last), 0).into())?;
    socket.connect(address).await
}

/// One who comes again whenever they are thrown out, and sends nothing, half a head, a byte now and then, half a body, or
/// takes nothing of a large answer.
async fn nuisance(number: usize, address: SocketAddr, token: String, met: Arc<AtomicUsize>) {
    let last = 2 + u8::try_from(number % 3).expect("few");
    loop {
        let Ok(mut stream) = from(last, address).await else {
            tokio::time::sleep(Duration::from_millis(100)).await;
            continue;
        };
        met.fetch_add(1, Ordering::Relaxed);
        let bearer = format!("authorization: Bearer {token}\r\n");
        let sent = match number % 5 {
            0 => String::new(),
            1 => "GET /v1/payouts HTTP/1.1\r\nhost: loc".to_owned(),
            2 => "GET /v1/payouts HTTP/1.1\r\nhost: l\r\nx-a: ".to_owned(),
            3 => format!(
                "POST /v1/acts HTTP/1.1\r\nhost: l\r\n{bearer}content-type: application/json\r\ncontent-length: 1000000\r\n\r\n{{"
            ),
            _ => format!("GET /v1/policies/P-1/series?limit=1000 HTTP/1.1\r\nhost: l\r\n{bearer}\r\n").repeat(50),
        };
        _ = stream.write_all(sent.as_bytes()).await;
        let mut taken = [0; 16];
        loop {
            tokio::select! {
                read = stream.read(&mut taken) => match read {
                    Ok(1..) if number % 5 < 4 => {}
                    // Thrown out; who takes nothing of an answer waits instead of reading on.
                    Ok(1..) => tokio::time::sleep(Duration::from_secs(5)).await,
                    _ => break,
                },
                () = tokio::time::sleep(Duration::from_millis(900)), if number % 5 == 2 => {
                    if stream.write_all(b"a").await.is_err() {
                        break;
                    }
                }
            }
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

/// What a good client is answered that comes from an address of its own.
async fn good(address: SocketAddr, token: &str) -> Option<(u16, String)> {
    let asked = async {
        let mut stream = from(9, address).await.ok()?;
        let bearer = format!("Bearer {token}");
        let target = format!("/v1/payouts/{CONTESTED}");
        stream.write_all(&request("GET", &target, &[("authorization", &bearer)], b"")).await.ok()?;
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).await.ok()?;
        let text = String::from_utf8(bytes).ok()?;
        let status = text.split(' ').nth(1)?.parse().ok()?;
        Some((status, text.split_once("\r\n\r\n")?.1.to_owned()))
    };
    tokio::time::timeout(PATIENCE, asked).await.ok().flatten()
}

/// What the ledger says of P-1 now.
fn index(house: &House) -> Option<String> {
    let row = Reader::open(&house.ledger).unwrap().payout(CONTESTED).unwrap()?;
    row.index.map(|index| index.value)
}

/// The gauge is read again and again, and each time it says something else.
fn revise(house: &House, fallen: &str) {
    let rain = rain_days::days(31, &[("03-05", fallen)]);
    let draft = house.folder.path().join("draft");
    std::fs::write(&draft, rain).unwrap();
    std::fs::rename(draft, house.folder.path().join("daily.csv")).unwrap();
}

#[test]
fn a04_thousands_of_slow_connections_delay_no_payout_and_keep_nobody_out() {
    let many = many();
    // Three addresses have a quarter each, which is less than what comes from them; one is left.
    let Served { house, program, address, token, other } = served(many.max(64));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let met = Arc::new(AtomicUsize::new(0));
    for number in 0..many {
        runtime.spawn(nuisance(number, address, other.clone(), met.clone()));
    }
    wait_until("they have come", || met.load(Ordering::Relaxed) >= many);
    let mut slowest = Duration::ZERO;
    for fallen in 61..69 {
        let fallen = fallen.to_string();
        revise(&house, &fallen);
        wait_until("the payout that follows is committed", || index(&house).as_deref() == Some(&fallen));
        let begun = std::time::Instant::now();
        // Where the machine is slow it may be told to come again a little later.
        let text = wait_for("a good client is answered", || {
            let (status, text) = runtime.block_on(good(address, &token)).expect("a good client is let in");
            assert!([200, 503].contains(&status), "{status} {text}");
            (status == 200).then_some(text)
        });
        assert!(text.contains(&format!("\"value\":\"{fallen}\"")), "what was committed is read: {text}");
        slowest = slowest.max(begun.elapsed());
    }
    println!(
        "{many} connections, {} came in all; the slowest good answer took {slowest:?}",
        met.load(Ordering::Relaxed)
    );
    runtime.shutdown_background();
    program.stop();
    house.verify();
}

/// Where all places are taken, they are free again when heads have not come in time.
#[test]
fn a04_a_full_house_is_free_again_when_heads_do_not_come() {
    let Served { house, program, address, token, .. } = served(16);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut taken = Vec::new();
        for number in 0..16 {
            let mut stream = from(2 + number % 4, address).await.unwrap();
            stream.write_all(b"GET /v1/payouts HTTP/1.1\r\n").await.unwrap();
            taken.push(stream);
        }
        let begun = std::time::Instant::now();
        while good(address, &token).await.is_none_or(|(status, _)| status != 200) {
            assert!(begun.elapsed() < PATIENCE, "nobody is let in any more");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    revise(&house, "77");
    wait_until("the payout that follows is committed", || index(&house).as_deref() == Some("77"));
    program.stop();
}

#[test]
fn a04_large_and_broken_requests_are_refused_and_cost_nothing() {
    let Served { house, program, address, token, .. } = served(512);
    let bearer = format!("authorization: Bearer {token}\r\n");
    let long = "x".repeat(200 << 10);
    let fields: String = (0..100).map(|number| format!("x-{number}: a\r\n")).collect();
    for (what, text, statuses) in [
        ("a head of 200 KiB", format!("GET /v1/payouts HTTP/1.1\r\nhost: l\r\nx-a: {long}\r\n\r\n"), &[431][..]),
        ("a long address", format!("GET /v1/payouts?policy={long} HTTP/1.1\r\nhost: l\r\n\r\n"), &[414, 431]),
        ("a hundred fields", format!("GET /v1/payouts HTTP/1.1\r\nhost: l\r\n{fields}\r\n"), &[431]),
        ("no request", "\u{16}\u{3}\u{1}\r\n\r\n".to_owned(), &[400]),
        (
            "two lengths",
            format!("POST /v1/acts HTTP/1.1\r\nhost: l\r\n{bearer}content-length: 1\r\ncontent-length: 2\r\n\r\n{{}}"),
            &[400],
        ),
        (
            "a length that is none",
            format!("POST /v1/acts HTTP/1.1\r\nhost: l\r\n{bearer}content-length: -1\r\n\r\n"),
            &[400],
        ),
        (
            "a body where none is wanted",
            format!(
                "GET /v1/payouts HTTP/1.1\r\nhost: l\r\nconnection: close\r\n{bearer}content-length: 5\r\n\r\nhello"
            ),
            &[200],
        ),
    ] {
        let answer = crate::client::send(address, text.as_bytes());
        assert!(statuses.contains(&answer.status), "{what}: {} {}", answer.status, answer.text());
    }
    revise(&house, "78");
    wait_until("the payout that follows is committed", || index(&house).as_deref() == Some("78"));
    program.stop();
}
