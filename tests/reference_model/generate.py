#!/usr/bin/env python3
"""Random term sheets with random series and what they come to, one JSON object a line.

    python3 generate.py --seed 1 --count 1000 --out cases.jsonl

The same seed gives the same cases. See README.md.
"""
import argparse
import gzip
import json
import random
import sys
from datetime import date

from days import MONTHS, ONE, Span, periods
from cover import narrowed
from evaluator import evaluate, fill
from flow import Undetermined
from payout import Insured, fits
from quantities import F
from random_cover import by_policy, events_rule, gate, limb, months_apart, payout, swap
from random_index import Maker
from random_series import Scene, Unlucky, csv_text, month_day
from toml_text import product_text


def scene_and_window(rng, stations, currency):
    """Days and step, a window in them, and the span in which indices are drawn: the window's first period."""
    step = rng.choice([None, None, None, 3600, 1800, 21600])
    clock_changes = step in (None, 3600) and rng.random() < 0.1
    length = rng.choice([rng.randint(5, 20), rng.randint(5, 20), rng.randint(20, 60)]) if step is None else {1800: 1, 3600: rng.randint(1, 3), 21600: rng.randint(3, 10)}[step]
    scene = Scene(rng, step, clock_changes, length, stations, currency)
    scene.clock_changes = clock_changes
    window = "cover"
    choice = rng.random()
    if step is None and choice < 0.12:
        each = rng.choice(["month", "dekad"])
        scene.first = scene.first.replace(day=1)
        scene.last = (scene.first + 35 * ONE).replace(day=1) - ONE if each == "dekad" or rng.random() < 0.5 else (scene.first + 65 * ONE).replace(day=1) - ONE
        window = {"each": each}
    elif choice < 0.3 and length > 4 and scene.first.month < 10:
        a, b = scene.first + ONE * rng.randint(0, 2), scene.last - ONE * rng.randint(0, 2)
        window = {"from": month_day(a), "to": month_day(b)}
    scene.told_from, scene.told_to = scene.first, scene.last
    if step is None and scene.first.month < 10 and scene.first.day < 29 and window != "cover" and rng.random() < 0.5:
        years(rng, scene, window)
    elif rng.random() < 0.3 and step != 21600:
        scene.told_from = scene.first - rng.randint(5, 8) * ONE
    return scene, window


def years(rng, scene, window):
    """The same days of some years before, so that a number can be compared with them."""
    count = rng.randint(2, 5)
    back = [scene.first.year - k for k in range(count, -1, -1)]
    days = (scene.last - scene.first).days + 3      # 29 February may come between
    scene.years = [(date(y, scene.first.month, scene.first.day), date(y, scene.first.month, scene.first.day) + days * ONE) for y in back]
    scene.years[-1] = (scene.first, max(scene.last, scene.years[-1][1]))


def data_rules(rng, several):
    missing = {"at_most": f"{rng.choice([0, 5, 10, 20, 25, 50, 100, 100])} %", "longest": rng.choice(["0 h", "1 h", "6 h", "1 d", "2 d", "3 d", "60 d", "60 d"])}
    if several == 3:
        return {"sources": ["gauge/{a}", "gauge/{b}", "gauge/{c}"], "fallback": "consensus", "quorum": rng.choice([2, 2, 3]), "missing": missing}
    if several == 2:
        return {"sources": ["gauge/{a}", "gauge/{b}"], "fallback": rng.choice(["reading", "window"]), "missing": missing}
    return {"sources": ["gauge/{a}"], "missing": missing}


def filled(data, given):
    data = dict(data)
    data["sources"] = [s.format(**given) for s in data["sources"]]
    return data


def exposure(rng, currency):
    """[exposure], and what the policy gives for it."""
    if rng.random() < 0.75:
        return {"sum_insured": "policy"}, {"sum_insured": f"{rng.choice([100, 100, 997, 12345])} {currency}"}
    table = {"per": "ha", "sum_insured": f"{rng.choice([100, 250])} {currency}"}
    return table, {"units": f"{rng.choice(['1', '12.5', '3'])} ha"}


def sum_by_policy(rng, table, product, given):
    """Has the book say the sum insured of one unit."""
    if "per" in table and rng.random() < 0.3:
        product["policy"]["sum_of_one"], given["sum_of_one"] = table["sum_insured"].split(" ")[1], table["sum_insured"]
        table["sum_insured"] = "{sum_of_one}"


def advance(rng, maker, cover, product, currency):
    """A cover before this one, of which what it pays is subtracted."""
    other = {"id": "advance", "window": cover["window"]} | limb(rng, maker, currency, "per" in product["exposure"])
    product["cover"].insert(0, other)
    cover["less"] = "advance"


