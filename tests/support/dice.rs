//! Chance that is the same in each run.
#![allow(dead_code, missing_docs, clippy::unwrap_used, reason = "each test uses its own part of it")]

/// A fixed sequence (xorshift64*), by its seed.
pub struct Dice(pub u64);

impl Dice {
    /// From zero on.
    pub fn below<N>(&mut self, end: N) -> N
    where
        N: TryFrom<u64>,
        u64: TryFrom<N>,
    {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let end = u64::try_from(end).ok().unwrap();
        N::try_from((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end).ok().unwrap()
    }

    pub fn of<'a, T>(&mut self, all: &'a [T]) -> &'a T {
        &all[self.below(all.len())]
    }
}
