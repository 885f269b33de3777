//! A cover: when it looks, its index sentence by sentence, what it pays, on what that hangs.

use crate::contract::{Cover, GateRule, Gates, Less, Limb, Together, VintageRule};

use super::speech::Speech;
use super::{block, event, flow, payout, say, sentence, window};

/// The lines of a cover, indented below its name.
pub(super) fn lines(s: &Speech<'_>, cover: &Cover) -> Vec<String> {
    let id = &cover.id;
    let mut lines = vec![say!(s, "Cover {id}", "保障项目 {id}")];
    lines.extend(window::lines(s, cover));
    lines.extend(waiting(s, cover));
    match cover.limbs.as_slice() {
        [only] => lines.extend(limb(s, only)),
        limbs => {
            lines.push(together(s, cover.together));
            for one in limbs {
                let id = &one.id;
                lines.push(say!(s, "  Limb {id}", "  分项 {id}"));
                lines.extend(limb(s, one).into_iter().map(|line| format!("  {line}")));
            }
        }
    }
    if let Some(rule) = &cover.events {
        let rule = event::rule(s, rule);
        lines.push(say!(s, "  Events: {rule}", "  事件：{rule}"));
    }
    lines.extend(gates(s, &cover.gates));
    lines.extend(limits(s, cover));
    lines.extend(interim(s, cover));
    lines.extend(own_rules(s, cover));
    lines
}

fn limb(s: &Speech<'_>, limb: &Limb) -> Vec<String> {
    let mut lines = vec![say!(s, "  Index:", "  指数计算：")];
    sentence::numbered(&block::sentences(s, &limb.pipeline.blocks), "", 4, &mut lines);
    lines.push(say!(s, "  Payout:", "  赔付："));
    let pays = payout::lines(s, limb);
    lines.extend(pays.into_iter().map(|line| format!("    {line}")));
    lines
}

fn together(s: &Speech<'_>, together: Together) -> String {
    match together {
        Together::Best => say!(
            s,
            "  Of the following limbs the one that pays most pays. Where one of them is undetermined, the cover is \
             undetermined, unless another pays already the most that the cover can pay.",
            "  下列各分项中，以赔付最高的一项赔付。任一分项无法确定的，本保障项目无法确定，但另一分项已达本保障项目最高赔付额的除外。"
        ),
        Together::Sum => say!(
            s,
            "  The following limbs are added up. Where one of them is undetermined, the cover is undetermined, unless the \
             others pay already the most that the cover can pay.",
            "  下列各分项的赔付相加。任一分项无法确定的，本保障项目无法确定，但其余分项合计已达本保障项目最高赔付额的除外。"
        ),
        Together::First => say!(
            s,
            "  Of the following limbs, in this order, the first that pays anything pays, and no other. Where a limb is \
             undetermined and none before it pays, the cover is undetermined.",
            "  下列各分项依次判定，以首个应予赔付的分项赔付，其余分项不再赔付。某一分项无法确定且其前各分项均不赔付的，本保障项目无法确定。"
        ),
    }
}

fn waiting(s: &Speech<'_>, cover: &Cover) -> Option<String> {
    let days = s.days(cover.waiting?.into());
    Some(say!(
        s,
        "  Waiting: the first {days} of the policy's cover period do not count: their values are left out, and what began in \
         them is passed over.",
        "  等待期：保险期间的前{days}不计：其间各值不纳入计算，其间起始的事件不予赔付。"
    ))
}

fn gates(s: &Speech<'_>, gates: &Gates) -> Vec<String> {
    let which = match (gates.rule, gates.list.len()) {
        (_, 0) => return Vec::new(),
        (_, 1) => say!(s, "the following gate holds", "满足下列前提条件"),
        (GateRule::All, _) => say!(s, "all of the following gates hold", "同时满足下列全部前提条件"),
        (GateRule::Any, _) => say!(s, "at least one of the following gates holds", "满足下列任一前提条件"),
    };
    let unknown = if gates.list.len() == 1 {
        say!(s, "Where its index is undetermined, the cover is.", "该前提条件的指数无法确定的，本保障项目无法确定。")
    } else {
        say!(
            s,
            "A gate whose index is undetermined leaves the cover undetermined, unless the others decide already.",
            "任一前提条件的指数无法确定的，本保障项目无法确定，但其余前提条件已足以判定的除外。"
        )
    };
    let mut lines = vec![say!(
        s,
        "  Gates: the cover pays only where {which}; else nothing is due, whatever its index is. {unknown}",
        "  前提条件：仅在{which}时赔付；否则不论指数为何，均无需赔付。{unknown}"
    )];
    for gate in &gates.list {
        let id = &gate.id;
        lines.push(say!(s, "  Gate {id}", "  前提条件 {id}"));
        lines.push(say!(s, "    Index:", "    指数计算："));
        sentence::numbered(&block::sentences(s, &gate.pipeline.blocks), "", 6, &mut lines);
        let unit = gate.pipeline.unit();
        let holds = s.comparison(gate.holds, unit);
        lines.push(say!(s, "    It holds where its index is {holds}.", "    其指数{holds}的，视为满足。"));
    }
    if gates.list.iter().any(|gate| flow::may_have_nothing(&gate.pipeline.blocks)) {
        lines.push(say!(
            s,
            "  A gate for whose index nothing qualifies does not hold.",
            "  某一前提条件的指数没有符合条件的数据可供计算的，该前提条件视为不满足。"
        ));
    }
    lines
}