def one_case(rng):
    currency = rng.choice(["CNY", "USD", "JPY", "EUR"])
    several = rng.choice([1] * 7 + [2, 2, 3])
    members = several == 1 and rng.random() < 0.1
    stations = ["A", "B", "C"][:several] if not members else ["A", "B", "C"][:rng.choice([2, 3])]
    scene, window = scene_and_window(rng, stations, currency)
    given = dict(zip("abc", stations[:several]))
    data = data_rules(rng, several)
    table, policy = exposure(rng, currency)
    if rng.random() < 0.1:
        table["factors"] = [rng.choice(["90 %", "33.3 %"])]
        if rng.random() < 0.5:
            table |= {"round_sum": f"{rng.choice(['0.01', '1']) if currency != 'JPY' else '1'} {currency}", "mode": "half_up"}
    members = [f"gauge/{s}" for s in stations] if members else None
    period = periods(window, scene.first, scene.last)[0]
    maker = Maker(rng, scene, filled(data, given), Span(scene.rule, *period), window, currency, members)
    cover = {"id": "it", "window": window}
    dates = {}
    if window == "cover" and len(maker.span.dates()) > 3 and rng.random() < 0.15:
        cover["window"], dates = anchored(rng, maker)
        maker.window = cover["window"]
        maker.span = anchored_span(cover["window"], dates, maker, period)
    given |= dates
    product = {
        "product": {"id": "random", "version": 1, "name": "Random", "currency": currency, "day": {"zone": scene.day[0], "starts": scene.day[1]}},
        "exposure": table, "policy": {k: "date" if k in dates else "station" for k in given}, "data": data,
        "settlement": {"lag": "1 d", "longest_wait": "2 d", "rounding": rng.choice(["half_up", "half_even", "down", "up"])},
        "limit": {"aggregate": rng.choice(["100 %", "100 %", "60 %"])},
        "cover": [cover],
    }
    fill_cover(rng, maker, cover, product, currency)
    sum_by_policy(rng, table, product, given)
    if "swap" not in cover.get("payout", {}):
        if rng.random() < 0.06:
            advance(rng, maker, cover, product, currency)
        months_apart(rng, cover, MONTHS)
        by_policy(rng, cover, product, given)
    insured = Insured(fill(product, given), policy.get("sum_insured"), policy.get("units"))
    limbs = [one for c in product["cover"] for one in c.get("limb", [c])]
    if not all(fits(fill(one["payout"], given), insured) for one in limbs):
        raise Unlucky
    if "limit" in product:
        if rng.random() < 0.1:
            policy["paid_before"] = f"{rng.choice([0, 30, 55, 99])} {currency}"
        if rng.random() < 0.1:
            product["limit"]["reinstatements"] = 1
    return product, scene, given, policy


def anchored(rng, maker):
    """A window around a date of the policy, or around a day that is searched, and what the policy gives for it."""
    days = maker.span.dates()
    at = rng.randrange(len(days))
    before, after = rng.randint(-3, 2), rng.randint(2, 9)
    last = len(days) - 1 - max(0, before)       # from there on the window would begin behind the cover period
    if rng.random() < 0.5 or days[0].year != days[-1].year or maker.members:
        day = days[min(at, last)]
        return {"anchor": "{opening_day}", "from": f"{before} d", "to": f"{after} d"}, {"opening_day": day.isoformat()}
    a = rng.randint(0, last)
    search = (days[a], days[rng.randint(a, last)])
    whole, maker.span = maker.span, Span(maker.scene.rule, *search)
    branch = [maker.read(rng.choice(["precipitation", "air_temperature"]))]
    if maker.scene.step and rng.random() < 0.5 and not maker.scene.clock_changes:
        branch.append({"per": "day", "take": "max", "need": "50 %"})
    branch.append({"meets": maker.comparison(maker.flow(branch))})
    maker.span = whole
    fallback = month_day(search[rng.randrange(2)])
    window = {"anchor": branch, "search": {"from": month_day(search[0]), "to": month_day(search[1])}}
    return window | {"from": f"{before} d", "to": f"{after} d", "fallback": fallback}, {}


def anchored_span(window, dates, maker, period):
    try:
        return narrowed(fill({"window": window}, dates), maker.pipeline().world, period)
    except Undetermined:
        return maker.span


