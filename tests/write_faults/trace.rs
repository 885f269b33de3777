//! A process under strace, which kills it at a call of the system or has the call fail.
#![allow(dead_code, reason = "each test uses its own part of it")]

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

/// The calls that change something on the disk.
pub const CALLS: &str = "write,pwrite64,writev,fsync,fdatasync,ftruncate,fallocate,rename,renameat,renameat2,unlink,\
    unlinkat,link,linkat,mkdir,mkdirat,openat,fchmod";

/// The calls that read from a file.
pub const READS: &str = "pread64";

/// The how-manieth of a thread's calls by one name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Point {
    pub call: String,
    pub number: usize,
}

/// What happens there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// SIGKILL; the call is not made.
    Kill,
    /// The call fails by this error, and the next one does not.
    Once(&'static str),
    /// It fails from then on.
    Ever(&'static str),
    /// It writes or reads nothing and says so.
    Short,
}

impl Fault {
    /// Whether a call can end so.
    pub fn fits(self, point: &Point) -> bool {
        match self {
            Self::Short => matches!(&*point.call, "write" | "pwrite64" | "pread64"),
            _ => true,
        }
    }

    fn inject(self, point: &Point) -> String {
        let Point { call, number } = point;
        match self {
            Self::Kill => format!("inject={call}:signal=KILL:when={number}"),
            Self::Once(error) => format!("inject={call}:error={error}:when={number}"),
            Self::Ever(error) => format!("inject={call}:error={error}:when={number}+"),
            Self::Short => format!("inject={call}:retval=0:when={number}"),
        }
    }
}

/// A command under strace, which writes what it saw to `log`.
fn strace(command: &Command, log: &Path, calls: &str, inject: Option<&str>) -> Command {
    let mut traced = Command::new("strace");
    // Not with --seccomp-bpf: then no signal is sent.
    traced.args(["-f", "-qq", "-y", "-s", "64", "-o"]).arg(log).arg("-e").arg(format!("trace={calls}"));
    traced.args(inject.into_iter().flat_map(|inject| ["-e", inject]));
    traced.arg("--").arg(command.get_program()).args(command.get_args());
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => traced.env(name, value),
            None => traced.env_remove(name),
        };
    }
    traced.stdin(std::process::Stdio::null());
    traced
}

/// The points of an undisturbed run that touch a file below `folder`.
pub fn points(command: &Command, folder: &Path, log: &Path, calls: &str) -> (Vec<Point>, Output) {
    let output = strace(command, log, calls, None).output().unwrap();
    (points_of(folder, log), output)
}

/// A command of which strace writes to `log` all calls that write.
pub fn watched(command: &Command, log: &Path) -> Command {
    strace(command, log, CALLS, None)
}

/// A command that is killed at a point.
pub fn killed(command: &Command, point: &Point, log: &Path) -> Command {
    strace(command, log, &point.call, Some(&Fault::Kill.inject(point)))
}

/// Everything that a command writes, byte for byte, into `log`.
pub fn recorded(command: &Command, log: &Path) -> Output {
    let traced = strace(command, log, CALLS, None);
    let program: Vec<_> = traced.get_args().map(std::ffi::OsStr::to_owned).collect();
    let mut whole = Command::new("strace");
    whole.args(["-xx", "-s", "1000000"]).args(program.iter().filter(|argument| *argument != "-s" && *argument != "64"));
    for (name, value) in traced.get_envs().filter_map(|(name, value)| Some((name, value?))) {
        whole.env(name, value);
    }
    whole.output().unwrap()
}

/// The points that touch a file below `folder`, by what strace wrote.
pub fn points_of(folder: &Path, log: &Path) -> Vec<Point> {
    let mut counted: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in std::fs::read_to_string(log).unwrap().lines() {
        let (process, rest) = line.split_once(' ').unwrap();
        let Some((call, arguments)) = rest.trim_start().split_once('(') else { continue };
        let number = counted.entry((process.to_owned(), call.to_owned())).or_default();
        *number += 1;
        let writes = call != "openat" || arguments.contains("O_CREAT");
        if writes && arguments.contains(folder.to_str().unwrap()) {
            points.push(Point { call: call.to_owned(), number: *number });
        }
    }
    points.sort();
    points.dedup();
    points
}

/// Runs the command with the fault at the point; gives what strace saw as well.
pub fn disturbed(command: &Command, point: &Point, fault: Fault, log: &Path) -> (Output, String) {
    let calls = format!("write,{}", point.call);
    let output = strace(command, log, &calls, Some(&fault.inject(point))).output().unwrap();
    (output, String::from_utf8_lossy(&std::fs::read(log).unwrap()).into_owned())
}
