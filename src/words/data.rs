//! The data rules: sources, which readings count, how much may be missing.

use crate::contract::{Fallback, MissingRule};

use super::source_block::source;
use super::speech::Speech;
use super::{cover, flow, say};

/// A line for each rule.
pub(super) fn lines(s: &Speech<'_>) -> Vec<String> {
    let data = &s.product.data;
    let names: Vec<_> = data.sources.iter().map(|name| source(s, name)).collect();
    let mut lines = match names.as_slice() {
        [only] => vec![say!(s, "Source: {only}.", "数据来源：{only}。")],
        several => {
            let names = several.join(&say!(s, "; then ", "；其次，"));
            let rule = match data.fallback {
                Fallback::Reading => say!(
                    s,
                    "Each reading that is missing in one is taken from the next",
                    "前一来源缺测的每个读数，取自后一来源"
                ),
                Fallback::Window => say!(
                    s,
                    "Where too much of a window is missing in one, the next serves for the whole of it",
                    "前一来源在观测期内缺测过多的，整个观测期改用后一来源"
                ),
                Fallback::Consensus { quorum } => say!(
                    s,
                    "All of them serve at once: a value is the lower median of those that are there, and it is missing \
                     where fewer than {quorum} of them agree with it, itself included",
                    "各来源同时采用：取有记录各值的中位数（个数为偶数时取居中两值的较低者）；与其一致的来源（含其自身）不足{quorum}个的，视为缺测"
                ),
            };
            let mut lines = vec![
                say!(s, "Sources, in this order: {names}.", "数据来源，依次为：{names}。"),
                say!(s, "{rule}.", "{rule}。"),
            ];
            lines.extend(data.families.iter().map(|family| {
                let (name, feeds) = (&family.name, family.feeds.join(&say!(s, ", ", "、")));
                say!(
                    s,
                    "Of one family ({name}), and so one voice, the earlier one's where it has a value: {feeds}.",
                    "同属一族（{name}）、合计一个来源（依次取先有记录者）：{feeds}。"
                )
            }));
            lines
        }
    };
    let vintage = cover::vintage(s, data.vintage);
    lines.push(say!(s, "Readings: {vintage}.", "读数：{vintage}。"));
    lines.extend(data.cut_off.map(|cut_off| {
        let cut_off = s.seconds(cut_off);
        say!(
            s,
            "Cut-off: what is learned later than {cut_off} after the end of a period, or after the policy was bound if that \
             is later, does not count.",
            "数据截止：期间结束（承保较迟的，自承保之时）满{cut_off}之后获知的读数，不予采用。"
        )
    }));
    lines.extend(data.missing.map(|rule| missing(s, rule)));
    if s.product.covers.iter().any(flow::may_qualify_nothing) {
        lines.push(say!(
            s,
            "Where nothing qualifies of which a mean, an extreme, a share, a quantile or a last value could be taken, there is no \
             index, and nothing is due; that is not undetermined.",
            "没有符合条件的数据、因而无从取平均值、最大值、最小值、百分比、分位数或最后值的，视为无指数，无需赔付，不属于无法确定。"
        ));
    }
    lines.push(say!(
        s,
        "What is missing is never taken for zero. An undetermined index pays nothing, and does not count as nothing due.",
        "缺测绝不按零处理。指数无法确定的，不予赔付，但亦不作为“无需赔付”处理。"
    ));
    lines
}

fn missing(s: &Speech<'_>, rule: MissingRule) -> String {
    let (most, longest) = (s.share(rule.at_most), s.seconds(rule.longest));
    let much = if rule.at_most.is_zero() || rule.longest == 0 {
        say!(
            s,
            "The index is undetermined where any of its values in a window is missing.",
            "观测期内有任何一个值缺测的，指数无法确定。"
        )
    } else {
        say!(
            s,
            "The index is undetermined where more than {most} of its values in a window are missing, or more than {longest} \
             without a break; exactly {most} and exactly {longest} are tolerated.",
            "观测期内缺测的值超过{most}，或连续缺测超过{longest}的，指数无法确定；恰为{most}、恰为{longest}的，予以容忍。"
        )
    };
    say!(
        s,
        "{much} Counted are the values behind the last joining into larger slots or the last choice of slots; where there is \
         neither, those of the first sentence of the index. Values that are left out are not counted.",
        "{much}以最后一次归并为较大时段或筛选时段之后的值计；二者均无的，以指数计算第一句所得的值计。不予计入的值不在统计之列。"
    )
}
