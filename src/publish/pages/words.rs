//! Every text of the pages, in both languages side by side, so that whoever changes one sees the other.

use crate::ledger::{Cause, State};
use crate::operator::What;
use crate::settle::Outcome;
use crate::words::Language;

macro_rules! catalogue {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        /// The texts of one language.
        pub struct Words {
            $(pub $name: &'static str,)*
        }

        static ENGLISH: Words = Words { $($name: $english,)* };
        static CHINESE: Words = Words { $($name: $chinese,)* };

        /// Each text in both languages.
        #[cfg(test)]
        pub(super) const PAIRS: &[(&str, &str, &str)] = &[$((stringify!($name), $english, $chinese),)*];
    };
}

/// The texts of a language.
pub fn words(language: Language) -> &'static Words {
    match language {
        Language::English => &ENGLISH,
        Language::Chinese => &CHINESE,
    }
}

impl Words {
    /// What a state is called.
    pub fn state_word(&self, state: State) -> &'static str {
        match state {
            State::Provisional => self.state_provisional,
            State::Preliminary => self.state_preliminary,
            State::Held => self.state_held,
            State::Void => self.state_void,
            State::Interim => self.state_interim,
            State::Final => self.state_final,
            State::Restated => self.state_restated,
        }
    }

    /// What an outcome is called.
    pub fn outcome_word(&self, outcome: Outcome) -> &'static str {
        match outcome {
            Outcome::Pays => self.outcome_pays,
            Outcome::NothingDue => self.outcome_nothing_due,
            Outcome::Undetermined => self.outcome_undetermined,
        }
    }

    /// Why something was corrected.
    pub fn cause_word(&self, cause: Cause) -> &'static str {
        match cause {
            Cause::SourceRevision => self.cause_source_revision,
            Cause::PolicyError => self.cause_policy_error,
            Cause::EngineError => self.cause_engine_error,
            Cause::Operator => self.cause_operator,
        }
    }

    /// What an act is called.
    pub fn act_word(&self, act: What) -> &'static str {
        match act {
            What::Hold => self.act_hold,
            What::Release => self.act_release,
            What::Void => self.act_void,
            What::Dispute => self.act_dispute,
            What::Approve => self.act_approve,
            What::Restate => self.act_restate,
        }
    }
}

/// Puts values into the places `{0}`, `{1}` of a text.
pub fn fill(text: &str, values: &[&str]) -> String {
    let mut filled = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let Some((place, after)) = behind.split_once('}') else { break };
        filled.push_str(before);
        let value = place.parse::<usize>().ok().and_then(|place| values.get(place));
        filled.push_str(value.copied().unwrap_or_default());
        rest = after;
    }
    filled + rest
}