def fill_cover(rng, maker, cover, product, currency):
    kind = rng.random()
    if kind < 0.12 and maker.data.get("fallback") is None and not maker.members:
        cover["index"] = maker.events()
        x, unit = event_near(rng, maker, cover["index"])
        if unit is None:
            cover["index"] = [maker.read("precipitation"), {"per": "value"}]
            x, unit = event_near(rng, maker, cover["index"])
            unit = unit or "mm"
        cover["payout"] = payout(rng, x, unit, currency, dated=True, units="per" in product["exposure"])
        cover["events"] = events_rule(rng)
    elif kind < 0.27:
        cover["combine"] = rng.choice(["best", "sum", "first"])
        cover["limb"] = [{"id": f"limb-{i}", **limb(rng, maker, currency, "per" in product["exposure"])} for i in range(1, rng.randint(2, 3) + 1)]
        if cover["combine"] == "sum":
            cover["limit"] = {"period": rng.choice(["100 %", "50 %"])}
    else:
        cover |= limb(rng, maker, currency, "per" in product["exposure"])
        if rng.random() < 0.06:
            cover["payout"] = swap(rng, maker.number(cover["index"]), maker.unit_of(cover["index"]), currency)
            del product["limit"]
            return
    if rng.random() < 0.1:
        gates = [gate(rng, maker, i) for i in range(1, rng.randint(1, 2) + 1)]
        cover["gate"] = gates
        if len(gates) > 1:
            cover["gates"] = rng.choice(["all", "any"])
    if rng.random() < 0.1:
        limit = cover.get("limit", {}) | {rng.choice(["period", "cover"]): rng.choice(["40 %", "80 %"])}
        if "cover" in limit and limit.get("period") in ("50 %", "100 %"):
            limit["period"] = "40 %"
        cover["limit"] = limit
    if rng.random() < 0.06 and "compare" not in json.dumps(cover) and len(maker.span.dates()) > 3:
        cover["waiting"] = f"{rng.randint(1, 3)} d"


def event_near(rng, maker, index):
    """The number of one of the events, and its unit; none where there is no event."""
    try:
        events = maker.pipeline().events(index, maker.span)
    except Undetermined:
        events = []
    return (rng.choice(events).value, events[0].unit) if events else (F(3), None)


def variant(rng, rows, can_split):
    """The same readings told otherwise: rows in another order, a column more, zeros behind the digits, a file for each
    station. What comes out must be the same."""
    header, rest = rows[0], [list(row) for row in rows[1:]]
    several = "station" in header
    how = rng.choice(["order", "column", "digits"] + ["split"] * 3 * (several and can_split))
    if how == "split":
        stations = dict.fromkeys(row[1] for row in rest)
        own = {s: [header[:1] + header[2:]] + [row[:1] + row[2:] for row in rest if row[1] == s] for s in stations}
        return how, {f"gauge/{station}": csv_text(rows) for station, rows in own.items()}
    if how == "order":
        rng.shuffle(rest)
    elif how == "column":
        header = header + ["dew_point[degC]"]
        rest = [row + [str(rng.randint(0, 9))] for row in rest]
    else:
        first = 2 if several else 1
        rest = [row[:first] + [(x + ("0" if "." in x else ".0")) if x else x for x in row[first:]] for row in rest]
    return how, csv_text([header] + rest)


def cases(seed, count):
    made = drawn = 0
    while made < count:
        rng, drawn = random.Random(f"{seed}/{drawn}"), drawn + 1
        try:
            product, scene, given, policy = one_case(rng)
        except Unlucky:
            continue
        text, rows = product_text(product), scene.rows()
        expected = evaluate(text, csv_text(rows), given, None, scene.first, scene.last, policy.get("sum_insured"), policy.get("units"), policy.get("paid_before"))
        case = {
            "id": f"{seed}/{drawn - 1}", "product": text, "series": csv_text(rows), "given": given,
            "from": scene.first.isoformat(), "to": scene.last.isoformat(), **policy, "expected": expected,
        }
        yield case
        made += 1
        if made < count and rng.random() < 0.1:
            how, other = variant(rng, rows, 'from = ["gauge' not in text)
            yield case | {"id": f"{case['id']}/{how}", "series": other}
            made += 1


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", default="1")
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--out", default="-")
    a = parser.parse_args()
    if a.out.endswith(".gz"):
        out = gzip.GzipFile(a.out, "wb", mtime=0)
    else:
        out = sys.stdout.buffer if a.out == "-" else open(a.out, "wb")
    for case in cases(a.seed, a.count):
        out.write((json.dumps(case, ensure_ascii=False, separators=(",", ":")) + "\n").encode())
    out.close()


if __name__ == "__main__":
    main()
