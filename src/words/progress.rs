//! How far an index is from where it pays, in words.

use std::cmp::Ordering;

use crate::contract::Policy;
use crate::index::Quality;
use crate::quantity::{Exact, Fixed, Rounding, Unit};
use crate::settle::{Curve, Distance, LevelRole, NoCourse, Progress, SoFar};

use super::catalogue::{Word, called, word};
use super::marks::Marks;
use super::speech::{Speech, capital};
use super::{Language, codes, plain, say};

static LEVELS: &[Word] = &[
    word("strike", "strike", "触发值"),
    word("exit", "exit, from which the most is paid", "全额赔付值"),
    word("band", "edge of a band", "档次分界"),
    word("row", "row of the table", "赔付表分级"),
    word("swap", "level of the swap", "互换约定水平"),
    word("swap_most", "from here the insured receives the most", "被保险人收取上限"),
    word("swap_least", "from here the insured owes the most", "被保险人支付上限"),
    word("attachment", "attachment", "起赔点"),
    word("exhaustion", "exhaustion", "限额用尽点"),
    word("deductible", "up to here the deductible takes all", "免赔额所及"),
    word("franchise", "from here the franchise is reached", "达到起赔额"),
    word("gate", "gate", "前提条件"),
];

static QUALITIES: &[Word] = &[
    word("there", "there", "有读数"),
    word("missing", "missing", "缺测"),
    word("not_final", "not final yet", "尚未定稿"),
    word("refused", "refused", "被拒收"),
    word("apart", "the sources do not agree", "各来源不一致"),
    word("waiting", "in the waiting, does not count", "等待期内不计"),
];

static NO_COURSES: &[Word] = &[
    word(
        "anchored",
        "the days that are looked at are known only when the day is around which they lie",
        "观测日取决于基准日，基准日确定之前没有过程值",
    ),
    word("baseline", "the whole period is held against other years", "以整个期间与其他年份比较，没有过程值"),
    word("quantile", "a quantile is one of all values of the period", "分位数取自期间全部数值，没有过程值"),
    word("whole_window", "the index is one of the whole period", "指数取自整个期间，没有过程值"),
];

/// What a level is called beside its line.
pub fn level(role: LevelRole, language: Language) -> &'static str {
    called(LEVELS, role.word(), language)
}

/// Why a slot has its value, or none.
pub fn quality(quality: Quality, language: Language) -> &'static str {
    called(QUALITIES, quality.word(), language)
}

/// Why an index has no course.
pub fn no_course(why: NoCourse, language: Language) -> &'static str {
    called(NO_COURSES, why.word(), language)
}

/// `12.3 mm below 160 mm (7.69 %)`.
pub fn distance(distance: &Distance, unit: Unit, language: Language) -> String {
    let [by, level] = [distance.by, distance.level].map(|value| plain::quantity(value, unit, language));
    let percent = distance.share.and_then(|share| share.times(Exact::from(100)).ok());
    let percent = percent.and_then(|percent| percent.round_to(Fixed::from_micros(10_000), Rounding::HalfUp).ok());
    let share = match (language, percent) {
        (_, None) => String::new(),
        (Language::English, Some(percent)) => format!(" ({percent} %)"),
        (Language::Chinese, Some(percent)) => format!("（{percent}%）"),
    };
    match (language, distance.side) {
        (Language::English, Ordering::Less) => format!("{by} below {level}{share}"),
        (Language::English, Ordering::Equal) => format!("exactly {level}"),
        (Language::English, Ordering::Greater) => format!("{by} above {level}{share}"),
        (Language::Chinese, Ordering::Less) => format!("比{level}低{by}{share}"),
        (Language::Chinese, Ordering::Equal) => format!("恰为{level}"),
        (Language::Chinese, Ordering::Greater) => format!("比{level}高{by}{share}"),
    }
}

/// How a cover stands, a text for each of its limbs and gates.
pub fn summary(policy: &Policy, progress: &Progress, language: Language) -> Vec<String> {
    let marks = Marks::default();
    let s = Speech { language, product: &policy.product, marks: &marks };
    let several = progress.curves.len() > 1;
    progress.curves.iter().map(|curve| of_curve(&s, progress, curve, several)).collect()
}

fn of_curve(s: &Speech<'_>, progress: &Progress, curve: &Curve, several: bool) -> String {
    let id = &curve.id;
    let called = match (curve.gate, several) {
        (Some(_), _) => say!(s, "Gate {id}: ", "前提条件 {id}："),
        (None, true) => say!(s, "Limb {id}: ", "分项 {id}："),
        (None, false) => String::new(),
    };
    let text = match &curve.course {
        Err(why) => {
            let why = no_course(*why, s.language);
            say!(s, "there is no index of a part of the period, as {why}.", "{why}。")
        }
        Ok(course) => match course.last() {
            None => {
                let from = s.date(progress.period.span.first);
                say!(s, "nothing has been read of the period that begins on {from}.", "自{from}开始的期间尚无读数。")
            }
            Some(last) => stands(s, progress, curve, last),
        },
    };
    match (s.language, called.is_empty()) {
        (Language::English, true) => capital(&text),
        _ => format!("{called}{text}"),
    }
}

