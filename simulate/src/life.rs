//! A run: the daemon lives, dies and is started again, until its season is over.

use std::cell::{OnceCell, RefCell};
use std::path::Path;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context as _, bail};
use chrono::{DateTime, Utc};
use fairgauge::daemon::{Clock, Daemon, DaemonError, End, Service, Signal};
use fairgauge::ledger::merkle::LogKey;
use fairgauge::ledger::{Appended, Batch, Disk, Keeper, LedgerError, OpenError, Reader, Signing, Store, Writer};
use fairgauge::setup::Setup;
use rusqlite::Connection;
use tokio::sync::mpsc;

use crate::acts::{Persons, operators};
use crate::chance::Chance;
use crate::check::{Kept, check_restart, newest_note, plain};
use crate::class::{Class, Classes, Struck};
use crate::disk::{self, Machine, SimulatedDisk};
use crate::plan::{Event, LOOK_MS, Plan};
use crate::provider::Provider;
use crate::time::{SimClock, SimTime};
use crate::world::{Season, World};

/// Where the ledger lies on the simulated disk.
pub const LEDGER: &str = "/simulated/ledger.db";

/// How far the ledger had come, beside it.
const HIGH_WATER: &str = "/simulated/high-water";

/// The disk.
pub static DISK: SimulatedDisk = SimulatedDisk;

/// What a run left behind; its ledger lies on the thread's disk until the next run begins.
pub struct Lived {
    /// What was told.
    pub provider: Arc<Provider>,
    /// The disk.
    pub machine: Rc<Machine>,
    /// Time.
    pub time: Arc<SimTime>,
    /// What was acknowledged.
    pub kept: Kept,
    /// How many processes it took.
    pub processes: u64,
    /// Settlements that are not final.
    pub open: usize,
    /// Who acted, where anybody does.
    pub persons: Option<Persons>,
}

/// Notes what was acknowledged.
struct Noting {
    store: Store,
    is_signed: bool,
    /// Somebody who looks at the ledger; opened once, since that takes SQLite longer than a batch does.
    reader: OnceCell<Connection>,
    kept: Arc<Mutex<Kept>>,
    /// Acknowledges acts and does not write them.
    forgets_acts: bool,
}

impl Noting {
    /// What is signed by now is known to readers, and stays.
    fn note_signed(&self) -> Result<(), LedgerError> {
        if self.is_signed {
            let seen = disk::quietly(|| match self.reader.get() {
                Some(reader) => newest_note(reader),
                None => plain().and_then(|reader| newest_note(self.reader.get_or_init(|| reader))),
            });
            let seen = seen.map_err(|error| LedgerError::Nonsense(error.to_string()))?;
            self.kept.lock().expect("one thread").see(seen);
        }
        Ok(())
    }
}

/// SQLite keeps some errors to itself, but a process that is dead says nothing any more.
fn alive() -> Result<(), LedgerError> {
    if disk::is_dead() { Err(LedgerError::OutcomeUnknown("the process is dead".to_owned())) } else { Ok(()) }
}

impl Keeper for Noting {
    fn append(&mut self, batch: Batch) -> Result<Appended, LedgerError> {
        if self.forgets_acts && format!("{batch:?}").contains("fairgauge_act") {
            return Ok(Appended::default());
        }
        let polls = batch.polls().len();
        let appended = self.store.append(batch)?;
        alive()?;
        self.kept.lock().expect("one thread").acknowledge(&appended, polls);
        self.note_signed()?;
        Ok(appended)
    }

    fn sign(&mut self) -> Result<(), LedgerError> {
        self.store.sign()?;
        alive()?;
        self.note_signed()
    }

    fn newest(&self) -> Result<i64, LedgerError> {
        let newest = self.store.newest()?;
        alive().map(|()| newest)
    }

    fn close(self: Box<Self>) -> Result<(), LedgerError> {
        // The last one tidies up after all.
        drop(self.reader);
        self.store.close()?;
        alive()
    }

    fn place(&self) -> (&'static dyn Disk, &Path) {
        (self.store.disk(), self.store.path())
    }
}

/// Whether a seed's ledger is signed: half of them are.
pub fn is_signed(seed: u64) -> bool {
    Chance::of(seed, "signed").happens(500)
}

fn signing(seed: u64) -> Signing {
    let mut secret = [0; 32];
    secret[..8].copy_from_slice(&seed.to_le_bytes());
    let key = LogKey::new("simulated.example/log", &secret).expect("a good name");
    Signing { key, high_water: HIGH_WATER.into(), publish: None }
}

/// Says what happens, where somebody wants to see it.
pub type Trace<'t> = &'t dyn Fn(DateTime<Utc>, &str);

