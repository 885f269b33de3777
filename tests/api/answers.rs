//! How answers are given: forms, tags, methods, faults; and what proves them.

use fairgauge::ledger::Filter;

use crate::SEASON;
use crate::client::{request, send};
use crate::program::run;
use crate::serving::NORTH;

#[test]
fn what_a_client_has_it_is_not_sent_again() {
    for target in
        ["/v1/payouts", "/v1/policies", "/v1/log/checkpoint", "/v1/log/tile/0/000", "/v1/feeds", "/v1/openapi.json"]
    {
        let first = SEASON.1.get("auditor", target);
        let tag = first.header("etag").unwrap().to_owned();
        assert!(tag.starts_with('"'), "a strong one: {tag}");
        for (named, status) in
            [(tag.clone(), 304), (format!("\"x\", {tag}"), 304), ("*".to_owned(), 304), ("\"x\"".to_owned(), 200)]
        {
            let again = SEASON.1.ask("auditor", "GET", target, &[("if-none-match", &named)]);
            assert_eq!(again.status, status, "{target} {named}");
            assert_eq!(again.header("etag"), Some(tag.as_str()));
            assert_eq!(again.body.is_empty(), status == 304);
        }
        let head = SEASON.1.ask("auditor", "HEAD", target, &[]);
        assert_eq!((head.status, head.header("etag")), (200, Some(tag.as_str())), "{target}");
        assert_eq!(head.header("content-length"), Some(first.body.len().to_string().as_str()));
        assert!(head.body.is_empty());
    }
    let [json, csv] =
        ["application/json", "text/csv"].map(|form| SEASON.1.ask("auditor", "GET", "/v1/payouts", &[("accept", form)]));
    assert_ne!(json.header("etag"), csv.header("etag"), "another form is another answer");
    assert!(json.header("vary").unwrap().contains("accept"));
}