fn stands(s: &Speech<'_>, progress: &Progress, curve: &Curve, last: &SoFar) -> String {
    let until = s.instant(last.until);
    let Some(value) = last.value.map(|value| s.measure(value, curve.unit)) else {
        let why = codes::reason_code(last.none.unwrap_or_default(), s.language);
        let lacks = lacks(s, last);
        return say!(s, "up to {until} there is no index: {why}.{lacks}", "截至{until}没有指数：{why}。{lacks}");
    };
    let away = match &last.distance {
        Some(away) => {
            let away = distance(away, curve.unit, s.language);
            say!(s, ", {away}", "，{away}")
        }
        None => String::new(),
    };
    let pays = match (curve.gate.is_some(), last.pays, progress.over) {
        (true, true, _) => say!(s, "It holds.", "该条件满足。"),
        (true, false, _) => say!(s, "It does not hold.", "该条件不满足。"),
        (false, true, false) if last.sure => {
            say!(s, "It pays already; no later reading can take that back.", "已达到赔付条件，此后的读数不会使其改变。")
        }
        (false, true, false) => say!(
            s,
            "If the period ended there, it would pay; later readings may still change that.",
            "如期间就此结束，应予赔付；此后的读数仍可能使其改变。"
        ),
        (false, false, false) => say!(s, "So far it does not pay.", "截至目前无需赔付。"),
        (false, true, true) => say!(s, "It pays.", "达到赔付条件。"),
        (false, false, true) => say!(s, "It does not pay.", "未达到赔付条件。"),
    };
    let lacks = lacks(s, last);
    say!(
        s,
        "up to {until} the index is {value}{away}. {pays}{lacks}",
        "截至{until}，指数为{value}{away}。{pays}{lacks}"
    )
}

/// What is missing and what was revised up to there; nothing where all is well.
fn lacks(s: &Speech<'_>, last: &SoFar) -> String {
    let missing = match last.missing {
        0 => String::new(),
        missing => {
            let (are, readings) = (s.are(missing), s.counted(missing, "reading", "readings", "个读数"));
            say!(s, " {readings} {are} missing.", "缺测{readings}。")
        }
    };
    let revised = match last.revised {
        0 => String::new(),
        revised => {
            let was = if revised == 1 { "was" } else { "were" };
            let readings = s.counted(revised, "reading", "readings", "个读数");
            say!(s, " {readings} {was} revised.", "{readings}经更正。")
        }
    };
    missing + &revised
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::tests::is_said;
    use super::*;

    #[test]
    fn every_level_quality_and_want_of_a_course_has_words() {
        let levels = LevelRole::ALL.map(LevelRole::word);
        let qualities = Quality::ALL.map(Quality::word);
        let no_courses = NoCourse::ALL.map(NoCourse::word);
        for (table, names) in [(LEVELS, &levels[..]), (QUALITIES, &qualities), (NO_COURSES, &no_courses)] {
            assert_eq!(table.iter().map(|word| word.name).collect::<Vec<_>>(), names);
            is_said(table);
        }
    }

    #[test]
    fn a_distance_says_on_which_side_and_how_far() {
        let mm = Unit::from_symbol("mm").expect("known");
        let number = |text: &str| Exact::from(Fixed::parse(text).expect(text));
        for (by, level, side, share, english, chinese) in [
            (
                "12.3",
                "160",
                Ordering::Less,
                Some((123, 1600)),
                "12.3 mm below 160 mm (7.69 %)",
                "比160毫米低12.3毫米（7.69%）",
            ),
            ("1", "160", Ordering::Greater, Some((1, 160)), "1 mm above 160 mm (0.63 %)", "比160毫米高1毫米（0.63%）"),
            ("0", "160", Ordering::Equal, Some((0, 1)), "exactly 160 mm", "恰为160毫米"),
            ("2", "0", Ordering::Greater, None, "2 mm above 0 mm", "比0毫米高2毫米"),
        ] {
            let share = share.map(|(part, whole)| Exact::new(part, whole).expect("small"));
            let away = Distance { level: number(level), side, by: number(by), share };
            assert_eq!(distance(&away, mm, Language::English), english);
            assert_eq!(distance(&away, mm, Language::Chinese), chinese);
        }
    }

    #[test]
    fn nothing_one_and_many_are_told_apart() {
        let (product, marks) =
            Marks::read(&crate::document::Source::new("p.toml", include_str!("../../config/products/hot-days.toml")))
                .expect("a product");
        let at = chrono::DateTime::UNIX_EPOCH;
        let so_far = |missing, revised| SoFar {
            on: at.date_naive(),
            until: at,
            value: None,
            none: None,
            pays: false,
            sure: false,
            amount: None,
            distance: None,
            missing,
            revised,
        };
        for (missing, revised, english, chinese) in [
            (0, 0, "", ""),
            (1, 1, " 1 reading is missing. 1 reading was revised.", "缺测1个读数。1个读数经更正。"),
            (2, 3, " 2 readings are missing. 3 readings were revised.", "缺测2个读数。3个读数经更正。"),
        ] {
            let said =
                |language| lacks(&Speech { language, product: &product, marks: &marks }, &so_far(missing, revised));
            assert_eq!(said(Language::English), english);
            assert_eq!(said(Language::Chinese), chinese);
        }
    }
}
