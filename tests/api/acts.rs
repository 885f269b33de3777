//! Acts that are handed in over HTTP: once, however often and however at once they are sent.

use std::net::SocketAddr;

use fairgauge::ledger::{Kind, Reader};
use fairgauge::operator::{Request, What};

use crate::client::{Answer, request, send};
use crate::operators::{House, act_on};
use crate::program::{Program, daemon, query};

const CONTESTED: &str = "P-1/rain/2024-03-01";

/// A house whose daemon serves, and an operator's token.
struct Served {
    house: House,
    program: Program,
    address: SocketAddr,
    token: String,
}

impl Served {
    fn new() -> Self {
        let house = House::new();
        let settings = std::fs::read_to_string(&house.config).unwrap();
        std::fs::write(&house.config, format!("{settings}\n[serve]\nlisten = \"127.0.0.1:0\"\n")).unwrap();
        let token = house.run(&["token", "new", "desk", "--role", "operator"]).unwrap();
        let (program, address) = start(&house);
        Self { house, program, address, token: token.trim().to_owned() }
    }

    fn restarted(self) -> Self {
        self.program.stop();
        let (program, address) = start(&self.house);
        Self { program, address, ..self }
    }

    fn hand_in(&self, body: &[u8], key: Option<&str>) -> Answer {
        let bearer = format!("Bearer {}", self.token);
        let mut headers = vec![("authorization", bearer.as_str()), ("content-type", "application/json")];
        headers.extend(key.map(|key| ("idempotency-key", key)));
        send(self.address, &request("POST", "/v1/acts", &headers, body))
    }

    /// An act of `lin` on what stands, signed.
    fn act(&self, what: What, why: &str) -> Request {
        let reader = Reader::open(&self.house.ledger).unwrap();
        let row = reader.payout(CONTESTED).unwrap().unwrap();
        self.house.signed(&act_on(&row, what, "lin", why), "lin")
    }

    fn holds(&self) -> usize {
        Reader::open(&self.house.ledger).unwrap().notes(Kind::Hold).unwrap().len()
    }

    fn entries(&self) -> i64 {
        query::<i64>(&self.house.ledger, "SELECT count(*) FROM ledger WHERE kind NOT IN ('obs')")[0]
    }
}

fn start(house: &House) -> (Program, SocketAddr) {
    let mut program = Program::start(daemon(&house.config));
    program.wait_said("at work");
    let address = program.address();
    crate::program::wait_until("what may be contested is there", || {
        Reader::open(&house.ledger)
            .unwrap()
            .payout(CONTESTED)
            .unwrap()
            .is_some_and(|row| row.life.contested_until.is_some())
    });
    (program, address)
}

fn same(one: &Answer, other: &Answer) {
    assert_eq!((one.status, one.text()), (other.status, other.text()));
}

#[test]
fn a01_an_act_that_is_sent_again_is_answered_byte_for_byte_and_done_once() {
    let served = Served::new();
    let hold = served.act(What::Hold, "the gauge was moved").bytes();
    let first = served.hand_in(&hold, None);
    assert_eq!(first.status, 200, "{}", first.text());
    let said = first.json();
    assert_eq!(said["outcome"], "done");
    assert!(said["text"].as_str().unwrap().contains("is held") && said["entry"].is_i64(), "{said}");
    let entries = served.entries();
    for _ in 0..3 {
        same(&first, &served.hand_in(&hold, None));
    }
    // Spaces between the members are not what was signed.
    let loose = String::from_utf8(hold.clone()).unwrap().replacen(':', " : ", 1);
    same(&first, &served.hand_in(loose.as_bytes(), None));
    assert_eq!((served.holds(), served.entries()), (1, entries), "nothing more was recorded");
    served.house.verify();
}

#[test]
fn a01_the_same_is_answered_after_a_restart() {
    let served = Served::new();
    let hold = served.act(What::Hold, "the gauge was moved").bytes();
    let first = served.hand_in(&hold, Some("desk-1"));
    assert_eq!(first.status, 200, "{}", first.text());
    let served = served.restarted();
    same(&first, &served.hand_in(&hold, Some("desk-1")));
    assert_eq!(served.holds(), 1);
}

#[test]
fn a01_a_refusal_is_answered_the_same_and_recorded_once() {
    let served = Served::new();
    // What is not held cannot be let go.
    let release = served.act(What::Release, "it is well").bytes();
    let first = served.hand_in(&release, None);
    assert_eq!(first.status, 422, "{}", first.text());
    assert_eq!(first.json()["type"], "urn:fairgauge:problem:act-refused");
    let entries = served.entries();
    same(&first, &served.hand_in(&release, None));
    assert_eq!(served.entries(), entries);
}

