//! A browser that a test drives: Chromium without a window, by the WebDriver protocol of its driver.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64ct::{Base64, Encoding as _};
use serde_json::{Value, json};

/// What an element is called in the protocol.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys that are no letters.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";

/// A session.
pub struct Browser {
    driver: Child,
    at: SocketAddr,
    session: String,
}

/// How a page is looked at.
#[derive(Clone, Copy, Debug)]
pub struct Sight {
    pub width: u32,
    pub height: u32,
    pub dark: bool,
}

pub const DESK: Sight = Sight { width: 1280, height: 900, dark: false };
pub const PHONE: Sight = Sight { width: 390, height: 844, dark: false };

impl Browser {
    pub fn start() -> Self {
        let mut driver =
            Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines().map_while(Result::ok);
        let port = lines.find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse::<u16>().ok()
        });
        let at = SocketAddr::from(([127, 0, 0, 1], port.expect("the driver says its port")));
        // What it says later is read, so that it never waits to be.
        std::thread::spawn(move || lines.for_each(drop));
        let mut browser = Self { driver, at, session: String::new() };
        let arguments =
            ["--headless=new", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--disable-dev-shm-usage"];
        let wanted = json!({ "capabilities": { "alwaysMatch": {
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "goog:chromeOptions": { "args": arguments },
        } } });
        let session = browser.call("POST", "/session", Some(&wanted));
        browser.session = session["sessionId"].as_str().expect("a session").to_owned();
        browser
    }

    /// One question to the driver; its answer's value.
    fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, text) = exchange(self.at, method, path, body);
        let answer: Value = serde_json::from_slice(&text).unwrap();
        assert!(status == 200, "{method} {path}: {}", answer["value"]);
        answer["value"].clone()
    }

    fn post(&self, what: &str, body: &Value) -> Value {
        self.call("POST", &format!("/session/{}/{what}", self.session), Some(body))
    }

    /// A command of the browser's own protocol.
    pub fn command(&self, name: &str, parameters: &Value) -> Value {
        self.post("goog/cdp/execute", &json!({ "cmd": name, "params": parameters }))
    }

    pub fn go(&self, url: &str) {
        self.post("url", &json!({ "url": url }));
    }

    /// What a script returns.
    pub fn run(&self, script: &str) -> Value {
        self.post("execute/sync", &json!({ "script": script, "args": [] }))
    }

    /// What an asynchronous function's body returns; it fails with what it throws.
    pub fn wait(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {{ {body} }})().then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let answer = self.post("execute/async", &json!({ "script": script, "args": [] }));
        assert!(answer.get("error").is_none(), "{}", answer["error"]);
        answer["value"].clone()
    }

    /// Waits until a script returns true.
    pub fn until(&self, script: &str) {
        crate::program::wait_until(script, || self.run(&format!("return {script}")) == true);
    }

    pub fn patience(&self, patience: Duration) {
        self.post("timeouts", &json!({ "script": patience.as_millis() as u64 }));
    }

    /// Presses keys where the focus is.
    pub fn press(&self, keys: &str) {
        let each: Vec<_> = keys
            .chars()
            .flat_map(|key| [json!({ "type": "keyDown", "value": key }), json!({ "type": "keyUp", "value": key })])
            .collect();
        let actions = json!({ "actions": [{ "type": "key", "id": "keys", "actions": each }] });
        self.post("actions", &actions);
    }

    fn find(&self, selector: &str) -> String {
        let found = self.post("element", &json!({ "using": "css selector", "value": selector }));
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub fn click(&self, selector: &str) {
        self.post(&format!("element/{}/click", self.find(selector)), &json!({}));
    }

    /// Writes into a field; of a file's field the path.
    pub fn write(&self, selector: &str, text: &str) {
        self.post(&format!("element/{}/value", self.find(selector)), &json!({ "text": text }));
    }

    pub fn text(&self, selector: &str) -> String {
        let text = self.run(&format!("return document.querySelector({selector:?}).textContent"));
        text.as_str().unwrap().trim().to_owned()
    }

    pub fn look(&self, sight: Sight) {
        let Sight { width, height, dark } = sight;
        let phone = width < 600;
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone });
        self.command("Emulation.setDeviceMetricsOverride", &metrics);
        let scheme = if dark { "dark" } else { "light" };
        let media = json!({ "features": [{ "name": "prefers-color-scheme", "value": scheme }] });
        self.command("Emulation.setEmulatedMedia", &media);
    }

    /// Keeps a picture of the whole page.
    pub fn picture(&self, file: &Path) {
        let size = self.run("return [document.documentElement.scrollWidth, document.documentElement.scrollHeight]");
        let height = size[1].as_u64().unwrap().min(4_000);
        let clip = json!({ "x": 0, "y": 0, "width": size[0], "height": height, "scale": 1 });
        let wanted = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.command("Page.captureScreenshot", &wanted);
        std::fs::write(file, Base64::decode_vec(picture["data"].as_str().unwrap()).unwrap()).unwrap();
    }

    /// How many sheets of paper the page prints on; it is kept as a PDF.
    pub fn sheets(&self, file: &Path) -> usize {
        let printed = self.command("Page.printToPDF", &json!({ "preferCSSPageSize": true, "printBackground": true }));
        let bytes = Base64::decode_vec(printed["data"].as_str().unwrap()).unwrap();
        std::fs::write(file, &bytes).unwrap();
        // `/Type /Page`, and not the list of them, `/Type /Pages`.
        bytes.windows(12).filter(|part| part.starts_with(b"/Type /Page") && !part.ends_with(b"s")).count()
    }

    /// What the page's console has said since the last time.
    pub fn console(&self) -> Vec<String> {
        let lines = self.post("se/log", &json!({ "type": "browser" }));
        let lines = lines.as_array().unwrap().iter();
        // Hints for developers are none of ours.
        let lines = lines.filter(|line| line["level"] != "DEBUG" && line["level"] != "INFO");
        lines.map(|line| line["message"].as_str().unwrap().to_owned()).collect()
    }

    /// The addresses that were asked for since the last time.
    pub fn requests(&self) -> Vec<String> {
        let lines = self.post("se/log", &json!({ "type": "performance" }));
        let mut asked = Vec::new();
        for line in lines.as_array().unwrap() {
            let event: Value = serde_json::from_str(line["message"].as_str().unwrap()).unwrap();
            if event["message"]["method"] == "Network.requestWillBeSent" {
                asked.push(event["message"]["params"]["request"]["url"].as_str().unwrap().to_owned());
            }
        }
        asked
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() {
            // The driver takes its browser with it.
            let path = format!("/session/{}", self.session);
            _ = std::panic::catch_unwind(|| exchange(self.at, "DELETE", &path, None));
        }
        _ = self.driver.kill();
        _ = self.driver.wait();
    }
}

/// A request and its answer's status and body.
fn exchange(at: SocketAddr, method: &str, path: &str, body: Option<&Value>) -> (u16, Vec<u8>) {
    let body = body.map_or_else(String::new, Value::to_string);
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(180))).unwrap();
    let head = format!(
        "{method} {path} HTTP/1.1\r\nHost: {at}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    let mut reader = BufReader::new(stream);
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap().parse().unwrap();
    let mut length = 0;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.trim().split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut text = vec![0; length];
    reader.read_exact(&mut text).unwrap();
    (status, text)
}
