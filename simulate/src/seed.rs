//! One seed: its run, the run again, and the run of its world where nothing fails, held against one another.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use anyhow::{Context as _, ensure};
use chrono::{DateTime, TimeDelta, Utc};
use fairgauge::setup::Setup;

use crate::chance::Chance;
use crate::check::{Came, check_end, lines_of, same_finals};
use crate::class::{Class, Classes, Struck};
use crate::disk;
use crate::life::{Trace, live, reader};
use crate::plan::Plan;
use crate::world::{Season, World};

/// What all seeds share.
pub struct Seeds {
    setups: BTreeMap<Season, Setup>,
    quiet: Mutex<BTreeMap<World, Arc<Came>>>,
    /// What struck.
    pub struck: Arc<Struck>,
}

/// What became of a seed.
#[derive(Clone, Copy, Debug, Default)]
pub struct Done {
    /// Entries of its ledger.
    pub entries: usize,
    /// Finals.
    pub finals: usize,
    /// Finals that rest on other readings than where nothing fails.
    pub others: usize,
    /// Processes.
    pub processes: u64,
    /// Days.
    pub days: i64,
}

/// The classes that a seed switches on.
pub fn classes(seed: u64) -> Classes {
    let persons = Classes::of_persons(&mut Chance::of(seed, "acts"));
    Classes::of_run(&mut Chance::of(seed, "classes")).and(World::of(seed).classes()).and(persons)
}

/// Says nothing.
pub fn silent(_: DateTime<Utc>, _: &str) {}

impl Seeds {
    /// Reads the seasons.
    ///
    /// # Errors
    /// Their faults.
    pub fn new() -> anyhow::Result<Self> {
        disk::register();
        let load = |season: Season| {
            let setup = Setup::load(&season.settings(), std::iter::empty());
            Ok((season, setup.map_err(|faults| anyhow::anyhow!("{}", faults.render(false)))?))
        };
        let setups = Season::ALL.into_iter().map(load).collect::<anyhow::Result<_>>()?;
        Ok(Self { setups, quiet: Mutex::default(), struck: Arc::default() })
    }

    /// Runs a seed; `twice`: a second time, which must give the same bytes.
    ///
    /// # Errors
    /// What must not be.
    pub fn run(&self, seed: u64, twice: bool, trace: Option<Trace<'_>>) -> anyhow::Result<Done> {
        let world = World::of(seed);
        let (came, done) = self.once(seed, &self.struck, trace.unwrap_or(&silent))?;
        if twice {
            let (again, _) = self.once(seed, &Arc::default(), &silent).context("run again")?;
            let same = came.root == again.root;
            ensure!(same, "run again, it comes to {} entries instead of {}", again.entries, came.entries);
        }
        let quiet = self.quiet(world).context("where nothing fails")?;
        let classes = world.classes();
        let changes = classes.has(Class::Late) || classes.has(Class::Revised);
        let told_from = world.season.begins() + TimeDelta::days(world.season.days().0 + 2);
        let others = same_finals(&came, &quiet, (!changes).then_some(told_from))?;
        Ok(Done { others, ..done })
    }

    fn once(&self, seed: u64, struck: &Arc<Struck>, trace: Trace<'_>) -> anyhow::Result<(Came, Done)> {
        let world = World::of(seed);
        self.come((seed, world, classes(seed)), Plan::of(seed, world, classes(seed)), struck, trace)
    }

    /// Runs a world under a plan, with these classes of faults, and holds what it comes to against what must hold of it
    /// alone.
    ///
    /// # Errors
    /// What does not hold.
    pub fn come(
        &self,
        (seed, world, classes): (u64, World, Classes),
        plan: Plan,
        struck: &Arc<Struck>,
        trace: Trace<'_>,
    ) -> anyhow::Result<(Came, Done)> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build()?;
        let setup = &self.setups[&world.season];
        runtime.block_on(async {
            let mut lived = live((seed, world, classes), plan, setup, struck, trace).await?;
            lived.machine.calm();
            let came = check_end(world, &mut lived)?;
            for line in lines_of(&reader()?)? {
                trace(lived.time.truth(), &line);
            }
            let days = lived.time.elapsed_ms() / 86_400_000;
            let (entries, finals, processes) = (came.entries, came.finals.len(), lived.processes);
            Ok((came, Done { entries, finals, others: 0, processes, days }))
        })
    }

    /// What a world comes to where nothing fails.
    fn quiet(&self, world: World) -> anyhow::Result<Arc<Came>> {
        if let Some(known) = self.quiet.lock().expect("nothing panics while it is held").get(&world) {
            return Ok(known.clone());
        }
        let (came, _) = self.come((0, world, world.classes()), Plan::quiet(world), &Arc::default(), &silent)?;
        ensure!(came.open == 0, "{} settlements are open", came.open);
        let came = Arc::new(came);
        self.quiet.lock().expect("nothing panics while it is held").insert(world, came.clone());
        Ok(came)
    }
}