/// Runs a seed's world under a plan, inside of a runtime whose time is paused.
///
/// # Errors
/// What must not be.
pub async fn live(
    (seed, world, classes): (u64, World, Classes),
    plan: Plan,
    setup: &Setup,
    struck: &Arc<Struck>,
    trace: Trace<'_>,
) -> anyhow::Result<Lived> {
    // Each step comes with the one that takes it back.
    for step in plan.steps.iter().step_by(2) {
        struck.note(if step.by_ms < 0 { Class::ClockBack } else { Class::ClockAhead });
    }
    let time = SimTime::new(world.season.begins(), plan.steps);
    let machine = Machine::install(seed, classes, struck.clone(), time.clone(), (plan.full, plan.disk_lies));
    let provider = Provider::new(seed, world, classes, struck.clone(), time.clone(), (plan.outages, plan.calm_ms));
    let mut setup = setup.clone();
    setup.settings.ledger = LEDGER.into();
    setup.settings.network.wire = Some(provider.wire());
    for feed in setup.settings.feeds.values_mut() {
        feed.poll = Duration::from_secs(plan.poll_h * 3_600);
    }
    let persons = classes.has(Class::Acts).then(|| {
        setup.settings.operators = operators(seed);
        RefCell::new(Persons::new(seed, world.season != Season::Rice, struck.clone()))
    });
    let kept = Arc::new(Mutex::new(Kept::default()));
    let signing = is_signed(seed).then(|| signing(seed));
    let run = Run {
        signing,
        setup,
        machine,
        time,
        kept,
        struck: struck.clone(),
        trace,
        open: Arc::new(AtomicUsize::new(1)),
        persons,
        forgets_acts: plan.forgets_acts,
    };
    let mut events = plan.events.into_iter().peekable();
    let mut chance = Chance::of(seed, "supervisor");
    let mut chance_of_persons = Chance::of(seed, "acts while it is down");
    let mut failures: u32 = 0;
    let mut processes = 0;
    loop {
        processes += 1;
        anyhow::ensure!(processes < 2_000, "the daemon does not come to work any more");
        let before = run.time.elapsed_ms();
        let end = run.process(&mut events, plan.most_ms).await?;
        if end == Ended::Over {
            break;
        }
        run.machine.restart();
        if chance_of_persons.happens(150) {
            run.act(true)?;
        }
        // As systemd does, more slowly while it does not help.
        let quick = run.time.elapsed_ms() - before < 60_000;
        failures = if quick { (failures + 1).min(9) } else { 0 };
        let wait = chance.between(1_000, 5_000 << failures);
        tokio::time::sleep(Duration::from_millis(wait.unsigned_abs())).await;
    }
    let open = run.open.load(Ordering::Relaxed);
    let kept = std::mem::take(&mut *run.kept.lock().expect("one thread"));
    let persons = run.persons.map(RefCell::into_inner);
    Ok(Lived { provider, machine: run.machine, time: run.time, kept, processes, open, persons })
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ended {
    /// It is to be started again.
    Again,
    /// The season is over.
    Over,
}

struct Run<'t> {
    signing: Option<Signing>,
    setup: Setup,
    machine: Rc<Machine>,
    time: Arc<SimTime>,
    kept: Arc<Mutex<Kept>>,
    struck: Arc<Struck>,
    trace: Trace<'t>,
    open: Arc<AtomicUsize>,
    persons: Option<RefCell<Persons>>,
    forgets_acts: bool,
}

