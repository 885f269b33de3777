//! The whole text: the product, the policy, the data, the covers, the limit, the settlement.

use std::fmt::Write as _;

use crate::contract::{Aggregate, ColumnKind, Correction, Exposure, Latest, Purchase, SumRule};

use super::speech::Speech;
use super::{catalogue, cover, data, say};
use crate::ledger::hex;

/// The text, a line for each sentence, with a newline at its end.
pub(super) fn whole(s: &Speech<'_>) -> String {
    let name = &s.product.name;
    let mut text = format!("{name}\n");
    let sections = [
        (say!(s, "The product", "产品"), product(s)),
        (say!(s, "The policy", "保险单"), policy(s)),
        (say!(s, "Data", "数据"), data::lines(s)),
        (say!(s, "Covers", "保障项目"), covers(s)),
        (say!(s, "Limit of the policy", "保险单赔偿限额"), limit(s)),
        (say!(s, "Settlement", "理赔结算"), settlement(s)),
    ];
    for (place, (title, lines)) in sections.into_iter().enumerate() {
        let (number, chinese) = (place + 1, ["一", "二", "三", "四", "五", "六"][place]);
        let heading = say!(s, "{number}. {title}", "{chinese}、{title}");
        write!(text, "\n{heading}\n\n").expect("a text takes more");
        for line in lines {
            writeln!(text, "{line}").expect("a text takes more");
        }
    }
    let signed = say!(
        s,
        "Read and found to be what was agreed:\n\nName ____________________   Date ____________   Signature ____________________",
        "经审阅，与约定一致：\n\n姓名____________________  日期____________  签字____________________"
    );
    text + &format!("\n{signed}\n")
}

fn product(s: &Speech<'_>) -> Vec<String> {
    let product = s.product;
    let reference = product.reference();
    let hash = hex(&product.terms);
    let code = product.currency.code();
    let money =
        if code == "CNY" { say!(s, "CNY", "人民币元") } else { catalogue::currency(code, s.language).to_owned() };
    vec![
        say!(s, "Product and version: {reference}.", "产品及版本：{reference}。"),
        say!(s, "Hash of the term sheet (SHA-256): {hash}.", "条款文件摘要（SHA-256）：{hash}。"),
        say!(s, "Currency: {money}.", "币种：{money}（{code}）。"),
        day(s),
    ]
}

fn day(s: &Speech<'_>) -> String {
    let (zone, starts) = (s.product.day.zone_name(), s.product.day.starts());
    if starts.as_str() >= "12:00" {
        say!(
            s,
            "Insured day: from {starts} to {starts} in the time zone {zone}, bearing the date on which it ends: 2 June is \
             1 June {starts} to 2 June {starts}.",
            "保险日：自{starts}起至次日{starts}止（时区{zone}），以结束之日的日期为准：6月2日即6月1日{starts}至6月2日{starts}。"
        )
    } else {
        say!(
            s,
            "Insured day: from {starts} to {starts} of the next day in the time zone {zone}, bearing the date on which it \
             begins.",
            "保险日：自当日{starts}起至次日{starts}止（时区{zone}），以开始之日的日期为准。"
        )
    }
}

fn policy(s: &Speech<'_>) -> Vec<String> {
    let rule = &s.product.sum_rule;
    let mut lines = vec![match &s.product.exposure {
        Exposure::PerPolicy => say!(
            s,
            "Exposure: each policy has its sum insured; percentages are of it, amounts of money are for the policy.",
            "保险金额：以每份保险单载明者为准；百分比以其为基数，金额按每份保险单计。"
        ),
        Exposure::PerUnit { unit, sum_insured } => {
            let one = s.one(*unit);
            let sum = match rule.written.or(*sum_insured) {
                Some(sum) => {
                    let sum = s.money(sum);
                    say!(s, "; the sum insured of one {one} is {sum}", "；每{one}保险金额为{sum}")
                }
                None => String::new(),
            };
            say!(
                s,
                "Exposure: amounts are for each {one}, times the units that the policy names{sum}.",
                "保险金额：按每{one}计，乘以保险单载明的数量{sum}。"
            )
        }
    }];
    lines.extend(sum_rule(s, rule));
    lines.push(say!(
        s,
        "The policy names its number, the insured, and the first and last insured day of its cover period, both included.",
        "保险单载明保单号、被保险人及保险期间的首个与末个保险日（均计入）。"
    ));
    for column in &s.product.columns {
        let name = &column.name;
        lines.push(match column.kind {
            ColumnKind::Station => {
                say!(s, "It names {name}: a station of a feed.", "并载明{name}：数据源的气象站（站点）。")
            }
            ColumnKind::Date => say!(s, "It names {name}: a day.", "并载明{name}：日期。"),
            ColumnKind::Policy => say!(s, "It names {name}: another policy.", "并载明{name}：另一保险单。"),
            ColumnKind::Number(unit) => {
                let in_unit = s.in_unit(unit);
                say!(s, "It names {name}: a number{in_unit}.", "并载明{name}：数值{in_unit}。")
            }
        });
    }
    lines.extend(purchase(s));
    lines
}

/// Until when it may be bought.
fn purchase(s: &Speech<'_>) -> Option<String> {
    let Purchase { column, latest } = s.product.purchase.as_ref()?;
    let latest = match latest {
        Latest::Day(day) => {
            let day = s.month_day(*day);
            say!(s, "the last {day} that does not lie after the first insured day", "首个保险日当日或之前最近的{day}")
        }
        Latest::Before(0) => say!(s, "the first insured day", "首个保险日"),
        Latest::Before(days) => {
            let days = s.days((*days).into());
            say!(s, "{days} before the first insured day", "首个保险日之前{days}")
        }
    };
    Some(say!(
        s,
        "Purchase: a policy is bought, on the day that it names as {column}, at the latest on {latest}; that day is included. One \
         that was bought later is refused.",
        "投保时限：保险单“{column}”栏载明的投保日不得晚于{latest}（含当日）；逾期投保的，不予承保。"
    ))
}

