//! Why a settlement comes out as it does, sentence by sentence.

use std::cmp::Ordering;

use crate::payout::{By, Modified};
use crate::quantity::{Exact, Money, Unit};
use crate::settle::{Cut, GateReason, Outcome, Part, Reason, Stands, Trigger, Without};

use super::event_reason::events;
use super::label::range;
use super::say;
use super::speech::Speech;
use super::undetermined::undetermined;

/// The sentences of a reason, in its order.
pub(super) fn sentences(s: &Speech<'_>, why: &Reason) -> Vec<String> {
    why.0.iter().map(|part| sentence(s, part)).collect()
}

fn sentence(s: &Speech<'_>, part: &Part) -> String {
    match part {
        Part::Undetermined(why) => undetermined(s, why),
        Part::Number { value, unit, trigger, is } => number(s, (*value, *unit), *trigger, *is),
        Part::Events(why) => events(s, why),
        Part::Taken(step, _) => format!("{}{}", taken(s, *step), s.stop()),
        Part::Closed(gates) => s.join(&gates.iter().map(|gate| closed(s, gate)).collect::<Vec<_>>()),
        Part::And => say!(s, "Another limb of the cover pays too.", "另有分项亦予赔付。"),
        Part::SoFar => say!(
            s,
            "Not all readings of the period are there yet: more may be due, less cannot.",
            "本期读数尚未齐备：应付金额可能增加，但不会减少。"
        ),
        Part::Cut { cut, wholly } => cut_by(s, cut, *wholly),
        Part::RoundsToNothing => say!(
            s,
            "What would be due is less than the smallest amount that is paid.",
            "应付金额不足最小支付单位，取整后为零。"
        ),
        Part::Advance { due, advance } => beside(s, *due, *advance),
        Part::Sure => say!(s, "No later reading can take this back.", "此后的任何读数均不会使其减少。"),
        Part::Fragile(without) => fragile(s, without),
    }
}

fn number(s: &Speech<'_>, (value, unit): (Exact, Unit), trigger: Trigger, is: Stands) -> String {
    let came = s.measure(value, unit);
    match (is, trigger) {
        (Stands::InBand(closed, band), _) => {
            let (range, pays) = (range(s, band.from, band.to, closed, unit), s.amount(band.pays));
            say!(
                s,
                "The index came to {came}. It lies in the band {range}, which pays {pays}.",
                "指数为{came}，所在档次为{range}，该档次的赔付为{pays}。"
            )
        }
        (Stands::Owed(way), Trigger::Swap { level, .. }) => {
            let level = level.map_or_else(String::new, |level| {
                let level = s.measure(level, unit);
                say!(s, ", against the level {level}", "，约定水平为{level}")
            });
            let who = match way {
                Ordering::Greater => say!(s, "the insured receives", "应向被保险人支付"),
                Ordering::Equal => say!(s, "nobody owes anything", "双方互不支付"),
                Ordering::Less => say!(s, "the insured owes", "应由被保险人支付"),
            };
            say!(s, "The index came to {came}{level}: {who}.", "指数为{came}{level}：{who}。")
        }
        (Stands::Met, trigger) => {
            let pays = pays_where(s, trigger);
            say!(
                s,
                "The index came to {came}. The cover pays where it is {pays}: that is so.",
                "指数为{came}。约定指数{pays}的予以赔付，该条件已成就。"
            )
        }
        (Stands::NotMet | Stands::Owed(_), trigger) => {
            let pays = pays_where(s, trigger);
            say!(
                s,
                "The index came to {came}. The cover pays where it is {pays}: that is not so.",
                "指数为{came}。约定指数{pays}的予以赔付，该条件未成就。"
            )
        }
    }
}

/// Where a limb begins to pay: `below 160 mm (160 mm itself does not count)`.
pub(super) fn pays_where(s: &Speech<'_>, trigger: Trigger) -> String {
    match trigger {
        Trigger::Strike { when, strike: Some(strike), unit } => s.compared(when, &s.measure(strike, unit), unit),
        Trigger::Layer { attachment, unit } => {
            s.compared(crate::contract::Operator::Above, &s.measure(attachment, unit), unit)
        }
        Trigger::Swap { level: Some(level), unit } => {
            let level = s.measure(level, unit);
            say!(s, "away from {level}", "偏离{level}")
        }
        Trigger::Strike { strike: None, .. } | Trigger::Swap { level: None, .. } => {
            say!(s, "beyond the strike of the month", "达到当月触发值")
        }
        Trigger::Bands(_) => say!(s, "in a band that pays", "落入应予赔付的档次"),
        Trigger::Grid { .. } => say!(s, "in a cell of the table that pays", "落入赔付表中应予赔付的单元格"),
    }
}

