//! The payouts without a strike: a swap, a layer of a loss.

use crate::contract::{Amount, Level, Operator};
use crate::quantity::{Exact, Fixed, Unit};

use super::payout::{Called, called, sides};
use super::say;
use super::speech::Speech;

/// A swap, which pays in both directions.
pub(super) fn swap(
    s: &Speech<'_>,
    when: Operator,
    level: &Level,
    tick: Exact,
    most: [Amount; 2],
    unit: Unit,
) -> Vec<String> {
    let title = (say!(s, "Level", "互换水平"), say!(s, "the level of the month", "当月互换水平"));
    let Called { mut lines, name: at } = called(s, level, unit, title);
    let (side, other) = sides(s, when);
    let (each, money, one) = (s.for_each(), s.money(tick), s.one(unit));
    let [receives, owes] = most.map(|most| s.amount(most));
    lines.push(say!(
        s,
        "Where the index is {side} {at}, the insured receives {money}{each} for each {one} of the distance, parts of it in \
         proportion, and at most {receives}.",
        "指数{side}{at}的，每相差1{one}，被保险人{each}收取{money}，不足1{one}的按比例计算，以{receives}为限。"
    ));
    lines.push(say!(
        s,
        "Where the index is {other} {at}, the insured owes as much for each {one} of the distance, and at most {owes}.",
        "指数{other}{at}的，每相差1{one}，被保险人应付相同金额，以{owes}为限。"
    ));
    lines.push(say!(s, "At exactly {at} nobody owes anything.", "恰为{at}的，双方互不支付。"));
    lines
}

/// A layer of a loss in the product's currency, for the whole policy.
pub(super) fn layer(s: &Speech<'_>, attachment: Fixed, width: Exact, cession: Exact, unit: Unit) -> Vec<String> {
    let from = s.quantity(attachment, unit);
    // Where the book gives either end, their difference is a number of nobody: the end itself comes out again.
    let end = Exact::from(attachment).plus(width).ok();
    let to = end.map_or_else(|| s.quantity(width, unit), |end| s.quantity(end, unit));
    let share = s.share(cession);
    let given = s.is_given(attachment, unit)
        || end.is_none_or(|end| s.is_given(end, unit))
        || s.is_given(cession, super::speech::unit("1"));
    let most = match width.times(cession).ok().filter(|_| !given) {
        Some(most) => {
            let most = s.money(most);
            say!(s, ", which is {most}", "，即{most}")
        }
        None => String::new(),
    };
    vec![
        say!(
            s,
            "Attachment: {from}. Exhaustion: {to}. Share: {share}.",
            "起赔点：{from}。止赔点：{to}。承担比例：{share}。"
        ),
        say!(
            s,
            "Of what a loss (the index) exceeds {from} by, {share} is paid; what exceeds {to} does not count.",
            "损失（指数）超过{from}的，超过部分赔付其{share}；超过{to}的部分不予赔付。"
        ),
        say!(
            s,
            "Exactly {from}, or less, pays nothing. Exactly {to}, or more, pays {share} of the whole layer{most}.",
            "恰为或低于{from}的，不赔付。恰为或超过{to}的，赔付整个层额的{share}{most}。"
        ),
    ]
}
