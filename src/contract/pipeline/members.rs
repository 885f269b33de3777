//! `members`: one series of several stations or cells.

use crate::quantity::{Exact, Unit};

use super::super::block::Block;
use super::super::data_rules::read_sources;
use super::super::literal::Places;
use super::super::product::SourceName;
use super::super::reduce::MemberTake;
use super::branch::{ReadBranch, read_branch};
use super::flow::{Drift, Series, Slots};
use super::keys::Keys;
use super::reader::{Outcome, Reader};

const WORDS: [(&str, MemberTake); 5] = [
    ("mean", MemberTake::Mean),
    ("sum", MemberTake::Sum),
    ("max", MemberTake::Max),
    ("min", MemberTake::Min),
    ("share", MemberTake::Share),
];

/// `{ members = ["cells/a", "cells/b"], take = "mean", of = [ … ], need = "80 %", weights = ["60 %", "40 %"], round, mode }`
pub(super) fn members(keys: &mut Keys<'_, '_>) -> Outcome {
    let members = read_members(keys);
    let take = keys.word("take", &WORDS, "cannot be taken of members");
    let need = keys.need();
    let weights = read_weights(members.as_deref(), take, keys);
    let reader = Reader { of_member: true, ..keys.reader };
    let of = keys.required("of", "[ { read = … } ]");
    let branch = of.and_then(|node| read_branch(node, reader, keys.faults));
    let (Some(take), Some(branch)) = (take, branch) else { return Outcome::LOST };
    let Some(of) = series_of(take, &branch, keys) else { return Outcome::LOST };
    let unit = if take == MemberTake::Share { Unit::from_symbol("%").expect("the table has %") } else { of.unit };
    let rounded = matches!(take, MemberTake::Mean | MemberTake::Share);
    let round = if rounded { keys.rounding(unit, Places::Series) } else { None };
    if !rounded {
        keys.no_rounding("nothing is to be rounded here: this is exact", "leave out `round` and `mode`");
    }
    let all = need.is_none_or(|need| need == Exact::from(1)) && !of.open;
    let drift = match take {
        MemberTake::Sum | MemberTake::Max | MemberTake::Min | MemberTake::Mean if all => of.drift,
        MemberTake::Sum => of.drift.growing(of.positive),
        MemberTake::Max => of.drift.growing(true),
        MemberTake::Min => of.drift.shrinking(true),
        MemberTake::Share if all => of.drift,
        MemberTake::Mean | MemberTake::Share => Drift::Any,
    };
    let positive = of.positive || take == MemberTake::Share;
    let flow = Series { unit, slots: Slots::Values, positive, drift, ..of };
    let block = (|| {
        if rounded {
            round?;
        }
        let (members, weights, branch) = (members?, weights?, branch.blocks?);
        Some(Block::Members { members, take, branch, need: need?, weights, round })
    })();
    Outcome::series(block, flow)
}

fn read_members(keys: &mut Keys<'_, '_>) -> Option<Vec<SourceName>> {
    let node = keys.required("members", "[\"cells/a\", \"cells/b\"]")?;
    if keys.reader.of_member {
        return keys.wrong(&node.place, "members stand inside of members", "list all members in the outer block");
    }
    let members = read_sources(node, keys.faults)?;
    if members.len() < 2 {
        let hint = "write { read = …, from = [ … ] } for one source";
        return keys.wrong(&node.place, "there are at least two members", hint);
    }
    for (at, member) in members.iter().enumerate() {
        let same = |other: &SourceName| other.feed == member.feed && other.station == member.station;
        if members[..at].iter().any(same) {
            let hint = "name each member once; weights say how much it counts";
            return keys.wrong(&member.place, "this member is named already", hint);
        }
        if member.station.is_none() {
            return keys.wrong(&member.place, "a member is one station or cell", "write it as feed/station");
        }
    }
    Some(members)
}

/// A weight for each member. They add up to 100 % exactly.
fn read_weights(
    members: Option<&[SourceName]>,
    take: Option<MemberTake>,
    keys: &mut Keys<'_, '_>,
) -> Option<Vec<Exact>> {
    let Some(node) = keys.optional("weights") else { return Some(Vec::new()) };
    if take.is_some_and(|take| !matches!(take, MemberTake::Mean | MemberTake::Share)) {
        return keys.wrong(&node.place, "weights belong to a mean or a share", "leave out `weights`");
    }
    let one = Unit::from_symbol("1").expect("the table has 1");
    let mut weights = Some(Vec::new());
    let (mut sum, mut known) = (Exact::ZERO, true);
    let items = node.list("a list of shares such as \"60 %\"", keys.faults)?;
    for item in items {
        let literal = keys.reader.scope.in_unit(item, one, "\"60 %\"", keys.faults);
        let weight = literal.map(|literal| Exact::from(literal.quantity.value));
        known &= literal.is_some_and(|literal| !literal.placeholder);
        if weight.is_some_and(|weight| !weight.is_positive()) {
            let hint = "leave out a member that does not count";
            weights = keys.wrong(&item.place, "a weight is above zero", hint);
        }
        weights = weights.zip(weight).map(|(mut all, weight)| {
            all.push(weight);
            all
        });
        sum = sum.plus(weight.unwrap_or(Exact::ZERO)).unwrap_or(sum);
    }
    if let Some(members) = members.filter(|members| members.len() != items.len()) {
        let message = format!("there are {} weights for {} members", items.len(), members.len());
        return keys.wrong(&node.place, message, "write one weight for each member, in their order");
    }
    if known && sum != Exact::from(1) {
        let percent = sum.times(Exact::from(100)).unwrap_or(sum);
        return keys.wrong(&node.place, format!("the weights add up to {percent} %"), "make them add up to 100 %");
    }
    weights
}

/// The series of one member: of flags for a share, of values for the rest.
fn series_of(take: MemberTake, branch: &ReadBranch<'_>, keys: &mut Keys<'_, '_>) -> Option<Series> {
    let (series, hint) = match take {
        MemberTake::Share => (branch.flags(), "end it with { meets = \">= 10 mm\" } or the like"),
        _ => (branch.values(), "let it end in a series of values, without { reduce = … }"),
    };
    if series.is_none() {
        let what = if take == MemberTake::Share { "a comparison that each member meets" } else { "a series" };
        let message = format!("the branch of members ends in {what}: {}", branch.flow.described());
        return branch.wrong(message, hint, keys.faults);
    }
    series.cloned()
}
