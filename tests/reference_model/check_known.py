#!/usr/bin/env python3
"""Holds the evaluator against results that are known: the five recorded seasons, and the exact reference indices.

    python3 check_known.py [SHARED]

SHARED is the folder that holds `reference/` (default: ../../../shared seen from here); without it only the seasons run.
"""
import csv
import gzip
import json
import sys
import tomllib
from datetime import date, timedelta
from pathlib import Path

import seasons
from cover import settle
from days import DayRule, Span, periods
from evaluator import fill, gates_apart
from flow import Undetermined
from index import Pipeline, World, under_fallback
from payout import Insured
from quantities import F, money, shown
from series import Readings

HERE = Path(__file__).parent
FIXTURES = HERE.parent.parent / "fixtures"
SEASONS = ["new-york-2013", "hyderabad-2002", "la-haute-borne-2014", "golden-2016"]


# ---------------------------------------------------------------- seasons

def feed_readings(folder, table):
    feed, readings = seasons.Feed(folder, table), Readings()
    readings.units = feed.unit
    for (station, variable), known in feed.readings.items():
        for at, x in known.items():
            readings.add(station, variable, int(at.timestamp()), x)
    return readings


def settled(product, row, feeds):
    """Every period of a policy in the order in which they end, limits eroding."""
    terms = {k: row[k] for k in product.get("policy", {})}
    product = fill(product, terms)
    rule = DayRule(product["product"]["day"]["zone"], product["product"]["day"].get("starts", "00:00"))
    insured, world = Insured(product, row.get("sum_insured"), row.get("units")), World(product["data"], feeds, rule)
    first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"])
    jobs = [(p[1], i, c, p) for i, c in enumerate(map(gates_apart, product["cover"])) for p in periods(c["window"], first, last)]
    by_cover, by_policy = {}, F(0)
    for _, _, cover, period in sorted(jobs, key=lambda j: j[:2]):
        result = settle(product, cover, world, period, insured, by_cover.get(cover["id"], F(0)), by_policy)
        by_cover[cover["id"]] = by_cover.get(cover["id"], F(0)) + result.amount
        by_policy += result.amount
        index = result.index and {"value": shown(result.index[0]), "unit": result.index[1]}
        yield cover["id"], rule.begin(period[0]), (result.outcome, index, money(result.amount, insured.currency))


def season(name):
    folder = FIXTURES / name
    settings = tomllib.loads((folder / "fairgauge.toml").read_text())
    feeds = {feed: feed_readings(folder, table) for feed, table in settings["feed"].items()}
    products = {}
    for path in (folder / "products").glob("*.toml"):
        p = tomllib.loads(path.read_text())
        products[f"{p['product']['id']}@{p['product']['version']}"] = p
    expected = {}
    for e in json.loads((folder / "expected.json").read_text()):
        begin = int(seasons.datetime.fromisoformat(e["period"]["start"].replace("Z", "+00:00")).timestamp())
        expected[e["policy"], e["cover"], begin] = (e["outcome"], e["index"], e["amount"])
    wrong = count = 0
    lines = [line for line in (folder / "book.csv").read_text().splitlines() if line.strip() and not line.startswith("#")]
    for row in csv.DictReader(lines):
        for cover, begin, got in settled(products[row["product"]], row, feeds):
            count += 1
            if got != expected.pop((row["policy"], cover, begin)):
                wrong += 1
                print("DIFFERS", name, row["policy"], cover, got)
    wrong += len(expected)
    print(f"{name}: {count} determinations, {wrong} differ")
    return wrong


# ---------------------------------------------------------------- reference indices

RAIN, TMIN, TMAX = ({"read": v, "every": "1 d"} for v in ("precipitation", "air_temperature_min", "air_temperature_max"))
MEAN = {"combine": "mean", "of": [[TMIN], [TMAX]], "round": "0.01 degC", "mode": "half_up"}
YEARS, SEASON = ("01-01", "12-31"), ("04-01", "10-31")
HOURLY_MAX = [{"read": "air_temperature", "every": "1 h"}, {"per": "day", "take": "max", "need": "0 %"}]
HOURLY_RAIN, WIND = [{"read": "precipitation", "every": "1 h"}], [{"read": "wind_speed", "every": "1 h"}]


