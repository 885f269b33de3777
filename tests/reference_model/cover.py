"""A cover over one period: indices, events, limbs, gates, limits, for the reference model."""
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from days import Span, in_year
from flow import Undetermined
from index import Pipeline, check_missing, under_fallback
from reduce import sooner
from payout import Told, due, most
from quantities import F, comparison, in_unit, minor_unit, rounded, seconds


@dataclass
class Result:
    """What one period of a cover comes to; `index` is (number, unit) or None; `or_index` what it may be as well."""
    outcome: str
    reason: str
    index: Any
    amount: F
    or_index: Any = ()


@dataclass
class Payable:
    """What a limb or the events of a cover would pay, before limits."""
    due: F
    index: Any
    reason: str
    or_index: Any = ()


def days(text):
    """A duration in whole days."""
    return timedelta(seconds=seconds(text))


# ---------------------------------------------------------------- windows

def narrowed(cover, world, period):
    """The span whose slots count: that of the period, of an anchored window the days around its anchor inside it."""
    window = cover["window"]
    span = Span(world.rule, *period)
    if not isinstance(window, dict) or "anchor" not in window:
        return span
    anchor = window["anchor"]
    day = searched(cover, world, period) if isinstance(anchor, list) else in_full(anchor)
    first, last = day + signed_days(window["from"]), day + signed_days(window["to"])
    return Span(world.rule, max(first, period[0]), min(last, period[1]))


def in_full(text):
    from datetime import date
    return date.fromisoformat(text)


def signed_days(text):
    x = in_unit(text, "d")
    assert x.denominator == 1
    return timedelta(days=int(x))


def searched(cover, world, period):
    """The insured day of the first slot in the search that meets the branch's comparison, else the fallback day."""
    window = cover["window"]
    turn = next(t for t in (turn_of(window["search"], period[0].year + k) for k in (0, 1)) if period[0] <= t[0] and t[1] <= period[1])
    branch = window["anchor"]

    def anchor(choice):
        flow = Pipeline(world, Span(world.rule, *turn), choice).series(branch, Span(world.rule, *turn))
        hit = next((i for i, x in enumerate(flow.values) if x is True), len(flow.values))
        check_missing(flow.with_values(flow.values[:hit + 1]), world.data["missing"])
        if hit < len(flow.values):
            return flow.days[hit]
        return in_year(window["fallback"], turn[0].year)
    try:
        return under_fallback(world, branch, anchor)
    except Undetermined:
        raise Undetermined("anchor_unknown") from None


def turn_of(search, year):
    return in_year(search["from"], year), in_year(search["to"], year + (search["to"] < search["from"]))


# ---------------------------------------------------------------- one index

def limb_pays(limb, world, span, insured):
    def compute(choice):
        return Pipeline(world, span, choice).number(limb["index"], span)
    try:
        x, unit = under_fallback(world, limb["index"], compute)
    except Undetermined as error:
        if error.args[0] != "nothing_qualifies":
            raise
        return Payable(F(0), None, "nothing_qualifies")
    amount, reason = due(limb["payout"], Told(x, unit, span.first), insured, span.first)
    return Payable(amount, (x, unit), reason)


# Why nothing is left of what an event would pay by its shape.
TAKEN = ("outside_dates", "below_deductible", "below_franchise")


def events_pay(cover, world, span, insured):
    def compute(choice):
        return Pipeline(world, span, choice).events(cover["index"], span)
    events = under_fallback(world, cover["index"], compute)
    if not events:
        return Payable(F(0), None, "no_event")
    rule, p = cover["events"], cover["payout"]
    left = insured.amount(rule["limit"]) if "limit" in rule else None
    at_most, skip = int(rule.get("at_most", len(events))), int(rule.get("skip", 0))
    spacing = seconds(rule["spacing"]) if "spacing" in rule else None
    total, paid, last, would, taken = F(0), [], None, [], []
    for event in events:
        x, why = due(p, Told(event.value, event.unit, event.day, True), insured, span.first)
        would.append((x, event))
        taken += [why] if why in TAKEN else []
        if x <= 0 or (last and spacing and sooner(event, last, spacing, world.rule)) or len(paid) >= at_most:
            continue
        if skip:
            skip -= 1
            continue
        last = event
        paid.append((x, event))
    if rule["pay"] == "largest":
        total = max((x for x, _ in paid), default=F(0))
    else:
        total = min(left, sum((x for x, _ in paid), F(0)))
    values = shown_of(paid or would, p, insured)
    if not paid and any(x > 0 for x, _ in would):       # all were passed over: which of them is shown is open
        values = list(dict.fromkeys(values + [event.value for event in events]))
    unit = events[0].unit
    alternatives = [(value, unit) for value in values[1:]]
    passed_over = not total and any(x > 0 for x, _ in would)
    if total or passed_over:
        reason = "strike_reached" if total else "events_passed_over"
    else:
        reason = taken[0] if taken else "strike_not_reached"
    return Payable(total, (values[0], unit), reason, alternatives)