/// What left nothing of an amount.
pub(super) fn taken(s: &Speech<'_>, step: Modified) -> String {
    match step.by {
        By::Date(share) => {
            let share = s.share(share);
            say!(
                s,
                "Nothing is due, as at that time of the year {share} of the amount is paid",
                "无需赔付：该日期适用的赔付比例为{share}"
            )
        }
        By::Deductible(deductible) => {
            let deductible = s.money(deductible);
            say!(
                s,
                "Nothing is due, as the deductible of {deductible} takes all of it",
                "无需赔付：未超过免赔额{deductible}"
            )
        }
        By::Franchise(franchise) => {
            let franchise = s.money(franchise);
            say!(s, "Nothing is due, as it is below the franchise of {franchise}", "无需赔付：低于起赔额{franchise}")
        }
        By::Minimum(minimum) => {
            let minimum = s.money(minimum);
            say!(s, "Nothing is due, in spite of the least amount of {minimum}", "无需赔付：不适用最低赔付额{minimum}")
        }
    }
}

fn closed(s: &Speech<'_>, gate: &GateReason) -> String {
    let id = &gate.id;
    let holds = s.comparison(gate.holds, gate.unit);
    match &gate.found {
        Ok((value, true)) => {
            let value = s.measure(*value, gate.unit);
            say!(s, "Gate {id} holds: its index is {value}.", "前提条件 {id} 满足：其指数为{value}。")
        }
        Ok((value, false)) => {
            let value = s.measure(*value, gate.unit);
            say!(
                s,
                "The cover does not pay, as gate {id} does not hold: it wants an index that is {holds}, and its index is \
                 {value}.",
                "前提条件 {id} 不满足，不予赔付：其指数应{holds}，实际为{value}。"
            )
        }
        Err(why) => {
            let why = undetermined(s, why);
            say!(
                s,
                "The cover does not pay, as gate {id} does not hold. {why}",
                "前提条件 {id} 视为不满足，不予赔付。{why}"
            )
        }
    }
}

fn cut_by(s: &Speech<'_>, cut: &Cut, wholly: bool) -> String {
    match (cut, wholly) {
        (Cut::Period, false) => {
            say!(s, "It is cut to the most that one period pays.", "金额以每期赔偿限额为限。")
        }
        (Cut::Period, true) => say!(s, "But the limit of a period is nothing.", "但每期赔偿限额为零。"),
        (Cut::Less { other, paid }, false) => {
            let paid = s.paid(*paid);
            say!(
                s,
                "Subtracted from it are the {paid} that cover {other} paid.",
                "已扣除保障项目 {other} 所赔付的{paid}。"
            )
        }
        (Cut::Less { other, paid }, true) => {
            let paid = s.paid(*paid);
            say!(s, "But cover {other} has paid {paid} already.", "但保障项目 {other} 已赔付{paid}。")
        }
        (Cut::Cover, false) => {
            say!(s, "It is cut to what was left of the cover's limit.", "金额以本保障项目剩余限额为限。")
        }
        (Cut::Cover, true) => {
            say!(s, "But nothing is left of the cover's limit.", "但本保障项目的限额已用尽。")
        }
        (Cut::Policy, false) => {
            say!(s, "It is cut to what was left of the policy's limit.", "金额以保险单剩余限额为限。")
        }
        (Cut::Policy, true) => say!(s, "But nothing is left of the policy's limit.", "但保险单的限额已用尽。"),
    }
}

fn beside(s: &Speech<'_>, due: Option<Money>, advance: Money) -> String {
    let paid = s.paid(advance);
    let Some(due) = due else {
        return say!(s, "For the period {paid} were paid in advance.", "本期已预付{paid}。");
    };
    let apart = Money::from_minor((due.minor() - advance.minor()).abs(), due.currency());
    let apart = apart.map_or_else(|error| error.to_string(), |apart| s.paid(apart));
    match due.minor().cmp(&advance.minor()) {
        Ordering::Greater => say!(
            s,
            "Of what is due in all, {paid} were paid in advance; {apart} are left to pay.",
            "应付总额中已预付{paid}，余{apart}待付。"
        ),
        Ordering::Equal => {
            say!(s, "All of it was paid in advance: {paid}.", "应付总额已全部预付：{paid}。")
        }
        Ordering::Less => say!(
            s,
            "In advance {paid} were paid, {apart} more than is due; that is not paid back.",
            "已预付{paid}，较应付总额多{apart}，不予追回。"
        ),
    }
}

fn fragile(s: &Speech<'_>, without: &Without) -> String {
    let names: Vec<_> = without.voices.iter().map(|(feed, station)| format!("{feed}/{station}")).collect();
    let (names, amount) = (s.list(&names), s.paid(without.amount));
    let said = match without.outcome {
        Outcome::Undetermined => say!(s, "the result would be undetermined", "结果将无法确定"),
        Outcome::NothingDue => say!(s, "nothing would be due", "将无需赔付"),
        Outcome::Pays => say!(s, "{amount} would be due", "应付金额将为{amount}"),
    };
    say!(
        s,
        "The result hangs on one of the sources: without {names} {said}.",
        "结果取决于其中一个数据源：若无 {names}，{said}。"
    )
}