/// What becomes of the sum insured before percentages are taken of it.
fn sum_rule(s: &Speech<'_>, rule: &SumRule) -> Option<String> {
    let factors = s.list(&rule.factors.iter().map(|factor| s.share(*factor)).collect::<Vec<_>>());
    let rounded = rule.round.map(|round| s.rounded_to(&s.money(round.step), round.mode));
    match (rule.factors.is_empty(), rounded) {
        (true, None) => None,
        (true, Some(rounded)) => Some(say!(s, "The sum insured that counts is {rounded}.", "计赔保险金额{rounded}。")),
        (false, rounded) => {
            let rounded = rounded.map_or_else(String::new, |rounded| say!(s, ", {rounded}", "，{rounded}"));
            Some(say!(
                s,
                "The sum insured that counts is that one times {factors}{rounded}.",
                "计赔保险金额为上述保险金额依次乘以{factors}{rounded}。"
            ))
        }
    }
}

fn covers(s: &Speech<'_>) -> Vec<String> {
    let covers: Vec<_> = s.product.covers.iter().map(|cover| cover::lines(s, cover)).collect();
    covers.join(&String::new())
}

fn limit(s: &Speech<'_>) -> Vec<String> {
    let Some(Aggregate { amount, reinstatements }) = s.product.aggregate else {
        return vec![say!(s, "There is no limit but those of the covers.", "除各保障项目自身限额外，不另设累计限额。")];
    };
    let most = s.amount(amount);
    vec![match reinstatements {
        None => say!(
            s,
            "All covers and periods of a policy together pay at most {most}; what is paid finally lessens what is left.",
            "同一保险单全部保障项目及各期间累计赔付以{most}为限；每笔终定赔付相应减少剩余限额。"
        ),
        Some(times) => {
            let (often, all) = match times {
                1 => (say!(s, "once", "1次"), say!(s, "twice", "2倍")),
                times => {
                    let all = times + 1;
                    (say!(s, "{times} times", "{times}次"), say!(s, "{all} times", "{all}倍"))
                }
            };
            say!(
                s,
                "All covers of a policy together pay at most {most} for one period. The limit is reinstated {often}: for all \
                 periods they pay at most {all} as much. What is paid finally lessens what is left.",
                "同一保险单全部保障项目每期合计赔付以{most}为限。该限额可恢复{often}：各期间累计赔付以其{all}为限。每笔终定赔付相应减少剩余限额。"
            )
        }
    }]
}

fn settlement(s: &Speech<'_>) -> Vec<String> {
    let settlement = &s.product.settlement;
    let (lag, wait) = (s.seconds(settlement.lag), s.seconds(settlement.longest_wait));
    let currency = s.product.currency;
    let step = crate::quantity::Exact::new(1, i128::from(currency.minor_per_unit())).expect("a small number");
    let rounded = s.rounded_to(&s.money(step), settlement.rounding);
    let agent = settlement.agent.as_ref().map(|agent| say!(s, "Calculation agent: {agent}", "计算代理人：{agent}"));
    let rules = [
        say!(
            s,
            "A result is final not before {lag} after the end of its period, and once all readings are there.",
            "结果在期间结束满{lag}且读数齐备后方为终定。"
        ),
        say!(
            s,
            "What still lacks readings waits for them until {wait} after the end of the period, or after the policy was \
             bound if that is later; then it is final as it stands, undetermined too.",
            "读数不齐的，等待至期间结束（承保较迟的，自承保之时）满{wait}；届时按现有读数定为终定，包括无法确定者。"
        ),
        say!(
            s,
            "An amount is computed exactly and then, once, {rounded}.",
            "赔付金额按精确值计算，最后仅一次性{rounded}。"
        ),
    ];
    agent.into_iter().chain(rules).chain(contest(s)).chain(correction(s)).collect()
}

/// How long a result may be contested before it binds.
fn contest(s: &Speech<'_>) -> Option<String> {
    let window = s.seconds(s.product.settlement.contest?);
    Some(say!(
        s,
        "A result that would be final is first told as preliminary, and pays nothing yet: for {window} it may be contested, twice \
         as long where it rests on one source alone though the terms name several, or would be another one without one of those \
         that agree. A change within that time begins it anew; at its end the result is final.",
        "结果具备终定条件后先作为初步结果公布，暂不赔付：{window}内可提出异议；约定多个数据源而仅凭其一，或去除其一结果即不同的，期限加倍。期限内结果有变的，重新起算；期满无变化即为终定。"
    ))
}

/// How later readings correct what is final.
fn correction(s: &Speech<'_>) -> Option<String> {
    let Correction { within, least, clawback } = s.product.settlement.correction?;
    let within = s.seconds(within);
    let small = if least.is_positive() {
        let least = s.money(least);
        say!(s, "; a difference below {least} is recorded and not paid", "；差额低于{least}的，仅作记录，不予支付")
    } else {
        String::new()
    };
    let less = if clawback {
        say!(s, "What was paid too much is claimed back.", "多付部分应予追回。")
    } else {
        say!(s, "What was paid too much is recorded and not claimed back.", "多付部分仅作记录，不予追回。")
    };
    Some(say!(
        s,
        "Readings that become known within {within} after the final result correct it by a further entry for the \
         difference{small}. {less} What becomes known later changes nothing.",
        "终定后{within}内获知的读数，以差额另行入账更正{small}。{less}此后获知的不再更改。"
    ))
}
