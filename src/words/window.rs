//! When a cover looks: days of the calendar, or days around an anchor.

use crate::calendar::Window;
use crate::contract::{Anchor, AnchorOf, Cover, Search};

use super::speech::Speech;
use super::{block, say, sentence};

/// The lines of a cover's window; below it the series in which its anchor is searched.
pub(super) fn lines(s: &Speech<'_>, cover: &Cover) -> Vec<String> {
    let Some(anchor) = &cover.anchor else {
        let window = calendar(s, &cover.window);
        return vec![say!(s, "  Window: {window}", "  观测期：{window}")];
    };
    let (from, to) = (offset(s, anchor.from), offset(s, anchor.to));
    let day = day_of(s, anchor);
    let mut lines = vec![
        say!(
            s,
            "  Window: the days around an anchor, from {from} to {to}, both included, as far as they lie in the cover period; \
             they are settled once, with the cover period.",
            "  观测期：以基准日为准，自{from}至{to}，首日与末日均计入，以保险期间为限；随保险期间结算一次。"
        ),
        say!(s, "  Anchor: {day}", "  基准日：{day}"),
    ];
    if let AnchorOf::Search(search) = &anchor.of {
        let part = block::part(s, say!(s, "the series that is searched", "查找序列"), &search.branch);
        sentence::lettered(&[part], 2, &mut lines);
    }
    lines
}

fn calendar(s: &Speech<'_>, window: &Window) -> String {
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
        Window::EachDekad => say!(
            s,
            "each dekad of the cover period (1 to 10, 11 to 20, 21 to the end of the month), its first and its last day \
             included; each is settled by itself.",
            "保险期间内的每旬（每月1日至10日、11日至20日、21日至月末），首日与末日均计入；各旬分别结算。"
        ),
        Window::EachYear => say!(
            s,
            "each calendar year of the cover period, its first and its last day included; each is settled by itself.",
            "保险期间内的每个自然年，首日与末日均计入；各年分别结算。"
        ),
    }
}

/// `10 days before the anchor`; the anchor itself where there is nothing between.
fn offset(s: &Speech<'_>, days: i64) -> String {
    let distance = s.days(days.unsigned_abs());
    match days {
        0 => say!(s, "the anchor itself", "基准日当日"),
        ..0 => say!(s, "{distance} before the anchor", "基准日前{distance}"),
        1.. => say!(s, "{distance} after the anchor", "基准日后{distance}"),
    }
}

fn day_of(s: &Speech<'_>, anchor: &Anchor) -> String {
    match &anchor.of {
        AnchorOf::Column(name) => say!(s, "the policy's {name}.", "保险单载明的{name}。"),
        AnchorOf::Search(search) => searched(s, search),
    }
}

fn searched(s: &Speech<'_>, search: &Search) -> String {
    let over = search.to < search.from;
    let [from, to, fallback] = [search.from, search.to, search.fallback].map(|day| s.month_day(day));
    let next = if over { say!(s, " of the year after", "次年") } else { String::new() };
    say!(
        s,
        "the first insured day from {from} to {to}{next}, both included, on which series A counts, in the first year in \
         which these days lie in the cover period. Where there is none, it is the first {fallback} that does not lie before \
         them. Where more is missing before that day than the data rules tolerate, the index is undetermined.",
        "自{from}至{next}{to}（首日与末日均计入），序列A首个计入的保险日；以该时段整体处于保险期间之内的首个年份为准。没有该日的，取不早于该时段首日的首个{fallback}。该日之前缺测超过数据条款所容忍限度的，指数无法确定。"
    )
}