def shown_of(events, p, insured):
    """The numbers of the event that pays most; of equals the one that is furthest on the side that pays, the first of
    those. Where a table pays on no one side, any of the equals."""
    best = max(x for x, _ in events)
    equals = list(dict.fromkeys(event.value for x, event in events if x == best))
    up = rises(p, insured)
    if up is None:
        return equals
    return [max(equals) if up else min(equals)]


def rises(p, insured):
    """Whether larger numbers pay more; None where that is not so everywhere, nor the other way round."""
    if "when" in p:
        return p["when"].startswith(">")
    if "bands" not in p:
        return None
    pays = [insured.amount(b["pays"]) for b in p["bands"]]
    if min(pays) == max(pays):
        return None
    if pays == sorted(pays):
        return True
    return False if pays == sorted(pays, reverse=True) else None


# ---------------------------------------------------------------- limbs and gates

def cover_most(cover, insured):
    """The most that a period of a cover can pay."""
    limbs = cover.get("limb") or [cover]
    amounts = [most(limb["payout"], insured) for limb in limbs]
    top = sum(amounts, F(0)) if cover.get("combine") == "sum" else max(amounts)
    for limit in cover.get("limit", {}).values():
        top = min(top, insured.amount(limit))
    return top


def limbs_pay(cover, world, span, insured):
    if "limb" not in cover:
        return limb_pays(cover, world, span, insured)
    how, known, lost = cover["combine"], [], None
    for limb in cover["limb"]:
        try:
            known.append(limb_pays(limb, world, span, insured))
        except Undetermined as error:
            lost = lost or error
        if how == "first":
            if lost:
                raise lost
            if known[-1].due > 0:
                return known[-1]
    best = max(known, key=lambda k: k.due) if known else None
    total = sum((k.due for k in known), F(0)) if how == "sum" else best.due if best else F(0)
    if lost and not (best and total >= cover_most(cover, insured)):
        raise lost
    return Payable(total, best.index, best.reason)


def gate_open(cover, world, span):
    """Whether the gates hold; raises where it is not known."""
    gates, open_, lost = cover.get("gate_list", []), [], None
    for gate in gates:
        def compute(choice, gate=gate):
            return Pipeline(world, span, choice).number(gate["index"], span)
        try:
            x, unit = under_fallback(world, gate["index"], compute)
            open_.append(comparison(gate["holds"], unit)(x))
        except Undetermined as error:
            if error.args[0] == "nothing_qualifies":
                open_.append(False)
            else:
                lost = lost or error
    every = cover.get("gate_rule", "all") == "all"
    if every and not all(open_):
        return False
    if not every and any(open_):
        return True
    if lost:
        raise lost
    return all(open_) if every else not gates


# ---------------------------------------------------------------- settling a period

def settle(product, cover, world, period, insured, paid_by_cover, paid_by_policy, paid_by_other=None):
    """One period of a cover; the amounts that its earlier periods and the policy's earlier determinations paid, and
    what the cover that is subtracted paid for the same days."""
    currency = product["product"]["currency"]
    try:
        span = narrowed(cover, world, period)
        if not gate_open(cover, world, span):
            return Result("nothing_due", "gate_closed", *known_index(cover, world, span, insured))
        pays = payable(cover, world, span, insured)
    except Undetermined as error:
        return Result("undetermined", error.args[0], None, F(0))
    amount, cut = limited(pays.due, cover, product, insured, paid_by_cover, paid_by_policy, paid_by_other)
    amount = rounded(amount, minor_unit(currency), product["settlement"]["rounding"])
    reason = pays.reason
    if not amount and pays.due:
        reason = cut or "rounds_to_nothing"
    return Result("pays" if amount else "nothing_due", reason, pays.index, amount, pays.or_index)


def payable(cover, world, span, insured):
    return (events_pay if "events" in cover else limbs_pay)(cover, world, span, insured)


def known_index(cover, world, span, insured):
    """The index of a cover behind a closed gate, if it has one; no money; what the index may be as well."""
    try:
        pays = payable(cover, world, span, insured)
    except Undetermined:
        return None, F(0), ()
    return pays.index, F(0), pays.or_index


def limited(amount, cover, product, insured, paid_by_cover, paid_by_policy, paid_by_other):
    """An amount under the limits of the period, less what another cover paid, of the cover, of the policy; and the
    reason if what cut it last leaves nothing, None where nothing cut it."""
    limit, cut = cover.get("limit", {}), None

    def at_most(most, reason="limit_used_up"):
        nonlocal amount, cut
        if amount > most:
            amount, cut = most, reason
    if "period" in limit:
        at_most(insured.amount(limit["period"]))
    if paid_by_other is not None:
        at_most(max(F(0), amount - paid_by_other), "paid_by_other")
    if "cover" in limit:
        at_most(max(F(0), insured.amount(limit["cover"]) - paid_by_cover))
    if "limit" in product:
        aggregate = insured.amount(product["limit"]["aggregate"])
        whole = aggregate * (1 + int(product["limit"].get("reinstatements", 0)))
        at_most(min(aggregate, max(F(0), whole - paid_by_policy)))
    return amount, cut
