//! The process, by the names that all programs give these figures.

use chrono::{DateTime, Utc};
use prometheus_client::collector::Collector;
use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::registry::Unit;

use super::pen::Pen;

/// This process, as the system tells of it; what it does not tell is not there.
#[derive(Debug)]
pub(super) struct Process {
    pub started: DateTime<Utc>,
}

impl Collector for Process {
    fn encode(&self, encoder: DescriptorEncoder) -> Result<(), std::fmt::Error> {
        let mut pen = Pen(encoder);
        let seconds = Some(Unit::Seconds);
        let figures = [
            ("process_start_time", "When the program was started", seconds, Some(self.started.timestamp())),
            ("process_resident_memory", "Memory that is resident", Some(Unit::Bytes), resident_bytes()),
            ("process_open_fds", "Descriptors that are open", None, open_descriptors()),
            ("process_max_fds", "Descriptors that may be open", None, most_descriptors()),
            ("process_threads", "Threads", None, status("Threads:")),
        ];
        for (name, help, unit, value) in figures {
            if let Some(value) = value {
                pen.number(name, help, unit, value)?;
            }
        }
        Ok(())
    }
}

/// A number of /proc/self/status.
fn status(name: &str) -> Option<i64> {
    let text = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

fn resident_bytes() -> Option<i64> {
    status("VmRSS:").map(|kib| kib * 1024)
}

fn open_descriptors() -> Option<i64> {
    let open = std::fs::read_dir("/proc/self/fd").ok()?;
    // The folder itself is open while it is read.
    i64::try_from(open.count()).ok().map(|open| open - 1)
}

/// The limit that holds; none where there is none.
fn most_descriptors() -> Option<i64> {
    let text = std::fs::read_to_string("/proc/self/limits").ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_of_this_process() {
        let before = open_descriptors().expect("told");
        let _open = std::fs::File::open("/proc/self/status").expect("there");
        // Tests beside this one open files too, so that only a least number is sure.
        assert!(before >= 3 && most_descriptors().expect("told") > before);
        assert!(resident_bytes().expect("told") > 1 << 20);
        assert!(status("Threads:").expect("told") >= 1);
        assert_eq!(status("NoSuch:"), None);
    }
}
