//! How many may be inside at a time, and how many of them of one kind: from one address, by one token.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Counts who is inside, by what each of them is.
#[derive(Clone, Debug)]
pub struct Doors<K> {
    most: usize,
    most_of_one: usize,
    inside: Arc<Mutex<Inside<K>>>,
}

#[derive(Debug)]
struct Inside<K> {
    all: usize,
    by_who: HashMap<K, usize>,
}

/// The right to be inside, until it is dropped.
#[derive(Debug)]
pub struct Ticket<K: Eq + Hash> {
    inside: Arc<Mutex<Inside<K>>>,
    who: K,
}

impl<K: Clone + Eq + Hash> Doors<K> {
    /// So many in all, and so many of one.
    pub fn new(most: usize, most_of_one: usize) -> Self {
        Self { most, most_of_one, inside: Arc::new(Mutex::new(Inside { all: 0, by_who: HashMap::new() })) }
    }

    /// Lets one in, where there is room.
    pub fn enter(&self, who: K) -> Option<Ticket<K>> {
        let mut inside = lock(&self.inside);
        let of_one = inside.by_who.get(&who).copied().unwrap_or(0);
        if inside.all >= self.most || of_one >= self.most_of_one {
            return None;
        }
        inside.all += 1;
        inside.by_who.insert(who.clone(), of_one + 1);
        Some(Ticket { inside: self.inside.clone(), who })
    }
}

impl Doors<IpAddr> {
    /// So many in all; from one address a quarter of them, but behind a proxy, from which all come.
    pub fn of_addresses(most: usize, behind_proxy: bool) -> Self {
        Self::new(most, if behind_proxy { most } else { (most / 4).max(1) })
    }
}

impl<K: Eq + Hash> Ticket<K> {
    /// Who is inside by it.
    pub fn who(&self) -> &K {
        &self.who
    }
}

impl<K: Eq + Hash> Drop for Ticket<K> {
    fn drop(&mut self) {
        let mut inside = lock(&self.inside);
        inside.all -= 1;
        if let Some(of_one) = inside.by_who.get_mut(&self.who) {
            *of_one -= 1;
            if *of_one == 0 {
                inside.by_who.remove(&self.who);
            }
        }
    }
}

fn lock<K>(inside: &Mutex<Inside<K>>) -> MutexGuard<'_, Inside<K>> {
    inside.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
impl<K> Doors<K> {
    /// Whether nobody is inside, and nothing is remembered of who was.
    pub fn are_as_new(&self) -> bool {
        let inside = lock(&self.inside);
        inside.all == 0 && inside.by_who.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn one_address_does_not_keep_others_out() {
        let doors = Doors::of_addresses(8, false);
        let address = |last| IpAddr::V4(Ipv4Addr::new(192, 0, 2, last));
        let mut inside: Vec<_> = (0..2).map(|_| doors.enter(address(1)).expect("a quarter")).collect();
        assert!(doors.enter(address(1)).is_none(), "more than a quarter");
        inside.extend((2..=4).flat_map(|last| [doors.enter(address(last)), doors.enter(address(last))]).flatten());
        assert_eq!(inside.len(), 8);
        assert!(doors.enter(address(5)).is_none(), "full");
        inside.pop();
        assert!(doors.enter(address(5)).is_some(), "one left");
        drop(inside);
        assert!(doors.are_as_new(), "nothing is remembered of who left");
    }

    #[test]
    fn a_proxy_may_have_all_and_one_is_let_in_always() {
        let doors = Doors::of_addresses(3, true);
        let proxy = IpAddr::V4(Ipv4Addr::LOCALHOST);
        assert_eq!((0..5).map(|_| doors.enter(proxy)).collect::<Vec<_>>().iter().flatten().count(), 3);
        assert!(Doors::of_addresses(1, false).enter(proxy).is_some());
    }
}
