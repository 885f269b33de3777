//! What only a whole term sheet can show: whether its parts go together.

use crate::document::{Fault, Faults, Place};
use crate::quantity::Exact;

use super::cover::Cover;
use super::grain::Grain;
use super::payout::{Amount, Shape};
use super::product::{Exposure, Fallback, Product};

impl Product {
    /// Holds the parts of a product against one another; `data` is where its table `[data]` stands.
    pub(super) fn check(&self, data: &Place, faults: &mut Faults) {
        self.check_data(data, faults);
        self.check_sources(faults);
        self.check_agreement(faults);
        self.check_waits(faults);
        self.check_interim(faults);
        self.check_amounts(faults);
        self.check_shapes(faults);
        self.check_most(data, faults);
    }

    fn check_data(&self, data: &Place, faults: &mut Faults) {
        let reads = |storms: bool| self.covers.iter().flat_map(Cover::reads).any(|read| read.is_storms() == storms);
        if reads(false) && self.data.missing.is_none() {
            let fault = Fault::new(data, "it is open how many readings may be missing");
            faults.push(fault.hint("add missing = { at_most = \"5 %\", longest = \"2 d\" } to [data]"));
        }
        if reads(true) && self.data.sources.len() > 1 {
            faults.push(
                Fault::new(data, "storms are read from one source")
                    .hint("name one whole feed, as in sources = [\"besttrack\"]"),
            );
        }
    }

    /// A series needs a station; storms need a whole feed.
    fn check_sources(&self, faults: &mut Faults) {
        for cover in &self.covers {
            let reads = cover.reads();
            let all = reads.iter().flat_map(|read| read.sources(self).iter().map(|source| (source, read.is_storms())));
            for (source, storms) in all {
                let fault = match (&source.station, !storms) {
                    (None, true) => Some(("a series is read from one station", "write it as feed/station")),
                    (Some(_), false) => {
                        Some(("storms are read from a whole feed", "write the feed alone, as in \"besttrack\""))
                    }
                    _ => None,
                };
                if let Some((message, hint)) = fault {
                    faults.push(Fault::new(&source.place, message).hint(hint));
                }
            }
        }
    }

    /// Under a consensus every series says how far apart its sources may be, and has enough of them; else none does.
    fn check_agreement(&self, faults: &mut Faults) {
        for cover in &self.covers {
            let reads = cover.reads();
            // Reports and storms come from one source: there is no slot in which several could agree.
            let mut series = reads.iter().filter(|read| read.grain.is_some_and(|grain| grain != Grain::Report));
            let fault = match self.data.fallback {
                Fallback::Consensus { quorum } => series.find_map(|read| {
                    if self.data.families_of(read.sources(self), |source| &source.feed).len() < quorum {
                        return Some((
                            "a quorum of the sources must agree, but the index reads from fewer",
                            "name more of them in `from`, or leave `from` out",
                        ));
                    }
                    read.agree_within.is_none().then_some((
                        "the sources must agree, and it is open how far apart they may be",
                        "add agree_within = \"2 mm\" to each block that reads",
                    ))
                }),
                _ => series.find(|read| read.agree_within.is_some()).map(|_| {
                    (
                        "`agree_within` without a consensus",
                        "leave it out, or write fallback = \"consensus\" and quorum = 2 in [data]",
                    )
                }),
            };
            if let Some((message, hint)) = fault {
                faults.push(Fault::new(&cover.place, message).hint(hint));
            }
        }
    }

    /// The longest wait of a cover is no shorter than its lag, wherever the two are written.
    fn check_waits(&self, faults: &mut Faults) {
        let own = |cover: &&Cover| cover.lag.is_some() || cover.longest_wait.is_some();
        for cover in self.covers.iter().filter(own) {
            if self.longest_wait_of(cover) < self.lag_of(cover) {
                let message = format!("the longest wait of cover {} is shorter than its lag", cover.id);
                faults.push(Fault::new(&cover.place, message).hint("write longest_wait for the cover too"));
            }
        }
    }