/// Each fault, wherever it is found, is a problem in the same form.
#[test]
fn faults_are_problems_that_say_what_to_do() {
    let bearer = format!("Bearer {}", SEASON.1.tokens["operator"]);
    let json = ("content-type", "application/json");
    let ask = |method: &str, target: &str, headers: &[(&str, &str)], body: &[u8]| {
        let headers = [&[("authorization", bearer.as_str())], headers].concat();
        send(SEASON.1.address, &request(method, target, &headers, body))
    };
    let large = vec![b' '; 49 << 20];
    let long_key = "k".repeat(256);
    for (method, target, headers, body, status, said) in [
        ("GET", "/v1/payouts?polcy=x", &[][..], &b""[..], 400, "did you mean `policy`?"),
        ("GET", "/v1/payouts?limit=0", &[], b"", 400, "`limit` is `0`: wanted is a number of rows from 1 to 1000"),
        ("GET", "/v1/payouts?limit=1&limit=1", &[], b"", 400, "`limit` stands there twice"),
        ("GET", "/v1/payouts?state=paid", &[], b"", 400, "one of provisional, preliminary, held"),
        ("GET", "/v1/payouts?cursor=x", &[], b"", 400, "what stood under `next`"),
        ("GET", "/v1/payouts?as_of=now", &[], b"", 400, "an instant as in RFC 3339"),
        ("GET", "/v1/policies?limit=5&cursor=-1", &[], b"", 400, "what stood under `next`"),
        ("GET", "/v1/feeds?x=1", &[], b"", 400, "this route has no parameter `x`: it has none"),
        ("GET", "/v1/payouts", &[("accept", "text/html")], b"", 406, "application/json or as text/csv"),
        ("GET", "/v1/log/checkpoint", &[("accept", "application/json")], b"", 406, "text/plain only"),
        ("GET", "/v1/nothing", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1/determinations/01", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1/determinations/0", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1/log/tile/0/999", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1/log/tile/0/0", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1/log/tile/63/000", &[], b"", 404, "nothing of this name"),
        ("GET", "/v1/policies/%FF", &[], b"", 404, "nothing of this name"),
        ("DELETE", "/v1/payouts", &[], b"", 405, "`Allow` says what can"),
        ("GET", "/v1/acts", &[], b"", 405, "`Allow` says what can"),
        ("POST", "/v1/acts", &[], b"{}", 415, "application/json"),
        ("POST", "/v1/acts", &[("content-type", "text/plain")], b"{}", 415, "application/json"),
        ("POST", "/v1/acts", &[json], b"", 400, "this is no signed act"),
        ("POST", "/v1/acts", &[json], b"{\"act\":\"{}\",\"signature\":\"\"}", 400, "this is no signed act"),
        ("POST", "/v1/acts", &[json, ("idempotency-key", long_key.as_str())], b"{}", 400, "at most 255 signs"),
        ("POST", "/v1/acts", &[json], &large, 413, "larger than it may be"),
    ] {
        let answer = ask(method, target, headers, body);
        assert_eq!(answer.status, status, "{method} {target}: {}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{method} {target}");
        let problem = answer.json();
        assert_eq!(problem["status"], status, "{problem}");
        assert!(problem["type"].as_str().unwrap().starts_with("urn:fairgauge:problem:"), "{problem}");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{method} {target}: {problem}");
        assert_eq!(answer.header("allow").is_some(), status == 405, "{method} {target}");
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"), "{method} {target}");
    }
}

/// Bytes are those of the command, and it accepts them.
#[test]
fn proofs_are_those_of_the_command_and_prove_without_us() {
    let season = &SEASON.0;
    let key = SEASON.1.get("insured", "/v1/log/vkey").text();
    let rows = season.reader().payouts(&Filter { policy: Some(NORTH.to_owned()), ..Filter::default() }).unwrap();
    let ledger = season.ledger.to_str().unwrap();
    let mut proved = 0;
    for row in rows.iter().filter(|row| row.state == fairgauge::ledger::State::Final) {
        let bundle = SEASON.1.get("insured", &format!("/v1/determinations/{}/proof", row.seq));
        let (status, written) = run(&["prove", &row.id, "--ledger", ledger]);
        assert!(status == 0 && written == bundle.text(), "{}: another bundle than the command's", row.id);
        let file = season.folder.path().join(format!("{}.json", row.seq));
        std::fs::write(&file, &bundle.body).unwrap();
        let (status, text) = run(&["verify", file.to_str().unwrap(), "--key", key.trim()]);
        assert_eq!(status, 0, "{text}");
        let proof = SEASON.1.get("insured", &format!("/v1/determinations/{}/tlog-proof", row.seq)).text();
        let leaf = fairgauge::ledger::leaf(&season.reader().proved(row.seq, row.seq + 1).unwrap().0);
        let proof = fairgauge::ledger::merkle::Proof::read(&proof).unwrap();
        proof.verify(&leaf, &key.trim().parse().unwrap()).unwrap();
        proved += 1;
        let explained = SEASON.1.get("insured", &format!("/v1/determinations/{}/explain", row.seq)).json();
        assert_eq!(explained["differences"].as_array().map(Vec::len), Some(0));
        assert!(explained["steps"].as_array().is_some_and(|steps| !steps.is_empty()));
        assert_eq!(explained["determination"]["id"], row.id);
    }
    assert!(proved > 0);
}

/// Every file that is published is given byte for byte, and so are parts that were published before.
#[test]
fn the_log_is_given_as_it_is_published() {
    let season = &SEASON.0;
    let mut open = vec![season.public.clone()];
    let mut files = 0;
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let named = path.strip_prefix(&season.public).unwrap().to_str().unwrap().to_owned();
            let given = SEASON.1.get("auditor", &format!("/v1/log/{named}"));
            assert_eq!((given.status, &given.body), (200, &std::fs::read(&path).unwrap()), "{named}");
            files += 1;
        }
    }
    assert!(files > 5, "{files} files");
    let part = SEASON.1.get("insured", "/v1/log/tile/0/000.p/3");
    let whole = SEASON.1.get("insured", "/v1/log/tile/0/000");
    assert_eq!(part.body, whole.body[..96]);
    assert!(whole.header("cache-control").unwrap().contains("immutable"));
    for none in [
        "0/000.p/0",
        "0/000.p/256",
        "0/003.p/255",
        "1/000",
        "entries/003",
        "0/x000/000",
        "8/0/000",
        "64/000",
        "255/000.p/1",
        "../checkpoint",
    ] {
        assert_eq!(SEASON.1.get("auditor", &format!("/v1/log/tile/{none}")).status, 404, "{none}");
    }
}
