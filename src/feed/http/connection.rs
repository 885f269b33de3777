//! Tests of how a connection comes about: certificates (N6) and several addresses (N12). They need the inside of the
//! client: whom it trusts, and what a name leads to.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use reqwest::Certificate;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer};

use super::fault_server::{FaultServer, Reply};
use super::fetch::passes;
use super::network::CONNECT_TIMEOUT;
use super::tests::{GOOD, private, settings};
use super::*;
use crate::feed::at;
use crate::feed::poll::{Ask, Scope};

type Issuer = CertifiedIssuer<'static, KeyPair>;

/// Somebody who signs certificates.
fn issuer() -> Issuer {
    let mut params = CertificateParams::new(Vec::<String>::new()).unwrap();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A server with a certificate for a name, valid in some years, that answers once with readings. Returns its port.
fn serve(signed_by: Option<&Issuer>, name: &str, years: (i32, i32)) -> u16 {
    install_tls();
    let mut params = CertificateParams::new(vec![name.to_owned()]).unwrap();
    (params.not_before, params.not_after) = (date_time_ymd(years.0, 1, 1), date_time_ymd(years.1, 1, 1));
    let key = KeyPair::generate().unwrap();
    let certificate = match signed_by {
        Some(issuer) => params.signed_by(&key, issuer).unwrap(),
        None => params.self_signed(&key).unwrap(),
    };
    let chain = vec![CertificateDer::from(certificate.der().to_vec())];
    let key = PrivatePkcs8KeyDer::from(key.serialize_der()).into();
    let config = rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(chain, key).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let config = Arc::new(config);
        for mut socket in listener.incoming().map_while(Result::ok) {
            let mut connection = rustls::ServerConnection::new(config.clone()).unwrap();
            let mut stream = rustls::Stream::new(&mut connection, &mut socket);
            // A client that does not trust it says no more.
            if stream.read(&mut [0; 4096]).is_ok_and(|length| length > 0) {
                let length = GOOD.len();
                let head = format!("HTTP/1.1 200 Told\r\ncontent-type: text/csv\r\ncontent-length: {length}\r\n");
                let _ = write!(stream, "{head}connection: close\r\n\r\n{GOOD}");
                let _ = stream.flush();
            }
        }
    });
    port
}

/// Asks a name, which leads to some addresses, of a server that one issuer is trusted for.
async fn ask(url: &str, addresses: &[SocketAddr], trusted: Option<&Issuer>) -> Result<Answer, PollError> {
    let feed = settings(url, "");
    let mut builder = builder(&feed, &private()).resolve_to_addrs("host.example", addresses);
    if let Some(trusted) = trusted {
        builder = builder.tls_certs_only([Certificate::from_der(trusted.der()).unwrap()]);
    }
    let parsed = UrlTemplate::parse(url, &private()).unwrap();
    let mut http = Http { way: Some(Way::Network(builder.build().unwrap())), ..Http::new(parsed, private()) };
    let none = std::collections::BTreeMap::new();
    let ask = Ask { now: at("2013-02-01 12:00"), known_until: &none, from: at("2013-01-01 00:00") };
    http.poll(&feed, ask, &Scope::default()).await
}

async fn ask_tls(port: u16, trusted: Option<&Issuer>) -> Result<Answer, PollError> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    ask(&format!("https://host.example:{port}/all.csv"), &[address], trusted).await
}

#[tokio::test]
async fn n06_a_good_certificate_is_trusted() {
    let issuer = issuer();
    let port = serve(Some(&issuer), "host.example", (2000, 2100));
    assert_eq!(ask_tls(port, Some(&issuer)).await.unwrap().readings.len(), 2);
}

