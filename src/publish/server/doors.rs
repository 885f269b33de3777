//! How many may be inside at a time, and how many of them from one address.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts who is inside.
#[derive(Clone, Debug)]
pub(super) struct Doors {
    most: usize,
    most_of_one: usize,
    inside: Arc<Mutex<Inside>>,
}

#[derive(Debug, Default)]
struct Inside {
    all: usize,
    by_address: HashMap<IpAddr, usize>,
}

/// The right to be inside, until it is dropped.
#[derive(Debug)]
pub(super) struct Ticket {
    doors: Doors,
    from: IpAddr,
}

impl Doors {
    /// So many in all; from one address a quarter of them, but behind a proxy, from which all come.
    pub fn new(most: usize, behind_proxy: bool) -> Self {
        Self { most, most_of_one: if behind_proxy { most } else { (most / 4).max(1) }, inside: Arc::default() }
    }

    /// Lets one in, where there is room.
    pub fn enter(&self, from: IpAddr) -> Option<Ticket> {
        let mut inside = self.inside();
        let of_one = inside.by_address.get(&from).copied().unwrap_or(0);
        if inside.all >= self.most || of_one >= self.most_of_one {
            return None;
        }
        inside.all += 1;
        inside.by_address.insert(from, of_one + 1);
        Some(Ticket { doors: self.clone(), from })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Ticket {
    /// The address.
    pub fn from(&self) -> IpAddr {
        self.from
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let mut inside = self.doors.inside();
        inside.all -= 1;
        if let Some(of_one) = inside.by_address.get_mut(&self.from) {
            *of_one -= 1;
            if *of_one == 0 {
                inside.by_address.remove(&self.from);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_address_does_not_keep_others_out() {
        let doors = Doors::new(8, false);
        let address = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let mut inside: Vec<_> = (0..2).map(|_| doors.enter(address(1)).expect("a quarter")).collect();
        assert!(doors.enter(address(1)).is_none(), "more than a quarter");
        inside.extend((2..=4).flat_map(|last| [doors.enter(address(last)), doors.enter(address(last))]).flatten());
        assert_eq!(inside.len(), 8);
        assert!(doors.enter(address(5)).is_none(), "full");
        inside.pop();
        assert!(doors.enter(address(5)).is_some(), "one left");
        drop(inside);
        assert!(doors.inside().by_address.is_empty() && doors.inside().all == 0, "nothing is remembered of who left");
    }

    #[test]
    fn a_proxy_may_have_all_and_one_is_let_in_always() {
        let doors = Doors::new(3, true);
        let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!((0..5).map(|_| doors.enter(proxy)).collect::<Vec<_>>().iter().flatten().count(), 3);
        assert!(Doors::new(1, false).enter(proxy).is_some());
    }
}