/// Limits of its own, in the order in which they cut.
fn limits(s: &Speech<'_>, cover: &Cover) -> Vec<String> {
    let of_period = cover.limit.period.map(|most| {
        let most = s.amount(most);
        say!(s, "  Limit of a period: one period pays at most {most}.", "  每期赔偿限额：每期以{most}为限。")
    });
    let less = cover.less.as_ref().map(|Less { cover: other, policy }| match policy {
        None => say!(
            s,
            "  Less: what cover {other} paid for the same period is subtracted; never below nothing. Until that is final, \
             this cover is undetermined.",
            "  扣减：扣除保障项目 {other} 就同一期间已赔付的金额，以扣减至零为限；该金额成为终定之前，本保障项目无法确定。"
        ),
        Some(column) => say!(
            s,
            "  Less: what cover {other} of the policy that this one names as {column} paid for the same period is subtracted; \
             never below nothing. Until that is final, this cover is undetermined.",
            "  扣减：扣除保险单“{column}”栏载明的另一保险单之保障项目 {other} 就同一期间已赔付的金额，以扣减至零为限；\
             该金额成为终定之前，本保障项目无法确定。"
        ),
    });
    let of_cover = cover.limit.cover.map(|most| {
        let most = s.amount(most);
        say!(
            s,
            "  Limit of the cover: all its periods together pay at most {most}; what is paid finally lessens what is left.",
            "  本保障项目累计赔偿限额：各期累计以{most}为限；每笔终定赔付相应减少剩余限额。"
        )
    });
    [of_period, less, of_cover].into_iter().flatten().collect()
}

/// What is paid while the period runs.
fn interim(s: &Speech<'_>, cover: &Cover) -> Option<String> {
    let least = s.amount(cover.interim?);
    let lag = s.seconds(s.product.lag_of(cover));
    Some(say!(
        s,
        "  Paid in advance: while the period runs, what the readings up to the end of an insured day have made sure is paid \
         {lag} after that day, as soon as it exceeds what was paid before for the period by {least} or more, and no reading \
         before that day's end is lacking. Such a payment is final. At the end the rest is paid; nothing is paid back.",
        "  预付：期间内，截至某一保险日终了的读数已确定应付的金额，较本期已付金额高出{least}及以上，且该日终了前的读数齐备的，\
         自该日终了满{lag}予以预付。预付为终定。期末支付余额；已预付的金额不予追回。"
    ))
}

/// What it rules in place of the rules for all covers.
fn own_rules(s: &Speech<'_>, cover: &Cover) -> Vec<String> {
    let lag = cover.lag.map(|lag| {
        let lag = s.seconds(lag);
        say!(
            s,
            "  Of this cover a result is final not before {lag} after the end of its period.",
            "  本保障项目的结果在期间结束满{lag}后方为终定。"
        )
    });
    let wait = cover.longest_wait.map(|wait| {
        let wait = s.seconds(wait);
        say!(
            s,
            "  Of this cover readings are waited for until {wait} after the end of its period.",
            "  本保障项目的读数等待至期间结束满{wait}。"
        )
    });
    let vintage = cover
        .vintage
        .map(|vintage| self::vintage(s, vintage))
        .map(|rule| say!(s, "  Readings of this cover: {rule}.", "  本保障项目的读数：{rule}。"));
    [lag, wait, vintage].into_iter().flatten().collect()
}

/// Which readings count.
pub(super) fn vintage(s: &Speech<'_>, vintage: VintageRule) -> String {
    match vintage {
        VintageRule::Any => say!(
            s,
            "all count as they are known, provisional ones too; a result is final once they are, or once the waiting is over",
            "包括初步值在内，均按已知值采用；读数成为终值或等待期限届满后，结果方为终定"
        ),
        VintageRule::Final => say!(
            s,
            "only final ones count, which their source changes no more; a provisional one is missing",
            "仅采用其来源不再变更的终值；初步值视为缺测"
        ),
    }
}