def met(text, *how):
    return [{"meets": text}, {"reduce": how[0] if how else "count"}]


def degree_days(word, base):
    return [MEAN, {word: base}, {"reduce": "sum"}]


def clipped(variable):
    return [variable, {"cap": "30 degC"}, {"floor": "10 degC"}]


# case -> {name of the expected series: (window or None for months, index)}
CASES = {
    "p01": {"by_year": (YEARS, [RAIN, {"reduce": "sum"}])},
    "p02": {
        "window": (("04-01", "09-30"), [RAIN, {"reduce": "sum"}]), "sowing": (("04-01", "05-15"), [RAIN, {"reduce": "sum"}]),
        "vegetative": (("05-16", "07-15"), [RAIN, {"reduce": "sum"}]), "ripening": (("07-16", "09-30"), [RAIN, {"reduce": "sum"}]),
    },
    "p03": {"dry_days": (YEARS, [RAIN] + met("< 1 mm")), "wet_days": (YEARS, [RAIN] + met(">= 1 mm"))},
    "p04": {"by_year": (YEARS, [RAIN] + met("< 1 mm", "longest_run"))},
    "p05": {"by_year": (YEARS, [RAIN] + met(">= 1 mm", "longest_run"))},
    "p06": {
        "rx1day": (YEARS, [RAIN, {"reduce": "max"}]),
        "rx5day": (YEARS, [RAIN, {"rolling": "5 d", "take": "sum", "reach_before": True}, {"reduce": "max"}]),
    },
    "p07": {"r10mm": (YEARS, [RAIN] + met(">= 10 mm")), "r20mm": (YEARS, [RAIN] + met(">= 20 mm"))},
    "p08": {"by_year": (YEARS, degree_days("excess_over", "10 degC"))},
    "p09": {"hdd": (YEARS, degree_days("shortfall_below", "18 degC")), "cdd": (YEARS, degree_days("excess_over", "18 degC"))},
    "p10": {"frost_days": (YEARS, [TMIN] + met("< 0 degC")), "ice_days": (YEARS, [TMAX] + met("< 0 degC"))},
    "p11": {
        "hot_days": (YEARS, HOURLY_MAX + met("> 35 degC")),
        "heat_degree_days": (YEARS, HOURLY_MAX + [{"excess_over": "35 degC"}, {"reduce": "sum"}]),
    },
    "p12": {
        "max_length": (YEARS, HOURLY_MAX + [{"in_runs": "> 35 degC", "at_least": "3 d"}, {"reduce": "longest_run"}]),
        "spells": (YEARS, HOURLY_MAX + [{"in_runs": "> 35 degC", "at_least": "3 d"}, {"reduce": "runs"}]),
        "total_days": (YEARS, HOURLY_MAX + [{"in_runs": "> 35 degC", "at_least": "3 d"}, {"reduce": "run_length"}]),
    },
    "p14": {"ratio_2015_2019": (None, [RAIN, {"reduce": "sum"}, {"compare": "percent_of_mean", "baseline": {"from": 1981, "to": 2010, "need": 30}, "round": "0.0000000001 %", "mode": "half_up"}])},
    "p18": {"low_hours": (None, WIND + met("< 1 m/s")), "longest_run_h": (None, WIND + met("< 1 m/s", "longest_run"))},
    "p19": {
        "simple": (SEASON, degree_days("excess_over", "10 degC")),
        "capped_mean": (SEASON, [MEAN, {"cap": "30 degC"}, {"excess_over": "10 degC"}, {"reduce": "sum"}]),
        "modified": (SEASON, [{"combine": "mean", "of": [clipped(TMIN), clipped(TMAX)], "round": "0.01 degC", "mode": "half_up"}, {"excess_over": "10 degC"}, {"reduce": "sum"}]),
    },
    "p24": {
        "sum_present": (None, HOURLY_RAIN + [{"reduce": "sum"}]), "strict": (None, HOURLY_RAIN + [{"reduce": "sum"}]),
        "ninety_percent": (None, HOURLY_RAIN + [{"reduce": "sum"}]),
    },
}
AT_MOST = {"strict": "0 %", "ninety_percent": "10 %"}
COLUMNS = {
    "prcp_mm": "precipitation", "rain_mm": "precipitation", "tmin_c": "air_temperature_min", "tmax_c": "air_temperature_max",
    "temp_c": "air_temperature", "wind_ms": "wind_speed",
}