catalogue! {
    // Everywhere
    skip: "Skip to the content", "跳到正文";
    menu: "Pages", "页面";
    overview: "Overview", "总览";
    payouts: "Payout log", "赔付记录";
    feeds: "Feeds", "数据源";
    acts: "Holds and disputes", "暂缓与争议";
    check: "Check a proof", "核验证明";
    theme: "Light or dark", "浅色或深色";
    theme_auto: "As the system", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";
    leave: "Leave", "退出";
    none: "none", "无";
    never: "never", "从未";
    newest_first: "Newest first", "最新在前";
    next_page: "Next page", "下一页";
    first_page: "First page", "第一页";
    policy: "Policy", "保单";
    product: "Product", "产品";
    cover: "Cover", "保障项";
    period: "Period", "保险期间";
    state: "State", "状态";
    outcome: "Outcome", "结果";
    index: "Index", "指数";
    trigger: "Pays where", "赔付条件";
    amount: "Amount", "金额";
    payable: "Payable", "应付";
    reason: "Why", "原因";
    determined: "Determined", "确定时间";
    as_known: "As known at", "数据截至";
    entry: "Ledger entry", "账本条目";
    made_by: "Made by {0}. It computes and records; it never moves money.", "由 {0} 生成。只计算和记录，不划拨资金。";

    // States and outcomes
    state_provisional: "provisional", "暂定";
    state_preliminary: "preliminary", "初步";
    state_held: "held", "暂缓";
    state_void: "void", "作废";
    state_interim: "in advance", "预付";
    state_final: "final", "终定";
    state_restated: "restated", "更正";
    outcome_pays: "pays", "赔付";
    outcome_nothing_due: "nothing due", "无需赔付";
    outcome_undetermined: "undetermined", "未能确定";

    // Roles
    insurer: "insurer", "保险人";
    insured: "insured", "被保险人";
    operator: "operator", "运营人员";
    auditor: "auditor", "审计人员";

    // Entry
    enter: "Enter", "进入";
    enter_title: "Whose payouts may you see?", "请出示访问令牌";
    enter_lead: "Paste the token that you were given. It is kept in this browser until you leave or close it.", "请粘贴您收到的访问令牌。令牌保存在本浏览器中，直到您退出或关闭浏览器。";
    token: "Token", "访问令牌";
    not_accepted: "This token is not accepted.", "该令牌未被接受。";
    too_often: "Too many attempts from your network. Wait a minute and try again.", "您的网络尝试次数过多，请稍候一分钟再试。";
    entered_already: "You came from another site? If you have entered before,", "您是从其他网站跳转来的吗？如果此前已经进入，";
    go_on: "go on without a token", "可直接继续";
    check_free: "A proof can be checked without a token:", "核验证明无需令牌：";

    // Faults
    fault_missing: "There is nothing here that you may see", "此处没有您可以查看的内容";
    fault_missing_text: "Either there is no such thing, or your token does not reach it; it is not said which. The address may be mistyped.", "或者不存在该内容，或者您的令牌无权查看；系统不说明是哪一种。也可能是地址有误。";
    fault_forbidden: "Your token may not do this", "您的令牌无此权限";
    fault_forbidden_text: "This page is for another role. Ask whoever gave you the token.", "此页面面向其他角色。请联系发放令牌的人员。";
    fault_bad: "This request is not understood", "无法理解该请求";
    fault_busy: "This takes too long at present", "目前处理时间过长";
    fault_busy_text: "The ledger is asked a lot just now. Try again in a few seconds.", "账本当前查询较多，请几秒后重试。";
    fault_ledger: "The ledger cannot be read", "无法读取账本";
    fault_ledger_text: "Whoever runs this server must look at its log.", "请服务器的运营人员查看日志。";
    back_to_overview: "Back to the overview", "返回总览";

    // Overview
    paid: "Owed so far", "累计应付";
    paid_note: "Sum of everything that binds, by currency. What is not final counts nothing.", "按币种汇总所有已生效的金额；尚未终定的不计入。";
    paid_none: "Nothing is owed yet.", "目前没有应付金额。";
    by_product: "By product", "按产品";
    settled_count: "Settled", "已终定";
    paying_count: "Of these pay", "其中赔付";
    open: "Open", "进行中";
    open_note: "not final yet", "尚未终定";
    near: "Near the trigger", "接近触发";
    near_note: "index within a tenth of the strike", "指数距触发值不足一成";
    held: "Held", "暂缓";
    held_note: "held back by a person or the program", "由人员或程序暂缓";
    late: "Late", "数据延迟";
    late_note: "period over, data still expected", "期间已结束，仍在等待数据";
    newest: "Newest determinations", "最新结果";
    nothing_yet: "There is no determination yet.", "目前尚无结果。";
    at_least: "at least {0}", "至少 {0}";
    book: "Book", "业务分册";
    bound: "Bound", "承保时间";

    // Policy
    facts: "Facts", "基本信息";
    sum_insured: "Sum insured", "保险金额";
    units: "Units", "数量";
    cover_period: "Cover period", "承保期间";
    insured_day: "Insured day", "日界";
    insured_day_text: "from {0}, {1}", "{1} {0} 起";
    sources: "Sources", "数据来源";
    terms_hash: "SHA-256 of the terms", "条款 SHA-256";
    terms_words: "The terms in words", "条款文字说明";
    terms_text: "The term sheet itself", "条款原文";
    row_of_book: "Row of the book", "业务清单中的行";
    choose_settlement: "Choose a settlement", "选择结算";
    chart: "The index over the period", "期间内的指数";
    chart_of_limb: "Part {0}", "部分 {0}";
    chart_label: "Chart: {0} from {1} to {2}. The same numbers stand in the table below.", "图表：{0}，{1} 至 {2}。相同数据见下方表格。";
    chart_none: "For this settlement there is no series of values to draw.", "该结算没有可绘制的数值序列。";
    chart_table: "The same as a table", "以表格显示";
    strike: "strike", "触发值";
    exit: "exit", "封顶值";
    band: "from here", "档位";
    swap_level: "level", "约定水平";
    pays_share: "pays {0}", "赔付 {0}";
    day: "Day", "日期";
    value: "Value", "数值";
    values_low_high: "Least to most", "最低至最高";
    so_far: "Index so far", "累计指数";
    note: "Note", "备注";
    missing_note: "missing", "缺测";
    missing_some: "{0} of {1} missing", "缺 {0}/{1}";
    revised_note: "revised, before: {0}", "已修订，原值：{0}";
    legend_value: "daily value", "日值";
    legend_range: "least to most of the day", "当日最低至最高";
    legend_so_far: "index so far", "累计指数";
    legend_gap: "missing", "缺测";
    legend_revised: "revised (old value)", "已修订（原值）";
    legend_event: "event", "事件";
    counts_where: "a value counts where it is {0}", "数值{0}时计入";
    event: "Event", "事件";
    story: "Why it pays or not", "为何赔付或不赔付";
    history: "Determinations and acts", "结果与操作记录";
    what: "What", "事项";
    when: "When", "时间";
    download_csv: "Payouts of this policy (CSV)", "本保单赔付记录（CSV）";
    download_proof: "Proof bundle (JSON)", "证明文件（JSON）";
    certificate: "Certificate", "结算证书";
    proof_unsigned: "There is no signed checkpoint over this entry yet, so no proof.", "尚无覆盖该条目的签名检查点，暂无证明文件。";
    slots_used: "used {0}", "采用 {0}";
    slots_missing: "missing {0}", "缺测 {0}";
    used: "used", "采用";
    source_said: "What each source gave", "各来源提供的数据";

    // Story
    story_rule: "The cover {0} runs from {1} to {2}. It pays where the index is {3}.", "保障项 {0} 承保 {1} 至 {2}，指数{3}时赔付。";
    story_rule_other: "The cover {0} runs from {1} to {2}. What it pays follows from a table: {3}.", "保障项 {0} 承保 {1} 至 {2}，按表赔付：{3}。";
    story_index: "The index came to {0}.", "指数为 {0}。";
    story_index_so_far: "So far the index is {0}.", "目前指数为 {0}。";
    story_no_index: "There is no index.", "没有指数值。";
    story_pays: "{0} is due.", "应赔付 {0}。";
    story_owes: "The insured owes {0}.", "被保险人应付 {0}。";
    story_nothing: "Nothing is due.", "无需赔付。";
    story_undetermined: "It cannot be said yet whether anything is due: that is neither a payout nor a refusal.", "目前无法确定是否赔付：既非赔付，也非拒赔。";
    story_undetermined_final: "It cannot be said whether anything is due: that is neither a payout nor a refusal.", "无法确定是否赔付：既非赔付，也非拒赔。";
    story_advance: "Of it {0} was paid in advance.", "其中 {0} 已预付。";
    story_contest: "It becomes final on {0} unless somebody contests it or data change.", "如无异议且数据不变，将于 {0} 终定。";
    story_correct: "Later readings may correct it until {0}.", "{0} 之前，后续数据仍可更正。";
    story_corrects: "It corrects an earlier determination by {0}, because {1}.", "更正此前结果，差额 {0}，原因：{1}。";
    story_held: "It is held back: nothing is final until two persons let it go.", "目前暂缓：须经两人放行后方可终定。";
    cause_source_revision: "a source revised its readings", "数据来源修订了读数";
    cause_policy_error: "the policy's terms had been entered wrongly", "保单条款录入有误";
    cause_engine_error: "the program had computed wrongly", "程序计算有误";
    cause_operator: "a person had it settled again", "经人工要求重新结算";
    checked_same: "Computed again just now from the readings in the ledger: the same.", "刚刚依据账本中的读数重新计算：结果一致。";
    checked_differs: "Computed again just now it comes out otherwise. Whoever runs this server must look at it.", "刚刚重新计算，结果不一致，请运营人员核查。";

    // Log
    filters: "Filters", "筛选";
    any: "any", "不限";
    period_end_from: "Period ends from", "期间结束自";
    period_end_to: "Period ends to", "期间结束至";
    history_too: "With what was superseded", "包含已被取代的结果";
    show: "Show", "显示";
    clear: "Clear", "清除";
    no_rows: "No row fits these filters.", "没有符合筛选条件的记录。";
    searched_on: "The search was broken off after a while; it goes on from here.", "搜索已分段进行，可由此继续。";
    download_rows: "These rows as CSV", "以 CSV 下载";
    rows_shown: "{0} rows", "{0} 行";

    // Feeds
    feeds_lead: "How each feed answers, by the ledger's own account.", "依据账本记录的各数据源应答情况。";
    feed: "Feed", "数据源";
    feed_ok: "answers", "正常";
    feed_failing: "fails, {0} in a row", "连续失败 {0} 次";
    feed_never: "never asked", "从未查询";
    last_asked: "Last asked", "最近查询";
    last_answer: "Last answer", "最近应答";
    newest_reading: "Newest reading ends", "最新读数截至";
    requests_day: "Requests of a day", "当日请求数";
    feeds_none: "No feed was ever asked.", "尚未查询过任何数据源。";
    waits: "Settlements that wait for data", "等待数据的结算";

    alerts: "Worth a look", "需要关注";
    alert_late: "{0} is late: readings of {1} ({2}) are expected until {3}; the newest ends {4}.", "{0} 延迟：{1}（{2}）的读数应至 {3}，最新读数截至 {4}。";
    alert_silent: "{0} is silent: it answered last {1}.", "{0} 无应答：最近一次应答 {1}。";
    alert_disagree: "{0} and {1} disagree about {2} in {3} intervals of the last week.", "{0} 与 {1} 的{2}在最近一周有 {3} 个时段不一致。";
    alert_parked: "{1} messages for {0} are parked.", "{0} 有 {1} 条消息已搁置。";
    alert_gone: "{0} wants nothing any more; {1} messages wait.", "{0} 不再接收消息，{1} 条等待中。";
    alert_untold: "{0} has taken nothing since {1}; {2} messages wait.", "{0} 自 {1} 起未接收消息，{2} 条等待中。";

    // Acts
    acts_lead: "A person acts with a key of their own. The key is read in this page, signs here, and never leaves it.", "操作须由本人使用自己的私钥签署。私钥仅在本页面读取和签名，绝不离开浏览器。";
    held_now: "Held now", "当前暂缓";
    act_of_auditor: "Acts are handed in by operators.", "操作由运营人员提交。";
    held_none: "Nothing is held.", "没有暂缓的结算。";
    proposals: "Waiting for a second person", "等待第二人确认";
    proposals_none: "Nothing waits.", "没有等待确认的事项。";
    new_act: "A new act", "新操作";
    act: "Act", "操作";
    act_hold: "hold", "暂缓";
    act_release: "release", "放行";
    act_void: "void", "作废";
    act_dispute: "dispute", "异议";
    act_approve: "approve", "批准";
    act_restate: "restate", "重新结算";
    act_hold_text: "Keep it from becoming final. One person.", "阻止其终定。一人即可。";
    act_release_text: "Let it go. Two persons.", "予以放行。需两人。";
    act_void_text: "Give the period up: nothing of it is paid. Two persons.", "放弃该期间：不作任何赔付。需两人。";
    act_dispute_text: "Say that something is wrong; what is not final is held.", "提出异议；尚未终定的将被暂缓。";
    act_approve_text: "Agree, as the second person, with what was proposed.", "作为第二人同意已提出的事项。";
    act_restate_text: "Settle again what is final, and book the difference.", "对已终定的重新结算并记录差额。";
    act_on: "On which settlement", "针对哪一结算";
    act_on_hint: "POLICY/COVER/FIRST-DAY, as in the payout log", "保单/保障项/首日，见赔付记录";
    act_name: "Your name, as the settings have it", "您的姓名（与设置一致）";
    act_why: "Why, in a sentence; it stands in the ledger", "原因（一句话，将写入账本）";
    act_cause: "What made it wrong", "出错原因";
    act_key: "Your private key (PEM, Ed25519)", "您的私钥（PEM，Ed25519）";
    act_evidence: "Evidence (files, at most 16 MiB each)", "证据文件（每个不超过 16 MiB）";
    act_alternative: "Settle it for comparison: as-of=INSTANT or without=FEED", "对比结算：as-of=时间 或 without=数据源";
    act_sign: "Sign and hand in", "签名并提交";
    act_exact: "What is signed, to the byte", "签名内容（逐字节）";
    act_command: "Or on the command line", "或使用命令行";
    act_no_crypto: "This browser cannot sign with Ed25519 here (it needs a recent browser, and https or this machine). Use the command line:", "此浏览器无法在此使用 Ed25519 签名（需要较新的浏览器，并使用 https 或本机访问）。请使用命令行：";
    act_unknown: "There is no such settlement.", "没有该结算。";
    act_bad_key: "This file holds no Ed25519 private key in PKCS#8 PEM.", "该文件不是 PKCS#8 PEM 格式的 Ed25519 私钥。";
    act_no_proposal: "Nothing waits for a second person on this settlement.", "该结算没有等待第二人确认的事项。";
    act_sending: "Handed in; waiting for the daemon…", "已提交，等待后台处理…";
    act_done: "Done", "已完成";
    act_proposed: "Proposed: a second person must approve", "已提出：须第二人批准";
    act_refused: "Refused", "被拒绝";
    act_waiting: "The daemon has not answered yet. The act lies ready and is taken when it does.", "后台尚未应答。操作已存放，待其处理。";
    act_failed: "It could not be handed in", "未能提交";
    act_by: "by", "操作人";
    act_needs_script: "Signing needs script in this browser.", "签名需要启用脚本。";
    effect_proposed: "waits for a second person", "等待第二人";

    // Certificate
    certificate_title: "Settlement certificate", "指数保险结算证书";
    certificate_lead: "What was determined for this policy, and how anybody can check it.", "本保单的结算结果，以及任何人均可核验的方法。";
    certificate_open: "This is not final: it may still change, and nothing is owed by it yet.", "此结果尚未终定：仍可能变更，暂不产生应付金额。";
    certificate_superseded: "A later determination took the place of this one.", "此结果已被之后的结果取代。";
    readings_summary: "Readings", "读数";
    checkpoint: "Checkpoint", "检查点";
    root: "Root", "根哈希";
    leaf_hash: "Leaf hash of the entry", "条目叶哈希";
    log_origin: "Log", "日志";
    scan_check: "Scan to open the check page; choose the proof file there.", "扫码打开核验页面，并在其中选择证明文件。";
    scan_hash: "The code holds the entry's leaf hash and the root of the checkpoint.", "二维码包含条目叶哈希与检查点根哈希。";
    print: "Print", "打印";
    issued: "Issued", "出具时间";
    certificate_note: "This certificate states what the ledger holds. The proof file shows that the ledger holds it; the public key of the log comes to you by another way.", "本证书陈述账本内容。证明文件可证明账本确有该内容；日志公钥应通过其他途径获得。";

    // Check
    check_title: "Check a proof", "核验证明";
    check_lead: "Choose a proof bundle. It is checked in this page and is sent nowhere.", "请选择证明文件。核验在本页面内完成，文件不会发送到任何地方。";
    check_file: "Proof bundle (JSON)", "证明文件（JSON）";
    check_drop: "or drop it here", "或拖放到此处";
    check_key: "Public key of the log", "日志公钥";
    check_key_hint: "Paste the line that you were given by another way than this page: NAME+NUMBER+BASE64.", "请粘贴您通过本页面以外的途径获得的一行：名称+编号+BASE64。";
    check_suggested: "This server says that its key is:", "本服务器声称其公钥为：";
    check_use: "Use this one", "使用此公钥";
    check_suggested_warn: "You then trust this server that it is the right one.", "使用即表示您信任本服务器所给出的公钥。";
    check_go: "Check", "核验";
    check_good: "The log holds this determination", "日志确有该结果";
    check_bad: "This proves nothing", "不能证明任何内容";
    check_needs_script: "Checking needs script in this browser. Without it: fairgauge verify bundle.json --key KEY", "核验需要启用脚本。否则请使用：fairgauge verify bundle.json --key KEY";
    check_no_crypto: "This browser has no Ed25519 or no SHA-256 here (it needs a recent browser, and https or this machine). Use: fairgauge verify bundle.json --key KEY", "此浏览器在此无法使用 Ed25519 或 SHA-256（需要较新的浏览器，并使用 https 或本机访问）。请使用：fairgauge verify bundle.json --key KEY";
    check_step_key: "The key is well formed, and its number is that of its name and bytes", "公钥格式正确，编号与名称及字节相符";
    check_step_note: "The checkpoint is signed with this key", "检查点由该公钥对应的私钥签名";
    check_step_entries: "Each entry is canonical, and its hash leads to the signed root", "每个条目均为规范格式，其哈希可推至已签名的根";
    check_step_terms: "The term sheet is the one that determination and policy name", "条款与结果及保单所指一致";
    check_step_rows: "The readings are those that were hashed", "读数与已哈希的内容一致";
    check_step_rest: "All entries of readings that it rests on are there", "其所依据的读数条目均齐全";
    check_not: "What this page does not check", "本页面未核验的内容";
    check_not_compute: "The computation: that the amount follows from readings and terms. The command fairgauge verify bundle.json --key KEY computes it again.", "计算过程：金额是否由读数与条款得出。可用 fairgauge verify bundle.json --key KEY 重新计算。";
    check_not_newest: "That it is the newest: a later entry may have taken its place.", "是否为最新结果：之后的条目可能已将其取代。";
    check_not_true: "That the readings are true: they are what the source told.", "读数本身是否真实：它们是来源所提供的内容。";
    check_not_heard: "Up to when a feed had told everything: that stands in no entry.", "数据源已通报至何时：该信息不在条目之中。";
    check_says: "What it says", "证明内容";
    check_size: "Log of {0} entries", "日志共 {0} 个条目";
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The places of a text, in order.
    fn places(text: &str) -> Vec<&str> {
        let mut places: Vec<_> = text.split('{').skip(1).filter_map(|part| part.split('}').next()).collect();
        places.sort_unstable();
        places.dedup();
        places
    }

    #[test]
    fn both_languages_say_everything_with_the_same_places() {
        let is_chinese = |text: &str| text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c));
        for (name, english, chinese) in PAIRS {
            assert!(!english.is_empty() && !is_chinese(english), "{name}: {english}");
            assert!(is_chinese(chinese), "{name}: {chinese}");
            assert_eq!(places(english), places(chinese), "{name}");
        }
        assert!(PAIRS.len() > 190, "{}", PAIRS.len());
    }

    #[test]
    fn places_are_filled() {
        for (text, values, filled) in [
            ("{0} of {1}", &["1", "2"][..], "1 of 2"),
            ("{1} {0}", &["a", "b"], "b a"),
            ("{0}", &["{1}", "x"], "{1}"),
            ("none", &["1"], "none"),
            ("{0} {7}", &["1"], "1 "),
        ] {
            assert_eq!(fill(text, values), filled);
        }
    }
}
