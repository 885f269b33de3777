//! Which events of a period pay, and how much together.

use crate::contract::{EventPay, EventRule};

use super::say;
use super::speech::Speech;

/// Sentences, one behind the other, in the order in which an event is judged.
pub(super) fn rule(s: &Speech<'_>, rule: &EventRule) -> String {
    let pay = match rule.pay {
        EventPay::Each { limit } => {
            let limit = s.amount(limit);
            say!(
                s,
                "Each event of a period pays, in the order in which they happen, until they have paid {limit} together.",
                "同一期间内每次事件依发生先后分别赔付，累计以{limit}为限。"
            )
        }
        EventPay::Largest => say!(
            s,
            "Of the events of a period only the one that pays most is paid.",
            "同一期间内仅赔付金额最高的一次事件。"
        ),
    };
    let at_most = rule.at_most.map(|most| match most {
        1 => say!(s, " Only one of them is paid.", "每期仅赔付一次。"),
        most => say!(s, " No more than {most} of them are paid.", "每期至多赔付{most}次。"),
    });
    let spacing = rule.spacing.map(|spacing| {
        let spacing = s.seconds(spacing);
        say!(
            s,
            " One that begins less than {spacing} after the beginning of the last that was paid is passed over; exactly \
             {spacing} is enough.",
            "起始时间距上一次获赔事件的起始时间不足{spacing}的，不予赔付；恰为{spacing}的，不在此限。"
        )
    });
    let skip = match rule.skip {
        0 => None,
        1 => Some(say!(s, " The first that would pay bears nothing.", "首次应予赔付的事件免赔。")),
        skip => Some(say!(s, " The first {skip} that would pay bear nothing.", "前{skip}次应予赔付的事件免赔。")),
    };
    [Some(pay), at_most, spacing, skip].into_iter().flatten().collect()
}
