//! A cover: when it looks, its index sentence by sentence, what it pays.

use crate::calendar::Window;
use crate::contract::{Cover, IndexKind, Limb};
use crate::quantity::Unit;

use super::speech::Speech;
use super::{block, payout, say, sentence};

/// The lines of a cover, indented below its name.
pub(super) fn lines(s: &Speech<'_>, cover: &Cover) -> Vec<String> {
    let id = &cover.id;
    let mut lines = vec![say!(s, "Cover {id}", "保障项目 {id}")];
    let window = window(s, &cover.window);
    lines.push(say!(s, "  Window: {window}", "  观测期：{window}"));
    match cover.limbs.as_slice() {
        [only] => lines.extend(limb(s, only)),
        limbs => {
            lines.push(say!(
                s,
                "  Of the following limbs the one that pays most pays. Where one of them is undetermined, the cover is \
                 undetermined, unless another pays already the most that the cover can pay.",
                "  下列各分项中，以赔付最高的一项赔付。任一分项无法确定的，本保障项目无法确定，但另一分项已达本保障项目最高赔付额的除外。"
            ));
            for one in limbs {
                let id = &one.id;
                lines.push(say!(s, "  Limb {id}", "  分项 {id}"));
                lines.extend(limb(s, one).into_iter().map(|line| format!("  {line}")));
            }
        }
    }
    if let Some(events) = cover.events {
        let events = payout::events(s, events);
        lines.push(say!(s, "  Events: {events}", "  事件：{events}"));
    }
    lines
}

fn limb(s: &Speech<'_>, limb: &Limb) -> Vec<String> {
    let mut lines = vec![say!(s, "  Index:", "  指数计算：")];
    sentence::numbered(&block::sentences(s, &limb.pipeline.blocks), "", 4, &mut lines);
    lines.push(say!(s, "  Payout:", "  赔付："));
    let pays = payout::lines(s, &limb.shape, index_unit(limb.pipeline.kind));
    lines.extend(pays.into_iter().map(|line| format!("    {line}")));
    lines
}

/// The unit of an index; points of storms are told by their grid.
fn index_unit(kind: IndexKind) -> Unit {
    match kind {
        IndexKind::Number { unit, .. } | IndexKind::Events { unit, .. } => unit,
        IndexKind::Points { .. } => super::speech::unit("1"),
    }
}

fn window(s: &Speech<'_>, window: &Window) -> String {
    match window {
        Window::Cover => say!(
            s,
            "the whole cover period of the policy, its first and its last day included.",
            "保险期间全程，首日与末日均计入。"
        ),
        Window::Dates(from, to) => {
            let over = to < from;
            let (from, to) = (s.month_day(*from), s.month_day(*to));
            let next = if over { say!(s, " of the year after", "次年") } else { String::new() };
            say!(
                s,
                "from {from} to {to}{next}, both days included. A cover period of several years holds it once a year.",
                "{from}至{next}{to}，首日与末日均计入。保险期间跨多年的，每年一次。"
            )
        }
        Window::EachMonth => say!(
            s,
            "each calendar month of the cover period, its first and its last day included; each is settled by itself.",
            "保险期间内的每个自然月，首日与末日均计入；各月分别结算。"
        ),
    }
}
