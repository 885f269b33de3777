#!/usr/bin/env python3
"""A second evaluator of term sheets, written from docs/term-sheets.md and sharing no code with the program.

    python3 evaluator.py PRODUCT.toml SERIES.csv [--cover ID] [--from DATE] [--to DATE] [--sum-insured X] [--units X] [--given NAME=VALUE]

prints what each period comes to. `evaluate` is the same call for other programs. It evaluates well-formed products;
what the reading of a term sheet has to refuse is not its business.
"""
import argparse
import json
import tomllib
from datetime import date
from pathlib import Path

from cover import days, settle
from days import DayRule, periods
from index import World
from payout import Insured
from quantities import F, in_unit, money, shown
from series import read_series


def fill(x, terms):
    """Puts the policy's terms where the product names them."""
    if isinstance(x, dict):
        return {k: fill(v, terms) for k, v in x.items()}
    if isinstance(x, list):
        return [fill(v, terms) for v in x]
    if isinstance(x, str) and "{" in x:
        for k, v in terms.items():
            x = x.replace("{" + k + "}", v)
    return x


def gates_apart(cover):
    """TOML has `gate = "all"` and [[cover.gate]] under different keys only where one of them is absent."""
    cover = dict(cover)
    if isinstance(cover.get("gate"), list):
        cover["gate_list"] = cover.pop("gate")
    if "gates" in cover:
        cover["gate_rule"] = cover.pop("gates")
    return cover


def evaluate(product_text, series, given=None, cover=None, first=None, last=None, sum_insured=None, units=None, paid_before=None):
    """What each period of a product's covers (or of one) comes to, in order: a list of dicts.

    `series` is a text for all feeds, or {feed: text} or {feed/station: text}.
    """
    product = tomllib.loads(product_text)
    stations = {k: "series" for k, kind in product.get("policy", {}).items() if kind == "station"}
    product = fill(product, stations | (given or {}))
    rule = DayRule(product["product"]["day"]["zone"], product["product"]["day"].get("starts", "00:00"))
    feeds = feeds_of(series)
    days_told = [t if isinstance(t, date) else rule.of(t) for feed in feeds.values() for t in feed.times]
    told = (min(days_told), max(days_told))
    first, last = first or told[0], last or told[1]
    insured, out = Insured(product, sum_insured, units), []
    paid_by_policy = in_unit(paid_before, insured.currency) if paid_before else F(0)
    covers = {one["id"]: gates_apart(one) for one in product["cover"]}

    def settled(one, period, paid):
        waiting = first + days(one["waiting"]) if "waiting" in one else None
        world = World(product["data"], feeds, rule, waiting, one["window"])
        other = settled(covers[one["less"]], period, F(0)).amount if "less" in one else None
        return settle(product, one, world, period, insured, paid, paid, other)

    for one in covers.values():
        if cover and one["id"] != cover:
            continue
        for period in periods(one["window"], first, last):
            if period[0] > told[1] or period[1] < told[0]:
                continue
            result = settled(one, period, paid_by_policy)
            row = {
                "cover": one["id"], "period": [period[0].isoformat(), period[1].isoformat()], "index": told_index(result.index),
                "outcome": result.outcome, "reason": result.reason, "amount": money(result.amount, insured.currency),
            }
            out.append(row | ({"or_index": [told_index(x) for x in result.or_index]} if result.or_index else {}))
    return out


def told_index(index):
    return index and {"value": shown(index[0]), "unit": index[1]}


def feeds_of(series):
    """The readings of each feed; of one text, the same for every feed."""
    if isinstance(series, str):
        return EveryFeed(read_series(series))
    feeds = {}
    for name, text in series.items():
        feed, _, station = name.partition("/")
        readings = read_series(text)
        if station:
            (readings.table,) = [{station: own} for own in readings.table.values()]
        if feed in feeds:
            feeds[feed].join(readings)
        else:
            feeds[feed] = readings
    return feeds


class EveryFeed(dict):
    """One file takes the place of every feed."""

    def __init__(self, readings):
        super().__init__(all=readings)
        self.readings = readings

    def get(self, _name, _default=None):
        return self.readings


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("product", type=Path)
    parser.add_argument("series", type=Path)
    for flag in ("--cover", "--sum-insured", "--units"):
        parser.add_argument(flag)
    parser.add_argument("--from", dest="first", type=date.fromisoformat)
    parser.add_argument("--to", dest="last", type=date.fromisoformat)
    parser.add_argument("--given", action="append", default=[])
    a = parser.parse_args()
    given = dict(pair.split("=", 1) for pair in a.given)
    for row in evaluate(a.product.read_text(), a.series.read_text(), given, a.cover, a.first, a.last, a.sum_insured, a.units):
        print(json.dumps(row, ensure_ascii=False))


if __name__ == "__main__":
    main()
