//! What became of the events of a period, in a sentence.

use crate::settle::{Became, EventsReason, OneEvent, Passed};

use super::reason::{pays_where, taken};
use super::say;
use super::speech::Speech;

/// The sentence.
pub(super) fn events(s: &Speech<'_>, why: &EventsReason) -> String {
    let pays = pays_where(s, why.trigger);
    let named = |event: &OneEvent| named(s, why, event);
    let many = |count: usize| match why.storms {
        true => s.counted(count, "storm", "storms", "个风暴"),
        false => s.counted(count, "event", "events", "次事件"),
    };
    match &why.became {
        Became::None if why.storms => say!(s, "No storm came into the area.", "没有风暴进入约定区域。"),
        Became::None => say!(s, "There was no event.", "未发生事件。"),
        Became::PassedOver(reached, first) => {
            let (events, because) = (many(*reached), passed(s, *first));
            if *reached == 1 {
                say!(
                    s,
                    "Of {events} the number is {pays}, but it does not pay: {because}.",
                    "{events}的数值{pays}，但不予赔付：{because}。"
                )
            } else {
                say!(
                    s,
                    "Of {events} the numbers are {pays}, but none pays; of the first of them: {because}.",
                    "{events}的数值{pays}，但均不予赔付；其中首个：{because}。"
                )
            }
        }
        Became::Taken(event, by, _) => {
            let (event, way) = (named(event), taken(s, *by));
            say!(s, "The number of {event} is {pays}. {way}.", "{event}，其数值{pays}。{way}。")
        }
        Became::NotReached(1, event) => {
            let event = named(event);
            say!(
                s,
                "There was {event}. It pays where its number is {pays}: that is not so.",
                "{event}。约定数值{pays}的予以赔付，该条件未成就。"
            )
        }
        Became::NotReached(count, event) => {
            let (events, event) = (many(*count), named(event));
            say!(
                s,
                "There were {events}. One pays where its number is {pays}: that is so of none; the nearest to it is {event}.",
                "共有{events}。约定数值{pays}的予以赔付，均未达到该条件；最接近的为{event}。"
            )
        }
        Became::Pays(1, event) => {
            let event = named(event);
            say!(s, "There was {event}, and it pays: its number is {pays}.", "{event}，其数值{pays}，予以赔付。")
        }
        Became::Pays(count, event) => {
            let (events, event) = (many(*count), named(event));
            say!(
                s,
                "Of {events} the one that pays is {event}: its number is {pays}.",
                "共有{events}，予以赔付的为{event}，其数值{pays}。"
            )
        }
        Became::Each(paying, event) => {
            let (events, event) = (many(*paying), named(event));
            say!(
                s,
                "There were {events} that pay, as their numbers are {pays}; most is paid for {event}.",
                "{events}的数值{pays}，均予赔付；其中赔付最高的为{event}。"
            )
        }
    }
}

/// `the storm 2024253N11148 of 16 September 2024, 06:00 (Asia/Shanghai) with 72.5 knots`.
fn named(s: &Speech<'_>, why: &EventsReason, event: &OneEvent) -> String {
    let (on, at, number) = (s.date(event.on), s.instant(event.at), s.measure(event.index, why.unit));
    match &event.name {
        Some(name) => say!(s, "the storm {name} of {at} with {number}", "{at}的风暴 {name}（{number}）"),
        None => say!(s, "the event of {on} with {number}", "{on}的事件（{number}）"),
    }
}

fn passed(s: &Speech<'_>, why: Passed) -> String {
    match why {
        Passed::Waiting => say!(s, "it began before the waiting was over", "其开始时等待期尚未届满"),
        Passed::Enough => say!(s, "as many as may pay have paid", "可赔付的次数已用尽"),
        Passed::TooSoon => {
            say!(s, "it began too soon behind the one that paid before", "其开始距前一次赔付的事件过近")
        }
        Passed::Skipped => say!(s, "it is one of the first, which bear nothing", "其属于不予赔付的最初若干次"),
    }
}
