//! Programs of others against the document: schemathesis asks whatever it allows, and a client made from it reads a season.

use std::path::PathBuf;
use std::process::Command;

use crate::SEASON;
use crate::program::query;
use crate::serving::{Season, serve};
use crate::tools::left_out;

/// A program of the virtual environment that `.ci/run` makes.
fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("FAIRGAUGE_PYTHON").map(|python| PathBuf::from(python).with_file_name(name));
    let path = path.filter(|path| path.is_file());
    left_out(path.is_some(), &format!("{name} is not installed: .ci/run installs it")).then_some(path)?
}

fn run(command: &mut Command) -> String {
    crate::program::clean(command);
    let output = command.output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn whatever_the_document_allows_is_answered_as_it_says() {
    let Some(schemathesis) = tool("schemathesis") else { return };
    // A server of its own: what is asked here is as much as a token may ask, and others ask with theirs at the same time.
    let season = Season::new();
    let served = serve(&season.ledger);
    let folder = tempfile::tempdir().unwrap();
    for (who, examples) in [("auditor", 30), ("insured", 10), ("operator", 10)] {
        let said = run(Command::new(&schemathesis)
            .current_dir(folder.path())
            .arg("run")
            .arg(format!("http://{}/v1/openapi.json", served.address))
            .args(["--header", &format!("Authorization: Bearer {}", served.tokens[who])])
            .args(["--header", "X-Forwarded-For: 192.0.2.77"])
            // As often as a token may ask: more would be answered that it is too often, and show nothing else.
            .args(["--rate-limit", "50/s"])
            // A stream has no end to wait for.
            .args(["--exclude-path", "/v1/events"])
            .args(["--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance,unsupported_method"])
            .args(["--max-examples", &examples.to_string(), "--seed", "20261126"])
            .args(["--phases", "examples,coverage,fuzzing", "--request-timeout", "30", "--no-color"]));
        println!(
            "{who}: {}",
            said.lines().rev().find(|line| line.contains("test cases") || line.contains("passed")).unwrap_or_default()
        );
    }
}

/// It reads the season's payouts page after page, and adds up what is payable.
const READER: &str = r#"
import os
from collections import defaultdict
from fairgauge_client import AuthenticatedClient
from fairgauge_client.api.payouts import list_payouts
from fairgauge_client.api.policies import list_policies
from fairgauge_client.models import Payouts
from fairgauge_client.types import UNSET

client = AuthenticatedClient(base_url=os.environ["AT"], token=os.environ["TOKEN"], raise_on_unexpected_status=True)
sums, cursor, pages, rows = defaultdict(int), UNSET, 0, 0
while True:
    page = list_payouts.sync(client=client, limit=7, cursor=cursor)
    assert isinstance(page, Payouts), page
    pages += 1
    for payout in page.items:
        assert int(payout.payable.replace(".", "")) == payout.payable_minor, payout
        sums[payout.currency] += payout.payable_minor
        rows += 1
    if page.next_ is None:
        break
    cursor = page.next_
assert pages > 3, pages
policies = list_policies.sync(client=client, limit=1000)
print(rows, len(policies.items), *(f"{currency} {minor}" for currency, minor in sorted(sums.items())))
"#;

#[test]
fn a_client_made_from_the_document_reads_a_season() {
    let (Some(generator), Some(python)) = (tool("openapi-python-client"), tool("python")) else { return };
    let (season, served) = &*SEASON;
    let folder = tempfile::tempdir().unwrap();
    let document = folder.path().join("openapi.json");
    std::fs::write(&document, fairgauge::publish::document()).unwrap();
    std::fs::write(
        folder.path().join("config.yml"),
        "project_name_override: fairgauge-client\npackage_name_override: fairgauge_client\npost_hooks: []\n",
    )
    .unwrap();
    let generated = run(Command::new(generator)
        .current_dir(folder.path())
        .args(["generate", "--meta", "none", "--output-path", "fairgauge_client", "--config", "config.yml", "--path"])
        .arg(&document));
    assert!(!generated.contains("WARNING") && !generated.contains("ERROR"), "{generated}");
    std::fs::write(folder.path().join("read.py"), READER).unwrap();
    let read = run(Command::new(python)
        .current_dir(folder.path())
        .arg("read.py")
        .env("AT", format!("http://{}", served.address))
        .env("TOKEN", &served.tokens["auditor"]));
    let sums: Vec<String> = query(
        &season.ledger,
        "SELECT currency || ' ' || sum(payable_minor) FROM payout GROUP BY currency ORDER BY currency",
    );
    let rows = query::<i64>(&season.ledger, "SELECT count(*) FROM payout")[0];
    let policies = query::<i64>(&season.ledger, "SELECT count(*) FROM ledger WHERE kind = 'policy'")[0];
    assert_eq!(read.trim(), format!("{rows} {policies} {}", sums.join(" ")));
}