#[test]
fn a02_a_key_that_was_used_for_another_act_does_nothing() {
    let served = Served::new();
    let [hold, other] = ["the gauge was moved", "the gauge was flooded"].map(|why| served.act(What::Hold, why).bytes());
    let first = served.hand_in(&hold, Some("k"));
    assert_eq!(first.status, 200, "{}", first.text());
    let entries = served.entries();
    let second = served.hand_in(&other, Some("k"));
    assert_eq!((second.status, &second.json()["type"]), (409, &"urn:fairgauge:problem:key-used".into()));
    assert_eq!((served.holds(), served.entries()), (1, entries), "nothing was done");
    same(&first, &served.hand_in(&hold, Some("k")));
}

#[test]
fn a02_a_key_of_a_refused_act_is_used_too() {
    let served = Served::new();
    let release = served.act(What::Release, "it is well").bytes();
    assert_eq!(served.hand_in(&release, Some("k")).status, 422);
    let hold = served.act(What::Hold, "the gauge was moved").bytes();
    assert_eq!(served.hand_in(&hold, Some("k")).status, 409);
    assert_eq!(served.holds(), 0, "nothing was done");
    assert_eq!(served.hand_in(&hold, Some("l")).status, 200, "under another key it is");
}

#[test]
fn a02_a_key_is_still_used_after_a_restart_and_of_its_token_alone() {
    let served = Served::new();
    let [hold, other] = ["the gauge was moved", "the gauge was flooded"].map(|why| served.act(What::Hold, why).bytes());
    assert_eq!(served.hand_in(&hold, Some("k")).status, 200);
    let served = served.restarted();
    assert_eq!(served.hand_in(&other, Some("k")).status, 409);
    let second = served.house.run(&["token", "new", "desk-2", "--role", "operator"]).unwrap();
    let served = Served { token: second.trim().to_owned(), ..served };
    let answer = served.hand_in(&other, Some("k"));
    assert_ne!(answer.status, 409, "another's key: {}", answer.text());
}

/// All at once, from as many connections as acts are taken at a time.
fn at_once(served: &Served, bodies: &[(Vec<u8>, Option<&str>)]) -> Vec<Answer> {
    std::thread::scope(|scope| {
        let sent: Vec<_> = bodies.iter().map(|(body, key)| scope.spawn(move || served.hand_in(body, *key))).collect();
        sent.into_iter().map(|one| one.join().unwrap()).collect()
    })
}

#[test]
fn a03_of_two_at_once_one_is_done_and_both_are_answered() {
    let served = Served::new();
    let hold = served.act(What::Hold, "the gauge was moved").bytes();
    let answers = at_once(&served, &[(hold.clone(), None), (hold, None)]);
    assert_eq!(answers[0].status, 200, "{}", answers[0].text());
    same(&answers[0], &answers[1]);
    assert_eq!(served.holds(), 1);
}

#[test]
fn a03_of_four_at_once_under_one_key_one_is_done() {
    let served = Served::new();
    let hold = served.act(What::Hold, "the gauge was moved").bytes();
    let answers = at_once(&served, &vec![(hold, Some("k")); 4]);
    for answer in &answers {
        same(&answers[0], answer);
    }
    assert_eq!((answers[0].status, served.holds()), (200, 1), "{}", answers[0].text());
}

#[test]
fn a03_of_two_different_ones_at_once_under_one_key_one_is_done() {
    let served = Served::new();
    let bodies =
        ["the gauge was moved", "the gauge was flooded"].map(|why| (served.act(What::Hold, why).bytes(), Some("k")));
    let mut answers: Vec<_> = at_once(&served, &bodies).iter().map(|answer| answer.status).collect();
    answers.sort();
    assert_eq!((answers, served.holds()), (vec![200, 409], 1));
}

#[test]
fn more_acts_than_are_taken_at_a_time_are_told_to_come_again() {
    let served = Served::new();
    let bearer = format!("Bearer {}", served.token);
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let whole = request("POST", "/v1/acts", &headers, &[b' '; 1_000]);
    // Who asks takes a place, too, while it is answered: one that was begun may have come just then, and be told so.
    let mut begun = Vec::new();
    crate::program::wait_until("all places are taken", || {
        let mut stream = crate::client::connect(served.address);
        std::io::Write::write_all(&mut stream, &whole[..whole.len() - 500]).unwrap();
        begun.push(stream);
        served.hand_in(b"{}", None).status == 503
    });
    drop(begun);
    crate::program::wait_until("places are free again", || served.hand_in(b"{}", None).status == 400);
}
