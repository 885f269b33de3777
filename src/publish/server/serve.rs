//! Connections, one task each, in limited time.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutStream;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::Service as _;

use super::tls::Tls;
use crate::counts::{HttpCounts, Turned};
use crate::publish::doors::{Doors, Ticket};

/// How long a greeting or the head of a request may take, and how long a connection may be idle.
const HEAD: Duration = Duration::from_secs(10);
/// How long one who takes nothing of an answer is waited for.
const STALLED: Duration = Duration::from_secs(30);
/// How long requests are answered after the end is asked for.
const ENDING: Duration = Duration::from_secs(5);
/// What a head may have.
const MOST_HEAD: usize = 32 << 10;
const MOST_HEADERS: usize = 64;
/// What is waited where the system has no descriptor left.
const BREATH: Duration = Duration::from_millis(200);

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub struct Peer(pub IpAddr);

/// What is answered at one address, and to how many.
pub(super) struct Site {
    pub router: Router,
    pub counts: HttpCounts,
    pub doors: Doors<IpAddr>,
    pub tls: Option<Tls>,
}

pub(super) async fn run(listener: std::net::TcpListener, site: Site, stop: CancellationToken) {
    let Site { router, counts, doors, tls } = site;
    let Ok(listener) = TcpListener::from_std(listener) else {
        tracing::error!(id = "FG0704", "the listener cannot be used: nothing is served");
        return;
    };
    let (tls, tasks) = (tls.map(Arc::new), TaskTracker::new());
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => break,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => match doors.enter(peer.ip().to_canonical()) {
                Some(ticket) => {
                    let (open, one) =
                        (counts.connection(), connection(stream, ticket, tls.clone(), router.clone(), stop.clone()));
                    tasks.spawn(async move {
                        one.await;
                        drop(open);
                    });
                }
                None => counts.turned_away(Turned::Full),
            },
            Err(error) => {
                tracing::warn!(id = "FG0705", %error, "a connection could not be accepted: {error}");
                tokio::time::sleep(BREATH).await;
            }
        }
    }
    drop(listener);
    tasks.close();
    _ = tokio::time::timeout(ENDING, tasks.wait()).await;
}

async fn connection(
    stream: TcpStream,
    ticket: Ticket<IpAddr>,
    tls: Option<Arc<Tls>>,
    router: Router,
    stop: CancellationToken,
) {
    // Without it answers are a little slower, no more.
    _ = stream.set_nodelay(true);
    let peer = Peer(*ticket.who());
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(STALLED));
    match tls {
        None => talk(Box::pin(stream), peer, router, stop).await,
        Some(tls) => {
            let greeting = tls.acceptor().accept(Box::pin(stream));
            if let Ok(Ok(stream)) = tokio::time::timeout(HEAD, greeting).await {
                talk(stream, peer, router, stop).await;
            }
        }
    }
    drop(ticket);
}

async fn talk(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    peer: Peer,
    router: Router,
    stop: CancellationToken,
) {
    let service = hyper::service::service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(peer);
        router.clone().call(request)
    });
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD).max_buf_size(MOST_HEAD).max_headers(MOST_HEADERS);
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    // That a client went away or sent nonsense is its own affair.
    tokio::select! {
        _ = connection.as_mut() => {}
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            _ = connection.await;
        }
    }
}