    /// What is paid while the period runs rests on readings that no other source takes the place of.
    fn check_interim(&self, faults: &mut Faults) {
        for cover in self.covers.iter().filter(|cover| cover.interim.is_some()) {
            let reads = cover.reads();
            let mut reports = reads.iter().filter(|read| read.grain == Some(Grain::Report));
            let fault = if self.data.fallback == Fallback::Window {
                Some((
                    "the next source may still serve the whole window in place of the one that it paid on",
                    "write fallback = \"reading\" in [data], or leave out `interim`",
                ))
            } else if reports.any(|read| read.sources(self).len() > 1) {
                Some((
                    "a source that stands before may still report in place of the one that it paid on",
                    "name one source in `from`, or leave out `interim`",
                ))
            } else {
                None
            };
            if let Some((why, hint)) = fault {
                let message = format!("cover {} pays while the period runs, but {why}", cover.id);
                faults.push(Fault::new(&cover.place, message).hint(hint));
            }
        }
    }

    /// Percentages need a sum insured.
    fn check_amounts(&self, faults: &mut Faults) {
        let Exposure::PerUnit { sum_insured: None, .. } = self.exposure else { return };
        let share = |amount: Amount| matches!(amount, Amount::Share(_));
        for cover in &self.covers {
            if cover.amounts().into_iter().chain(self.aggregate.map(|limit| limit.amount)).any(share) {
                let fault =
                    Fault::new(&cover.place, "a percentage of the sum insured, but no sum insured for one unit");
                faults.push(fault.hint("add sum_insured = \"1000 CNY\" to [exposure]"));
            }
        }
    }

    /// A swap knows no aggregate, a layer no units of exposure.
    fn check_shapes(&self, faults: &mut Faults) {
        let layer = |cover: &Cover| cover.limbs.iter().any(|limb| matches!(limb.shape, Shape::Layer { .. }));
        for cover in &self.covers {
            if self.aggregate.is_some() && cover.is_swap() {
                let fault = Fault::new(&cover.place, "a swap, and an aggregate that only one side would erode");
                faults.push(fault.hint("leave out [limit], or make the swap a product of its own"));
            }
            if self.exposure != Exposure::PerPolicy && layer(cover) {
                let fault = Fault::new(&cover.place, "a layer of one loss, but amounts are for each unit of exposure");
                faults.push(fault.hint("write sum_insured = \"policy\" in [exposure]"));
            }
        }
    }

    /// Covers that could pay more than the sum insured need an aggregate.
    fn check_most(&self, data: &Place, faults: &mut Faults) {
        if self.aggregate.is_some() {
            return;
        }
        if let Some(most) = self.most_share()
            && most > Exact::from(1)
        {
            let percent = most.times(Exact::from(100)).map_or_else(|_| "more".to_owned(), |share| share.to_string());
            let place = self.covers.last().map_or(data, |cover| &cover.place);
            let message = format!("the covers together could pay {percent} % of the sum insured");
            faults.push(
                Fault::new(place, message).hint("add [limit] with aggregate = \"100 %\", or lower the covers' limits"),
            );
        }
    }

    /// The most that all covers can pay, each once, as a share of the sum insured; none where that is open. A swap is
    /// no share of it.
    fn most_share(&self) -> Option<Exact> {
        let mut covers = self.covers.iter().filter(|cover| !cover.is_swap());
        covers.try_fold(Exact::ZERO, |sum, cover| {
            let most = if cover.open { None } else { cover.most_of_period(&|amount| self.share_of(amount)) };
            sum.plus(most?).ok()
        })
    }

    fn share_of(&self, amount: Amount) -> Option<Exact> {
        match (amount, self.exposure) {
            (Amount::Share(share), _) => Some(share),
            (Amount::Money(money), _) if money.is_zero() => Some(Exact::ZERO),
            (Amount::Money(money), Exposure::PerUnit { sum_insured: Some(sum), .. })
                if !sum.is_zero() && !self.sum_rule.open =>
            {
                money.over(sum).ok()
            }
            (Amount::Money(_), _) => None,
        }
    }
}
