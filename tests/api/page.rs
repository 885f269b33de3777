//! docs/openapi.json is the document that is served, and what docs/api.md shows works as it stands there.

use std::path::Path;
use std::process::Command;

use crate::SEASON;
use crate::serving::NORTH;
use crate::tools::there;

fn docs(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

/// `API_DOCUMENT=write cargo test --test api` writes it.
#[test]
fn the_kept_document_is_the_one_that_is_served() {
    let served = crate::client::send(SEASON.1.address, &crate::client::request("GET", "/v1/openapi.json", &[], b""));
    assert_eq!(served.status, 200, "nobody needs a token for it");
    assert_eq!(served.text(), fairgauge::publish::document());
    if std::env::var_os("API_DOCUMENT").is_some_and(|value| value == "write") {
        std::fs::write(docs("openapi.json"), &served.body).unwrap();
    }
    let kept = std::fs::read_to_string(docs("openapi.json")).unwrap();
    assert!(kept == served.text(), "docs/openapi.json is another one: API_DOCUMENT=write cargo test --test api");
    let document = served.json();
    assert_eq!(document["openapi"], "3.1.0");
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            for member in ["operationId", "summary", "description", "tags", "security"] {
                assert!(operation.get(member).is_some(), "{method} {path} has no {member}");
            }
        }
    }
}

/// Every route is on the page, and the page names no other.
#[test]
fn the_page_has_every_route() {
    let page = std::fs::read_to_string(docs("api.md")).unwrap();
    let document: serde_json::Value = serde_json::from_str(fairgauge::publish::document()).unwrap();
    let mut rows = std::collections::BTreeSet::new();
    for line in page.lines().filter(|line| line.starts_with("| `GET ") || line.starts_with("| `POST ")) {
        rows.insert(line.split('`').nth(1).unwrap().to_owned());
    }
    let mut routes = std::collections::BTreeSet::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        routes.extend(item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())));
    }
    assert_eq!(rows, routes);
    for parameter in document["paths"]["/v1/payouts"]["get"]["parameters"].as_array().unwrap() {
        let name = parameter["name"].as_str().unwrap();
        assert!(page.contains(&format!("`{name}`")), "{name} is not on the page");
    }
}

/// The commands of the page run as they stand there, but for the address and the token.
#[test]
fn the_commands_of_the_page_run() {
    if !there("curl") {
        return;
    }
    let page = std::fs::read_to_string(docs("api.md")).unwrap();
    let blocks: Vec<_> = page.split("```sh\n").skip(1).filter_map(|rest| rest.split_once("```")).collect();
    let row = {
        let rows = SEASON.1.get("auditor", &format!("/v1/payouts?policy={NORTH}&state=final")).json();
        rows["items"][0].clone()
    };
    let mut ran = 0;
    let folder = tempfile::tempdir().unwrap();
    for (block, _) in blocks {
        let script = block
            .replace("https://payouts.example.org", &format!("http://{}", SEASON.1.address))
            .replace("LG-001/typhoon/2024-06-01", row["id"].as_str().unwrap())
            .replace("LG-001", NORTH)
            .replace("/determinations/91", &format!("/determinations/{}", row["seq"]))
            .replace("curl ", "curl --silent --show-error --fail --retry 9 --max-time 60 ");
        if script.contains("/v1/acts") {
            // tests/api/acts.rs hands in what was signed.
            continue;
        }
        let script = if script.contains("/v1/events") {
            // It goes on for ever; that something is heard is enough.
            format!("{} | head -c 20", script.trim())
        } else {
            script
        };
        let output = Command::new("bash")
            .args(["-euc", &script])
            .current_dir(folder.path())
            .env("TOKEN", &SEASON.1.tokens["auditor"])
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{script}\n{said}");
        assert!(
            !output.stdout.is_empty() || script.contains("-o ") || script.contains("--output"),
            "{script} says nothing"
        );
        ran += script.matches("curl ").count();
    }
    assert!(ran >= 8, "{ran} commands");
}
