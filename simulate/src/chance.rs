//! Chance that is the same each time: everything that happens is drawn from a seed.

/// A stream of numbers (SplitMix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed and a name: streams of different names do not disturb one another.
    pub fn of(seed: u64, name: &str) -> Self {
        let mut chance = Self(seed);
        for byte in name.bytes() {
            chance.0 = chance.number().wrapping_add(u64::from(byte));
        }
        chance
    }

    /// The stream of two numbers.
    pub fn mixed(one: u64, other: u64) -> Self {
        let mut chance = Self(one ^ 0x5851_F42D_4C95_7F2D);
        chance.0 = chance.number() ^ other;
        chance.0 = chance.number();
        chance
    }

    /// The next number.
    pub fn number(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `most`, which is not 0.
    pub fn below(&mut self, most: u64) -> u64 {
        self.number() % most
    }

    /// A number from `least` up to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        least + i64::try_from(self.below(most.abs_diff(least) + 1)).expect("within the span")
    }

    /// Whether something that happens so often in a thousand happens.
    pub fn happens(&mut self, per_mille: u64) -> bool {
        self.below(1_000) < per_mille
    }

    /// How many to wait for something that happens once in `mean` on average; at least 1.
    pub fn wait(&mut self, mean: u64) -> u64 {
        // Twice the mean at most, evenly: it needs no logarithm, and every count is reached.
        1 + self.below(2 * mean.max(1))
    }

    /// One of several.
    pub fn one_of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        let place = self.below(all.len() as u64);
        &all[usize::try_from(place).expect("an index")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_and_name_give_the_same_stream_and_others_another() {
        let first = |seed, name| Chance::of(seed, name).number();
        assert_eq!(first(1, "disk"), first(1, "disk"));
        assert_ne!(first(1, "disk"), first(2, "disk"));
        assert_ne!(first(1, "disk"), first(1, "feed"));
        let mut chance = Chance::of(7, "span");
        let drawn: Vec<_> = (0..1_000).map(|_| chance.between(-2, 2)).collect();
        assert!((-2..=2).all(|wanted| drawn.contains(&wanted)) && drawn.iter().all(|one| (-2..=2).contains(one)));
    }
}
