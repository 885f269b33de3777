//! What is done to the amount of a payout: by date, deductible, franchise, minimum, in this order.

use crate::contract::Modifiers;

use super::say;
use super::speech::Speech;

/// A line for each. `of_events`: the amounts are those of single events.
pub(super) fn lines(s: &Speech<'_>, modifiers: &Modifiers, of_events: bool) -> Vec<String> {
    let deductible = modifiers.deductible.map(|amount| {
        let amount = s.amount(amount);
        say!(
            s,
            "Deductible: {amount} is subtracted; never below nothing.",
            "绝对免赔额：从赔付金额中扣除{amount}，以扣减至零为限。"
        )
    });
    let franchise = modifiers.franchise.map(|amount| {
        let amount = s.amount(amount);
        say!(
            s,
            "Franchise: what is below {amount} is not paid; {amount} or more is paid in full.",
            "相对免赔额：赔付金额低于{amount}的，不予赔付；恰为或超过{amount}的，全额赔付。"
        )
    });
    let minimum = modifiers.minimum.map(|amount| {
        let amount = s.amount(amount);
        say!(s, "Minimum: what is above nothing pays at least {amount}.", "最低赔付额：应予赔付的，至少赔付{amount}。")
    });
    let all: Vec<_> =
        [by_date(s, modifiers, of_events), deductible, franchise, minimum].into_iter().flatten().collect();
    let order = match (all.len(), of_events) {
        (0, _) => return all,
        (1, false) => return all,
        (1, true) => say!(s, "This is done to what each event pays:", "对每次事件的赔付金额作如下调整："),
        (_, true) => {
            say!(s, "This is done to what each event pays, in this order:", "对每次事件的赔付金额依次作如下调整：")
        }
        (_, false) => say!(s, "This is done to the amount, in this order:", "对赔付金额依次作如下调整："),
    };
    let listed = all.into_iter().map(|line| format!("- {line}"));
    std::iter::once(order).chain(listed).collect()
}

/// The share that is paid by the day of the year.
fn by_date(s: &Speech<'_>, modifiers: &Modifiers, of_events: bool) -> Option<String> {
    let first = s.month_day(modifiers.by_date.first()?.0);
    let day = if of_events {
        say!(s, "the event's insured day", "事件所在保险日")
    } else {
        say!(s, "the first day of the period", "期间首日")
    };
    let shares = modifiers.by_date.iter().map(|(from, share)| {
        let (from, share) = (s.month_day(*from), s.share(*share));
        say!(s, "from {from} on {share}", "自{from}起{share}")
    });
    let shares = s.list(&shares.collect::<Vec<_>>());
    Some(say!(
        s,
        "By date: a share of it is paid, by {day} in its calendar year: {shares}, each until the next or the end of the year; \
         before {first}, nothing.",
        "按日期：依{day}在当年的日期按比例赔付：{shares}，各至下一日期之前或年末；{first}之前的，不赔付。"
    ))
}
