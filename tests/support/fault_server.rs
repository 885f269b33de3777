//! A small HTTP/1.1 server on the loopback address that answers as it is told: well, late, in part, or not at all.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// Path and query.
    pub target: String,
    /// Names in small letters, values.
    pub headers: Vec<(String, String)>,
    /// Of a POST.
    pub body: String,
    /// The same as it came.
    pub bytes: Vec<u8>,
    /// How many came before.
    pub number: usize,
}

impl Request {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value of a parameter of the query, as it was sent.
    pub fn parameter(&self, name: &str) -> Option<&str> {
        let query = self.target.split_once('?')?.1;
        query.split('&').filter_map(|pair| pair.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}

/// What the server does with a request.
#[derive(Clone, Debug)]
pub enum Reply {
    /// A status, headers and a whole body.
    Full { status: u16, headers: Vec<(String, String)>, body: Vec<u8> },
    /// A body that comes a byte at a time, with a pause before each.
    Slow { body: Vec<u8>, pause: Duration },
    /// A body of which only the beginning comes before the connection ends.
    Cut { announced: usize, body: Vec<u8> },
    /// A body of so many bytes, in chunks, without saying how many.
    Endless { bytes: u64 },
    /// No answer, until the other side has gone.
    Silent,
    /// The connection is reset before any answer.
    Reset,
}

impl Reply {
    /// 200 with a body of JSON.
    pub fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::ok("application/json", body)
    }

    /// 200 with a body of CSV.
    pub fn csv(body: impl Into<Vec<u8>>) -> Self {
        Self::ok("text/csv", body)
    }

    /// 200 with a page for people.
    pub fn html() -> Self {
        Self::ok("text/html; charset=utf-8", "<html><body>Sign in</body></html>")
    }

    /// 200 with a body of a kind.
    pub fn ok(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self::Full { status: 200, headers: vec![("content-type".to_owned(), kind.to_owned())], body: body.into() }
    }

    /// A status without a body.
    pub fn status(status: u16) -> Self {
        Self::Full { status, headers: Vec::new(), body: Vec::new() }
    }

    /// A whole answer with another status.
    pub fn with_status(mut self, other: u16) -> Self {
        if let Self::Full { status, .. } = &mut self {
            *status = other;
        }
        self
    }

    /// With a further header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let Self::Full { headers, .. } = &mut self {
            headers.push((name.to_owned(), value.to_owned()));
        }
        self
    }
}

/// Bytes packed as small as they can be.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

/// The server. It ends when it is dropped.
pub struct FaultServer {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    stopped: Arc<AtomicBool>,
    acceptor: Option<JoinHandle<()>>,
}

impl FaultServer {
    /// Starts on a free port of 127.0.0.1; `answer` decides on each request.
    pub fn start(answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        Self::start_on("127.0.0.1:0".parse().unwrap(), answer)
    }

    /// Starts and gives answers in turn, the last for ever.
    pub fn in_turn(replies: Vec<Reply>) -> Self {
        Self::start(move |request| replies[request.number.min(replies.len() - 1)].clone())
    }

    /// Starts on an address: where there was nobody, there is somebody now.
    pub fn start_on(address: SocketAddr, answer: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind(address).unwrap();
        let address = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let stopped = Arc::new(AtomicBool::new(false));
        let (seen, stop, answer) = (requests.clone(), stopped.clone(), Arc::new(answer));
        let acceptor = thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                if stop.load(Ordering::SeqCst) {
                    return;
                }
                let (seen, stop, answer) = (seen.clone(), stop.clone(), answer.clone());
                thread::spawn(move || serve(stream, &seen, &stop, &*answer));
            }
        });
        Self { address, requests, stopped, acceptor: Some(acceptor) }
    }

    /// `http://127.0.0.1:PORT` and a path that begins with a slash.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// All requests so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for FaultServer {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(self.address);
        if let Some(acceptor) = self.acceptor.take() {
            let _ = acceptor.join();
        }
    }
}

fn serve(mut stream: TcpStream, seen: &Mutex<Vec<Request>>, stop: &AtomicBool, answer: &dyn Fn(&Request) -> Reply) {
    let Some((length, mut request)) = peek(&stream) else { return };
    let reply = {
        let mut seen = seen.lock().unwrap();
        request.number = seen.len();
        seen.push(request.clone());
        answer(&request)
    };
    if matches!(reply, Reply::Reset) {
        // Bytes that nobody has read make the kernel send a reset.
        return;
    }
    if stream.read_exact(&mut vec![0; length]).is_err() {
        return;
    }
    // The other side may be gone: that is what is tested.
    let _ = send(&mut stream, reply, stop);
    let _ = stream.shutdown(Shutdown::Write);
}

/// The request with its body, left in the socket.
fn peek(stream: &TcpStream) -> Option<(usize, Request)> {
    stream.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    let mut bytes = vec![0; 64 << 10];
    loop {
        let length = stream.peek(&mut bytes).ok().filter(|length| *length > 0)?;
        // What does not begin with a method is no HTTP, and is not waited for.
        if !bytes[0].is_ascii_uppercase() {
            return None;
        }
        let Some(end) = bytes[..length].windows(4).position(|window| window == b"\r\n\r\n") else { continue };
        let (head, body) = (std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 4..length]);
        let mut lines = head.lines();
        let target = lines.next()?.split(' ').nth(1)?.to_owned();
        let headers = lines.filter_map(|line| line.split_once(':'));
        let headers: Vec<_> = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
        let announced = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.parse());
        if body.len() < announced.unwrap_or(Ok(0)).ok()? {
            continue;
        }
        let text = String::from_utf8_lossy(body).into_owned();
        return Some((length, Request { target, headers, body: text, bytes: body.to_vec(), number: 0 }));
    }
}

fn send(stream: &mut TcpStream, reply: Reply, stop: &AtomicBool) -> std::io::Result<()> {
    match reply {
        Reply::Full { status, headers, body } => {
            let lines: String = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
            let length = body.len();
            write!(stream, "HTTP/1.1 {status} Told\r\n{lines}content-length: {length}\r\nconnection: close\r\n\r\n")?;
            stream.write_all(&body)
        }
        Reply::Slow { body, pause } => {
            write!(stream, "HTTP/1.1 200 Told\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
            for byte in body {
                if stop.load(Ordering::SeqCst) {
                    return Ok(());
                }
                thread::sleep(pause);
                stream.write_all(&[byte])?;
            }
            Ok(())
        }
        Reply::Cut { announced, body } => {
            write!(stream, "HTTP/1.1 200 Told\r\ncontent-length: {announced}\r\nconnection: close\r\n\r\n")?;
            stream.write_all(&body)
        }
        Reply::Endless { bytes } => {
            write!(stream, "HTTP/1.1 200 Told\r\ntransfer-encoding: chunked\r\nconnection: close\r\n\r\n")?;
            let chunk = [b'0'; 16 << 10];
            for _ in 0..bytes / (16 << 10) {
                write!(stream, "{:x}\r\n", chunk.len())?;
                stream.write_all(&chunk)?;
                stream.write_all(b"\r\n")?;
            }
            stream.write_all(b"0\r\n\r\n")
        }
        Reply::Silent => {
            stream.set_read_timeout(Some(Duration::from_millis(50)))?;
            while !stop.load(Ordering::SeqCst) {
                match stream.read(&mut [0]) {
                    Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                    _ => return Ok(()),
                }
            }
            Ok(())
        }
        Reply::Reset => Ok(()),
    }
}