def reference_readings(path, wanted):
    opened = gzip.open(path, "rt") if path.suffix == ".gz" else open(path)
    readings = Readings()
    with opened as f:
        for row in csv.DictReader(f):
            at = date.fromisoformat(row["date"]) if "date" in row else int(seasons.datetime.fromisoformat(row["time_local"] + "+08:00").timestamp())
            for column in wanted:
                if row[column]:
                    x = F(row[column])
                    readings.add("x", COLUMNS[column], at, F(0) if column == "prcp_mm" and x < 0 else x)
    readings.units = {v: {"precipitation": "mm", "wind_speed": "m/s"}.get(v, "degC") for v in COLUMNS.values()}
    return readings


def reference_span(rule, key, window):
    if window is None:
        year, month = map(int, key.split("-"))
        following = date(year + month // 12, month % 12 + 1, 1)
        return Span(rule, date(year, month, 1), following - timedelta(days=1))
    year = int(key)
    return Span(rule, *(date(year, int(text[:2]), int(text[3:])) for text in window))


def reference(case, shared):
    told = json.loads(next((shared / "reference/indices").glob(case + "_*")).read_text())
    data = told["data"][0]
    readings = reference_readings(shared.parent / data["file"], [c for c in data["columns"] if c in COLUMNS])
    rule = DayRule("+08:00" if "time_local" in data["columns"] else "UTC")
    wrong = count = 0
    for series in told["expected"]:
        if series["name"] not in CASES[case]:
            continue
        window, index = CASES[case][series["name"]]
        missing = {"at_most": AT_MOST.get(series["name"], "100 %"), "longest": "9000 h"}
        world = World({"sources": ["f/x"], "missing": missing}, {"f": readings}, rule, window={"each": "month"} if window is None else "cover")
        for key, expected in series["values"]:
            count += 1
            try:
                span = reference_span(rule, str(key), window)
                got = float(under_fallback(world, index, lambda choice: Pipeline(world, span, choice).number(index, span)[0]))
            except Undetermined:
                got = None
            if case == "p14":
                got /= 100
            limit = told["tolerance"]
            if (got is None) != (expected is None) or (got is not None and abs(got - expected) > limit["abs"] + limit["rel"] * abs(expected)):
                wrong += 1
                if wrong < 4:
                    print("DIFFERS", case, series["name"], key, got, expected)
    print(f"{case}: {count} values, {wrong} differ")
    return wrong


def quantiles(shared):
    """p16: the totals of thirty years under thirteen definitions."""
    from reduce import quantile
    told = json.loads(next((shared / "reference/indices").glob("p16_*")).read_text())
    years = {year: F(str(x)) for year, x in json.loads(next((shared / "reference/indices").glob("p01_*")).read_text())["expected"][0]["values"]}
    totals, wrong, count = [years[str(y)] for y in range(1981, 2011)], 0, 0
    for series in told["expected"]:
        if series["name"] in ("yearly_totals",):
            continue
        for q, expected in series["values"]:
            count += 1
            got = float(quantile(totals, F(str(q)), series["name"]))
            if abs(got - expected) > 1e-6 + 1e-9 * abs(expected):
                wrong += 1
                print("DIFFERS p16", series["name"], q, got, expected)
    print(f"p16: {count} values, {wrong} differ")
    return wrong


def main():
    shared = Path(sys.argv[1]) if len(sys.argv) > 1 else HERE.parents[2] / "shared"
    wrong = sum(season(name) for name in SEASONS)
    if (shared / "reference").is_dir():
        wrong += sum(reference(case, shared) for case in CASES) + quantiles(shared)
    sys.exit(1 if wrong else 0)


if __name__ == "__main__":
    main()