impl Run<'_> {
    fn say(&self, text: &str) {
        (self.trace)(self.time.truth(), text);
    }

    /// A person does something, where there are any.
    fn act(&self, is_down: bool) -> anyhow::Result<()> {
        let Some(persons) = &self.persons else { return Ok(()) };
        let said = persons.borrow_mut().act(self.time.truth(), is_down)?;
        said.iter().for_each(|said| self.say(&format!("a person acts: {said}")));
        Ok(())
    }

    /// What a process says of its end must have a cause: the disk failed just now.
    fn excused(&self, what: &str, error: &dyn std::fmt::Display) -> anyhow::Result<Ended> {
        self.say(&format!("{what}: {error}"));
        let since = self.time.elapsed_ms() - self.machine.failed_ms();
        if since > 1_000 && !disk::is_dead() {
            bail!("{what}: {error}; the disk has not failed")
        } else {
            Ok(Ended::Again)
        }
    }

    fn open(&self, path: &Path, now: DateTime<Utc>) -> Result<Store, OpenError> {
        match &self.signing {
            Some(signing) => Store::open_signed_on(&DISK, path, now, signing),
            None => Store::open_on(&DISK, path),
        }
    }

    fn create(&self, path: &Path, now: DateTime<Utc>) -> Result<Store, OpenError> {
        match &self.signing {
            Some(signing) => Store::create_signed_on(&DISK, path, now, signing),
            None => Store::create_on(&DISK, path, "simulated", now),
        }
    }

    /// One process, from its start to its end.
    async fn process(
        &self,
        events: &mut std::iter::Peekable<impl Iterator<Item = (i64, Event)>>,
        most_ms: i64,
    ) -> anyhow::Result<Ended> {
        let clock = Clock::Told(Box::new(SimClock(self.time.clone())));
        let path = Path::new(LEDGER);
        let store = match self.open(path, clock.now()) {
            Err(OpenError::Missing(_)) => self.create(path, clock.now()),
            opened => opened,
        };
        let store = match store {
            Ok(store) => store,
            Err(error) => return self.excused("the ledger is not opened", &error),
        };
        // SQLite may not say so where it only tidies up after itself.
        if disk::is_dead() {
            self.say("dies as it opens the ledger");
            return Ok(Ended::Again);
        }
        self.machine.look(|| check_restart(&mut self.kept.lock().expect("one thread")))?;
        if let Some(persons) = &self.persons {
            self.machine.look(|| persons.borrow().check_kept(&reader()?))?;
        }
        self.say("started");
        let is_signed = self.signing.is_some();
        let (kept, forgets_acts) = (self.kept.clone(), self.forgets_acts);
        let writer = Writer::in_place(Noting { store, is_signed, reader: OnceCell::new(), kept, forgets_acts });
        let mut daemon = match Daemon::start(self.setup.clone(), writer, &clock).await {
            Ok(daemon) => daemon,
            Err(error) => return self.excused("the daemon does not start", &error),
        };
        let (signals, asked) = mpsc::channel(4);
        let open = self.open.clone();
        let setup = self.setup.clone();
        let mut service = Service::new(asked, move || Ok(setup.clone()), None)
            .telling(move |_, left| open.store(left, Ordering::Relaxed));
        if let Some(persons) = &self.persons {
            let every = Duration::from_millis(LOOK_MS.unsigned_abs());
            service = service.with_inbox(persons.borrow().inbox().clone(), every);
        }
        let left = || self.persons.as_ref().map_or(0, |persons| persons.borrow().left());
        let stop = || signals.try_send(Signal::Stop).context("the daemon hears no signal");
        let mut over = false;
        let ended = {
            let run = daemon.run(&clock, &mut service);
            tokio::pin!(run);
            loop {
                let next = events.peek().map_or(most_ms, |(at_ms, _)| *at_ms);
                let wait = Duration::from_millis((next - self.time.elapsed_ms()).max(0).unsigned_abs());
                tokio::select! {
                    biased;
                    () = tokio::time::sleep(wait) => {}
                    ended = &mut run => break Some(ended),
                }
                // What is written beside the ledger fails and is not said to the loop.
                if self.persons.is_some() && disk::is_dead() {
                    self.say("died beside the ledger");
                    break None;
                }
                let Some((_, event)) = events.next() else {
                    over = true;
                    stop()?;
                    break Some(run.await);
                };
                match event {
                    Event::Kill => {
                        self.struck.note(Class::Kill);
                        self.say("killed");
                        break None;
                    }
                    Event::Stop => {
                        self.struck.note(Class::Stop);
                        self.say("asked to stop");
                        stop()?;
                        break Some(run.await);
                    }
                    Event::Reload => {
                        self.struck.note(Class::Reload);
                        signals.try_send(Signal::Reload).context("the daemon hears no signal")?;
                    }
                    Event::Calm => {
                        self.say("faults are over");
                        self.machine.calm();
                    }
                    Event::Act => self.act(false)?,
                    Event::Ask => {
                        if let Some(persons) = &self.persons {
                            persons.borrow_mut().ask()?;
                        }
                    }
                    Event::Clear => {
                        if let Some(persons) = &self.persons {
                            persons.borrow_mut().clear(self.time.truth())?;
                        }
                    }
                    Event::Look => {
                        if self.open.load(Ordering::Relaxed) == left() {
                            over = true;
                            stop()?;
                            break Some(run.await);
                        }
                    }
                }
            }
        };
        match ended {
            None => Ok(Ended::Again),
            Some(Ok(End::Stopped)) => match daemon.close().await {
                Ok(()) if over => Ok(Ended::Over),
                Ok(()) => Ok(Ended::Again),
                Err(error) => self.excused("the ledger is not closed", &error),
            },
            Some(Ok(End::AllFinal)) => bail!("a clock that goes does not end"),
            Some(Err(error)) => {
                let fault = matches!(&error, DaemonError::Ledger(LedgerError::Conflict { .. }));
                anyhow::ensure!(!fault, "{error}");
                self.excused("the daemon ends", &error)
            }
        }
    }
}

/// The ledger of the run that is on the thread's disk.
///
/// # Errors
/// Where it cannot be opened.
pub fn reader() -> anyhow::Result<Reader> {
    Ok(Reader::open_on(&DISK, Path::new(LEDGER))?)
}