#[tokio::test]
async fn n06_bad_certificates_are_refused_at_once_and_named() {
    let (issuer, other) = (issuer(), issuer());
    for (port, trusted, says, why) in [
        (serve(Some(&issuer), "host.example", (2000, 2001)), Some(&issuer), "expired", "it was good once"),
        (serve(Some(&issuer), "host.example", (2090, 2100)), Some(&issuer), "not valid yet", "it will be good"),
        (serve(Some(&issuer), "other.example", (2000, 2100)), Some(&issuer), "not valid for name", "another host's"),
        (
            serve(Some(&other), "host.example", (2000, 2100)),
            Some(&issuer),
            "invalid peer certificate",
            "of somebody else",
        ),
        (serve(None, "host.example", (2000, 2100)), Some(&issuer), "", "its own"),
        (serve(None, "host.example", (2000, 2100)), None, "", "its own, before the machine's roots"),
    ] {
        let error = ask_tls(port, trusted).await.expect_err(why);
        assert_eq!(error.class(), "tls", "{why}: {error}");
        assert!(error.to_string().contains(says) && error.to_string().contains("host.example"), "{why}: {error}");
        assert!(!passes(&error), "trying again changes nothing");
    }
}

/// An address that takes no connection and refuses none, as behind a firewall: its queue is full.
struct BlackHole {
    address: SocketAddr,
    _listener: tokio::net::TcpListener,
    _queued: Vec<tokio::task::JoinHandle<std::io::Result<tokio::net::TcpStream>>>,
}

impl BlackHole {
    async fn on(address: SocketAddr) -> Self {
        let socket = match address {
            SocketAddr::V4(_) => tokio::net::TcpSocket::new_v4(),
            SocketAddr::V6(_) => tokio::net::TcpSocket::new_v6(),
        };
        let socket = socket.unwrap();
        socket.bind(address).unwrap();
        let listener = socket.listen(1).unwrap();
        let address = listener.local_addr().unwrap();
        let mut queued = Vec::new();
        // Until one is not taken any more.
        loop {
            let mut next = tokio::spawn(tokio::net::TcpStream::connect(address));
            let taken = tokio::time::timeout(Duration::from_millis(200), &mut next).await.is_ok();
            queued.push(next);
            if !taken {
                return Self { address, _listener: listener, _queued: queued };
            }
        }
    }
}

#[tokio::test]
async fn n12_an_address_that_leads_nowhere_does_not_keep_the_next_one_waiting() {
    let hole = BlackHole::on(SocketAddr::from(([127, 0, 0, 2], 0))).await;
    let port = hole.address.port();
    let _server = FaultServer::start_on(SocketAddr::from(([127, 0, 0, 1], port)), |_| Reply::csv(GOOD));
    let addresses = [hole.address, SocketAddr::from(([127, 0, 0, 1], port))];
    let mut feed = settings(&format!("http://host.example:{port}/all.csv"), "");
    feed.timeout = Duration::from_secs(30);
    let client = builder(&feed, &private()).resolve_to_addrs("host.example", &addresses).build().unwrap();
    let begun = std::time::Instant::now();
    let answer = client.get(format!("http://host.example:{port}/all.csv")).send().await.unwrap();
    assert!(answer.status().is_success());
    let (least, most) = (CONNECT_TIMEOUT / 3, CONNECT_TIMEOUT);
    assert!((least..most).contains(&begun.elapsed()), "half of the time for the first: {:?}", begun.elapsed());
}

#[tokio::test]
async fn n12_a_family_that_leads_nowhere_is_left_for_the_other() {
    let six = SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0));
    if TcpListener::bind(six).is_err() {
        println!("left out: this machine has no IPv6");
        return;
    }
    let hole = BlackHole::on(six).await;
    let port = hole.address.port();
    let _server = FaultServer::start_on(SocketAddr::from(([127, 0, 0, 1], port)), |_| Reply::csv(GOOD));
    let addresses = [hole.address, SocketAddr::from(([127, 0, 0, 1], port))];
    let answer = ask(&format!("http://host.example:{port}/all.csv"), &addresses, None).await;
    assert_eq!(answer.unwrap().readings.len(), 2, "within a second, which is all the time that this feed has");
}

#[tokio::test]
async fn n12_addresses_that_all_lead_nowhere_end_in_time() {
    let hole = BlackHole::on(SocketAddr::from(([127, 0, 0, 2], 0))).await;
    let url = format!("http://host.example:{}/all.csv", hole.address.port());
    let begun = std::time::Instant::now();
    let error = ask(&url, &[hole.address; 3], None).await.unwrap_err();
    assert!(matches!(error.class(), "connect" | "timeout"), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(20), "a second, on a slow machine: {:?}", begun.elapsed());
}
