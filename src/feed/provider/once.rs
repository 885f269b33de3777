//! An answer says a thing once: what it repeats is taken once, what it contradicts not at all.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use crate::feed::decode::{Decoded, Refused};

/// Keeps the first of readings that are equal, and none of those that give one interval two values.
pub(super) fn once(decoded: &mut Decoded) {
    let mut known = HashMap::with_capacity(decoded.readings.len());
    let mut keep = vec![true; decoded.readings.len()];
    for (index, reading) in decoded.readings.iter().enumerate() {
        match known.entry((reading.station.clone(), reading.variable, reading.start, reading.end)) {
            Entry::Vacant(place) => {
                place.insert((index, false));
            }
            Entry::Occupied(mut place) => {
                keep[index] = false;
                let (first, contradicted) = *place.get();
                let same = decoded.readings[first] == *reading;
                if !same && !contradicted {
                    keep[first] = false;
                    place.insert((first, true));
                    let station = &reading.station;
                    decoded.refused.push(Refused {
                        place: format!("{station} {}", reading.start.format("%FT%RZ")),
                        reason: format!("{} has two values in one answer, and none of them counts", reading.variable),
                    });
                }
            }
        }
    }
    if keep.contains(&false) {
        let mut keep = keep.into_iter();
        decoded.readings.retain(|_| keep.next().expect("there is one for each"));
    }
}
