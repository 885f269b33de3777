#!/usr/bin/env python3
"""Second reading of docs/term-sheets.md, in plain Python: evaluates every policy of a season at the end of time.

    python3 tests/reference_model/seasons.py fixtures/<season>            writes fixtures/<season>/expected.json
    python3 tests/reference_model/seasons.py --check fixtures/<season>    compares with it, writes nothing, exit 1 on a difference
    python3 tests/reference_model/seasons.py --table fixtures/<season>    prints the outcomes

It shares no code with the daemon. Numbers are exact fractions; floating point appears in the geometry of storms only.
It evaluates well-formed seasons; what the compiler has to refuse is not its business.
"""
import csv
import json
import math
import sys
import tomllib
from datetime import date, datetime, time, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction as F
from pathlib import Path
from zoneinfo import ZoneInfo

UTC = timezone.utc
MISSING = None      # a slot that should have a value and has none
OUT = "out"         # a slot that in_runs left out: neither value nor missing
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
MINOR = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0}     # the season's currencies have two minor digits
EARTH_KM = 6371.0088

# unit -> (dimension, factor, offset): base = x * factor + offset
UNITS = {
    "mm": ("length", F(1), 0), "cm": ("length", F(10), 0), "inch": ("length", F(254, 10), 0),
    "degC": ("temperature", F(1), 0), "degF": ("temperature", F(5, 9), F(-160, 9)), "K": ("temperature", F(1), F(-27315, 100)),
    "m/s": ("speed", F(1), 0), "km/h": ("speed", F(5, 18), 0), "kt": ("speed", F(1852, 3600), 0), "mph": ("speed", F(44704, 100000), 0),
    "W": ("power", F(1, 1000), 0), "kW": ("power", F(1), 0), "MW": ("power", F(1000), 0),
    "Wh": ("energy", F(1, 1000), 0), "kWh": ("energy", F(1), 0), "MWh": ("energy", F(1000), 0),
    "h": ("time", F(1), 0), "d": ("time", F(24), 0), "min": ("time", F(1, 60), 0),
    "hPa": ("pressure", F(1), 0), "mbar": ("pressure", F(1), 0), "km": ("distance", F(1), 0), "m": ("distance", F(1, 1000), 0),
    "deg": ("angle", F(1), 0), "%": ("share", F(1, 100), 0),
}
OWN = {
    "precipitation": "mm", "air_temperature": "degC", "air_temperature_max": "degC", "air_temperature_min": "degC",
    "air_temperature_mean": "degC", "wind_speed": "m/s", "wind_gust": "m/s", "power": "kW", "energy": "kWh",
    "storm_wind": "kt", "storm_pressure": "hPa", "storm_latitude": "deg", "storm_longitude": "deg",
}


class Undetermined(Exception):
    pass


# ---------------------------------------------------------------- numbers

def half_away(x, step):
    n = x / step
    k = (abs(n) + F(1, 2)).__floor__()
    return (k if n >= 0 else -k) * step


def rounded(x, step, mode):
    n = x / step
    if mode == "half_up":
        return half_away(x, step)
    lo = n.__floor__()
    if mode == "half_even":
        frac = n - lo
        k = lo if frac < F(1, 2) or (frac == F(1, 2) and lo % 2 == 0) else lo + 1
    elif mode == "down":
        k = lo if n >= 0 else n.__ceil__()
    elif mode == "up":
        k = n.__ceil__() if n >= 0 else lo
    else:
        raise ValueError(mode)
    return k * step


def plain(x, places=6):
    """The shortest decimal; what does not end is rounded to six places."""
    d = x.denominator
    while d % 2 == 0:
        d //= 2
    while d % 5 == 0:
        d //= 5
    if d != 1:
        x = half_away(x, F(1, 10 ** places))
    sign, x, digits = ("-" if x < 0 else ""), abs(x), 0
    while (x * 10 ** digits).denominator != 1:
        digits += 1
    s = str(int(x * 10 ** digits)).rjust(digits + 1, "0")
    return sign + (s[:-digits] + "." + s[-digits:] if digits else s)


def money(x, currency):
    digits = MINOR.get(currency, 2)
    n = int(x * 10 ** digits)
    assert n == x * 10 ** digits
    s = str(n).rjust(digits + 1, "0")
    return s[:-digits] + "." + s[-digits:] if digits else s


def quantity(text):
    number, unit = text.split()
    return F(number), unit


def convert(x, a, b, difference=False):
    if a == b:
        return x
    (da, fa, oa), (db, fb, ob) = UNITS[a], UNITS[b]
    if da != db:
        raise ValueError(f"{a} is no {b}")
    if da == "temperature" and difference:
        return x * fa / fb
    return (x * fa + oa - ob) / fb


def in_unit(text, unit, difference=False):
    x, u = quantity(text)
    return convert(x, u, unit, difference)


def span(text):
    """A duration as timedelta."""
    x, u = quantity(text)
    return timedelta(seconds=float(convert(x, u, "h") * 3600))


def hours(td):
    return F(td // timedelta(seconds=1), 3600)


def comparison(text):
    op, rest = text.split(None, 1)
    test = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}[op]
    return test, rest


# ---------------------------------------------------------------- time

def zone(name):
    if name[0] in "+-":
        h, m = name[1:].split(":")
        return timezone((-1 if name[0] == "-" else 1) * timedelta(hours=int(h), minutes=int(m)))
    return UTC if name == "UTC" else ZoneInfo(name)


class Days:
    """The insured day of a product, or a feed's day."""

    def __init__(self, table):
        self.zone = zone(table["zone"])
        h, m = table.get("starts", "00:00").split(":")
        self.starts = time(int(h), int(m))

    def start(self, day):
        return datetime.combine(day, self.starts, self.zone).astimezone(UTC)

    def bounds(self, first, last):
        """Day starts from first to the day after last."""
        n = (last - first).days + 1
        return [self.start(first + timedelta(days=i)) for i in range(n + 1)]


def stamp(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---------------------------------------------------------------- feeds

class Feed:
    """Readings by station and variable: {begin of the interval: value in the feed's unit}; tracks as lists of fixes."""

    def __init__(self, folder, table):
        c, t = table["csv"], table["csv"]["time"]
        self.unit = {v["variable"]: v["unit"] for v in table["columns"].values()}
        self.readings, self.tracks = {}, {}
        own_zone = zone(t["zone"]) if "zone" in t else None
        form = t["format"].replace("%:z", "%z")
        every = t["every"]
        days = Days(t) if every == "1 d" else None
        with open(folder / table["file"], newline="", encoding="utf-8") as f:
            for row in csv.DictReader(f, delimiter=c["delimiter"]):
                station = c["station"].get("is") or row[c["station"]["column"]]
                at = datetime.strptime(row[t["column"]], form)
                if days:
                    at = days.start(at.date())
                else:
                    at = (at if at.tzinfo else at.replace(tzinfo=own_zone)).astimezone(UTC)
                if t.get("stamp") == "end":
                    at -= span(every)
                values = {}
                for column, what in table["columns"].items():
                    text = row[column].strip()
                    if text in c["missing"]:
                        continue
                    x = F(text.replace(c["decimal"], "."))
                    values[what["variable"]] = half_away(x, F(1, 10 ** 6))
                if every == "instant":
                    self.tracks.setdefault(station, []).append((at, values))
                else:
                    for variable, x in values.items():
                        self.readings.setdefault((station, variable), {})[at] = x
        for fixes in self.tracks.values():
            fixes.sort(key=lambda f: f[0])


# ---------------------------------------------------------------- series

class Series:
    def __init__(self, starts, ends, values, unit, by_day):
        self.starts, self.ends, self.values, self.unit, self.by_day = starts, ends, values, unit, by_day

    def step_hours(self, i):
        return F(24) if self.by_day else hours(self.ends[i] - self.starts[i])


def read(block, source, feeds, period, days):
    name, station = source.split("/")
    feed, variable = feeds[name], block["read"]
    have = feed.unit[variable]
    unit = block.get("as", OWN[variable])
    table = feed.readings.get((station, variable), {})
    first, last = period
    if block["every"] == "1 d":
        edges, by_day = days.bounds(first, last), True
    else:
        step, by_day = span(block["every"]), False
        t, end, edges = days.start(first), days.start(last + timedelta(days=1)), []
        while t < end:
            edges.append(t)
            t += step
        assert t == end, "the window is no whole number of steps"
        edges.append(end)
    values = []
    for at in edges[:-1]:
        x = table.get(at, MISSING)
        if x is not MISSING and have != unit:
            x = half_away(convert(x, have, unit), F(1, 10 ** 6))
        values.append(x)
    return Series(edges[:-1], edges[1:], values, unit, by_day)


def per(s, block, period, days):
    if block["per"] == "day":
        edges, by_day = days.bounds(*period), True
    else:
        step, by_day = span(block["per"]), False
        edges = [s.starts[0]]
        while edges[-1] < s.ends[-1]:
            edges.append(edges[-1] + step)
    need = in_unit(block["need"], "%") / 100
    values, i = [], 0
    for a, b in zip(edges, edges[1:]):
        inside = []
        while i < len(s.starts) and s.starts[i] < b:
            assert s.starts[i] >= a
            inside.append(s.values[i])
            i += 1
        there = [x for x in inside if x is not MISSING and x is not OUT]
        if not there or F(len(there), len(inside)) < need:
            values.append(MISSING)
            continue
        x = {"sum": sum, "max": max, "min": min, "mean": lambda v: sum(v) / len(v)}[block["take"]](there)
        if "round" in block:
            x = rounded(x, in_unit(block["round"], s.unit), block["mode"])
        values.append(x)
    return Series(edges[:-1], edges[1:], values, s.unit, by_day)


def spoken(h):
    whole, rest = h.__floor__(), (h - h.__floor__()) * 60
    return " ".join([f"{whole} h"] * bool(whole or not rest) + [f"{plain(rest)} min"] * bool(rest))


def too_much_missing(s, rule):
    """None, or why the missing rule is broken."""
    n, gone, longest, run = len(s.values), 0, F(0), F(0)
    for i, x in enumerate(s.values):
        if x is MISSING:
            gone += 1
            run += s.step_hours(i)
            longest = max(longest, run)
        else:
            run = F(0)
    share, most = F(gone, n), in_unit(rule["at_most"], "%") / 100
    allowed = in_unit(rule["longest"], "h")
    what = f"{gone} of {n} {'days' if s.by_day else 'slots'} missing, longest run {plain(longest / 24) + ' d' if s.by_day else spoken(longest)}"
    return (None if share <= most and longest <= allowed else what), (what if gone else "")


def pointwise(s, f, unit=None):
    return Series(s.starts, s.ends, [x if x is MISSING or x is OUT else f(x) for x in s.values], unit or s.unit, s.by_day)


def curve(s, block):
    points = [(in_unit(a, s.unit), quantity(b)) for a, b in block["curve"]]
    unit = points[0][1][1]
    points = [(a, convert(b[0], b[1], unit)) for a, b in points]
    outside = in_unit(block["outside"], unit)
    step = in_unit(block["round"], unit)

    def at(x):
        y = outside
        for (x0, y0), (x1, y1) in zip(points, points[1:]):
            if x0 <= x <= x1:
                y = y0 + (y1 - y0) * (x - x0) / (x1 - x0)
                break
        return rounded(y, step, block["mode"])
    return pointwise(s, at, unit)


def in_runs(s, block):
    test, base = comparison(block["in_runs"])
    base, least = in_unit(base, s.unit), in_unit(block["at_least"], "h")
    values, i = list(s.values), 0
    while i < len(values):
        j, length = i, F(0)
        while j < len(values) and values[j] not in (MISSING, OUT) and test(values[j], base):
            length += s.step_hours(j)
            j += 1
        if length < least:
            for k in range(i, j):
                values[k] = OUT
        if j < len(values) and values[j] is not MISSING:
            values[j] = OUT
        i = j + 1
    return Series(s.starts, s.ends, values, s.unit, s.by_day)


def rolling(s, block):
    want, take = in_unit(block["rolling"], "h"), {"sum": sum, "max": max, "min": min}[block["take"]]
    n = want / s.step_hours(0)
    assert n.denominator == 1
    n = int(n)
    out = []
    for i in range(len(s.values) - n + 1):
        stretch = s.values[i:i + n]                     # a stretch with a gap in it is missing
        out.append(MISSING if any(x is MISSING for x in stretch) else take(stretch))
    return Series(s.starts[:len(out)], s.ends[n - 1:], out, s.unit, s.by_day)


def reduce(s, how):
    good = [(i, x) for i, x in enumerate(s.values) if x is not MISSING and x is not OUT]
    if how == "energy":
        return sum((convert(x, s.unit, "kW") * s.step_hours(i) for i, x in good), F(0)), "kWh"
    if how == "sum":
        return sum((x for _, x in good), F(0)), s.unit
    if how in ("max", "min", "mean"):
        if not good:
            raise Undetermined("no value")
        v = [x for _, x in good]
        return {"max": max, "min": min, "mean": lambda v: sum(v) / len(v)}[how](v), s.unit
    unit = "d" if s.by_day else "h"
    length = lambda i: F(1) if s.by_day else s.step_hours(i)
    if how == "count":
        return sum((length(i) for i, x in good if x), F(0)), unit
    best = run = F(0)
    for i, x in enumerate(s.values):
        if how == "longest_run":
            run = run + length(i) if x is not MISSING and x is not OUT and x else F(0)
        else:       # largest_run
            run = run + x if x is not MISSING and x is not OUT else F(0)
        best = max(best, run)
    return best, (unit if how == "longest_run" else s.unit)


def apply(block, s, period, days):
    if "per" in block:
        return per(s, block, period, days)
    if "ignore_below" in block:
        b = in_unit(block["ignore_below"], s.unit)
        return pointwise(s, lambda x: x if x >= b else F(0))
    if "cap" in block:
        b = in_unit(block["cap"], s.unit)
        return pointwise(s, lambda x: min(x, b))
    if "floor" in block:
        b = in_unit(block["floor"], s.unit)
        return pointwise(s, lambda x: max(x, b))
    if "excess_over" in block:
        b = in_unit(block["excess_over"], s.unit)
        return pointwise(s, lambda x: max(F(0), x - b))
    if "shortfall_below" in block:
        b = in_unit(block["shortfall_below"], s.unit)
        return pointwise(s, lambda x: max(F(0), b - x))
    if "curve" in block:
        return curve(s, block)
    if "meets" in block:
        test, base = comparison(block["meets"])
        b = in_unit(base, s.unit)
        return pointwise(s, lambda x: test(x, b))
    if "in_runs" in block:
        return in_runs(s, block)
    if "rolling" in block:
        return rolling(s, block)
    raise ValueError(block)


def station_index(blocks, data, feeds, period, days):
    """(value, unit, note); raises Undetermined."""
    head = blocks[0]
    sources, fallback = head.get("from", data["sources"]), data.get("fallback")
    behind = max([i for i, b in enumerate(blocks) if "per" in b], default=0)
    notes = []

    def slots(source):
        return read(head, source, feeds, period, days)

    def to_checked(s):
        for b in blocks[1:behind + 1]:
            s = apply(b, s, period, days)
        return s

    if len(sources) > 1 and fallback == "reading":
        s = slots(sources[0])
        for other in sources[1:]:
            o, filled = slots(other), 0
            for i, x in enumerate(s.values):
                if x is MISSING and o.values[i] is not MISSING:
                    s.values[i] = o.values[i]
                    filled += 1
            if filled:
                notes.append(f"{filled} filled from {other}")
        s = to_checked(s)
        bad, what = too_much_missing(s, data["missing"])
        if bad:
            raise Undetermined("; ".join(notes + [bad]))
    else:
        said = []
        for source in sources:
            s = to_checked(slots(source))
            bad, what = too_much_missing(s, data["missing"])
            if not bad:
                if said:
                    notes.append("; ".join(said) + f"; window from {source}")
                break
            said.append(f"{source}: {bad}")
        else:
            raise Undetermined("; ".join(said))
    if what:
        notes.append(what)
    rest, value, unit = blocks[behind + 1:], None, None
    for b in rest:
        if "reduce" in b:
            value, unit = reduce(s, b["reduce"])
        elif "round" in b and "curve" not in b:
            step, u = quantity(b["round"])
            value, unit = rounded(convert(value, unit, u, True), step, b["mode"]), u
        else:
            s = apply(b, s, period, days)
    return value, unit, "; ".join(notes)


# ---------------------------------------------------------------- storms

def vector(lat, lon):
    a, o = math.radians(lat), math.radians(lon)
    return (math.cos(a) * math.cos(o), math.cos(a) * math.sin(o), math.sin(a))


def great_circle(p, q, f):
    u, v = vector(*p), vector(*q)
    dot = sum(a * b for a, b in zip(u, v))
    cross = (u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0])
    w = math.atan2(math.sqrt(sum(c * c for c in cross)), dot)
    if w == 0:
        return p
    a, b = math.sin((1 - f) * w) / math.sin(w), math.sin(f * w) / math.sin(w)
    x, y, z = (a * m + b * n for m, n in zip(u, v))
    return math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x))


def distance_km(p, q):
    (a, o), (b, r) = [tuple(map(math.radians, x)) for x in (p, q)]
    h = math.sin((b - a) / 2) ** 2 + math.cos(a) * math.cos(b) * math.sin((r - o) / 2) ** 2
    km = 2 * EARTH_KM * math.asin(min(1.0, math.sqrt(h)))
    return F(Decimal(km).quantize(Decimal("0.001"), ROUND_HALF_UP))


def points(fixes, block):
    step, longest = span(block["interpolate"]), span(block["longest_gap"])
    assert block["no_wind"] == "out", "only no_wind = out is written here"
    out = []
    for i, (t0, a) in enumerate(fixes):
        if "storm_wind" not in a:
            continue
        p = (float(a["storm_latitude"]), float(a["storm_longitude"]))
        out.append({"at": t0, "place": p, "storm_wind": a["storm_wind"], "storm_pressure": a.get("storm_pressure")})
        if i + 1 == len(fixes):
            continue
        t1, b = fixes[i + 1]
        if "storm_wind" not in b or t1 - t0 > longest:
            continue
        q, t = (float(b["storm_latitude"]), float(b["storm_longitude"])), t0 + step
        while t < t1:
            f = hours(t - t0) / hours(t1 - t0)
            both = lambda k: a[k] + (b[k] - a[k]) * f if k in a and k in b else None
            out.append({"at": t, "place": great_circle(p, q, float(f)), "storm_wind": both("storm_wind"), "storm_pressure": both("storm_pressure")})
            t += step
    return out


def storms(blocks, data, feeds, period, days, terms):
    """[(storm, its points, its number or None, unit)] in the order of their first points."""
    feed = feeds[blocks[0].get("from", data["sources"])[0].split("/")[0]]
    begin, end = days.start(period[0]), days.start(period[1] + timedelta(days=1))
    out = []
    for name, fixes in feed.tracks.items():
        here, value, unit = None, None, "kt"
        for b in blocks[1:]:
            if "interpolate" in b:
                here = [p for p in points(fixes, b) if begin <= p["at"] < end]
            elif "within" in b:
                site = (float(terms["latitude"][0]), float(terms["longitude"][0]))
                for p in here:
                    p["distance"] = distance_km(site, p["place"])
                here = [p for p in here if p["distance"] <= in_unit(b["within"], "km")]
            elif "inside" in b:
                e = {k: float(in_unit(v, "deg")) for k, v in b["inside"].items()}
                here = [p for p in here if e["south"] <= p["place"][0] <= e["north"] and e["west"] <= p["place"][1] <= e["east"]]
            elif b.get("per") == "storm":
                v = [p[b["of"]] for p in here if p[b["of"]] is not None]
                unit = {"distance": "km"}.get(b["of"]) or OWN[b["of"]]
                value = {"max": max, "min": min}[b["take"]](v) if v else None
            elif "round" in b:
                step, u = quantity(b["round"])
                if value is not None:
                    value = rounded(convert(value, unit, u), step, b["mode"])
                unit = u
            else:
                raise ValueError(b)
        if here:
            out.append((name, here, value, unit))
    return sorted(out, key=lambda s: s[1][0]["at"])


# ---------------------------------------------------------------- money

class Insured:
    """Sum insured and the number of units of a policy."""

    def __init__(self, product, row):
        e, self.currency = product["exposure"], product["product"]["currency"]
        if "per" in e:
            units, unit = quantity(row["units"])
            assert unit == e["per"]
            self.units = units
            self.total = self.amount_of(e["sum_insured"]) * units if "sum_insured" in e else None
        else:
            self.units, self.total = F(1), self.amount_of(row["sum_insured"])

    def amount_of(self, text):
        x, u = quantity(text)
        assert u == self.currency, text
        return x

    def amount(self, text):
        x, u = quantity(text)
        return self.total * x / 100 if u == "%" else self.amount_of(text) * self.units


def by_month(term, month):
    return term[MONTHS[month - 1]] if isinstance(term, dict) else term


def band(table, value, unit):
    for b in table["bands"]:
        low = in_unit(b["from"], unit) if "from" in b else None
        high = in_unit(b["to"], unit) if "to" in b else None
        if table["closed"] == "below":
            if (low is None or value >= low) and (high is None or value < high):
                return b["pays"]
        elif (low is None or value > low) and (high is None or value <= high):
            return b["pays"]
    raise ValueError("a hole in the bands")


def pay(p, value, unit, insured, month):
    if "bands" in p:
        return insured.amount(band(p, value, unit))
    test, _ = comparison(p["when"] + " 0")
    strike = in_unit(by_month(p["strike"], month), unit)
    if not test(value, strike):
        return F(0)
    if "pays" in p:
        return insured.amount(p["pays"])
    far = abs(value - strike)
    limit = insured.amount(p["limit"])
    if "exit" in p:
        exit_ = in_unit(by_month(p["exit"], month), unit)
        return limit * min(F(1), far / abs(exit_ - strike))
    rate, per_unit = p["tick"].split("/", 1)
    return min(limit, insured.amount(rate) * convert(far, unit, per_unit, True))


def most(p, insured):
    """The most that a payout can be."""
    if "bands" in p:
        return max(insured.amount(b["pays"]) for b in p["bands"])
    return insured.amount(p["pays"] if "pays" in p else p["limit"])


def grid(p, here, insured):
    r, c, best = p["rows"], p["columns"], F(0)
    for point in here:
        for i, low in enumerate(r["at_least"]):
            for j, high in enumerate(c["at_most"]):
                if point[r["of"]] >= in_unit(low, OWN[r["of"]]) and point[c["of"]] <= in_unit(high, "km"):
                    best = max(best, insured.amount(p["pays"][i][j]))
    return best


# ---------------------------------------------------------------- covers and policies

def events(cover, data, feeds, period, days, terms, insured):
    """(amount, index, note)"""
    p, rule, paid = cover["payout"], cover["events"], []
    for name, here, value, unit in storms(cover["index"], data, feeds, period, days, terms):
        if "rows" in p:
            due, value, unit = grid(p, here, insured), max(x["storm_wind"] for x in here), "kt"
        else:
            due = pay(p, value, unit, insured, period[0].month)
        paid.append((name, due, value, unit, here))
    if not paid:
        return F(0), None, "no storm has a point there"
    downward = p.get("when", ">").startswith("<")       # then the smaller number is the nearer to paying
    shown = max(paid, key=lambda e: (e[1], -e[2] if downward else e[2]))    # the first of equals: the earliest
    if rule["pay"] == "largest":
        total, says = shown[1], []
        for name, due, value, unit, _ in paid:
            says.append(f"{name} {plain(value)} {unit}: {plain(due, 2)}")
    else:
        left = insured.amount(rule["limit"]) if "limit" in rule else None
        total, says = F(0), []
        for name, due, value, unit, here in paid:
            gets = due if left is None else min(due, left)
            left = None if left is None else left - gets
            total += gets
            near = f", nearest {plain(min(x['distance'] for x in here))} km" if "distance" in here[0] else ""
            says.append(f"{name} {plain(value)} {unit}{near}: {plain(gets, 2)}" + (f" of {plain(due, 2)}" if gets != due else ""))
    return total, (shown[2], shown[3]), "; ".join(says)


def settle(cover, data, feeds, period, days, terms, insured):
    if "events" in cover:
        return events(cover, data, feeds, period, days, terms, insured)
    limbs = cover.get("limb") or [cover]
    results, lost, top = [], [], max(most(x["payout"], insured) for x in limbs)
    for limb in limbs:
        try:
            value, unit, note = station_index(limb["index"], data, feeds, period, days)
        except Undetermined as e:
            lost.append(str(e))
            continue
        due = pay(limb["payout"], value, unit, insured, period[0].month)
        if len(limbs) > 1:
            note = f"limb {limb['id']} {plain(value)} {unit}: {plain(due, 2)}" + (f" ({note})" if note else "")
        results.append((due, value, unit, note))
    best = max(results, key=lambda r: r[0]) if results else None
    if lost and not (best and best[0] == top):
        raise Undetermined("; ".join(lost))
    return best[0], best[1:3], "; ".join(n for n in [r[3] for r in results] if n)


def periods(window, first, last):
    if window == "cover":
        return [(first, last)]
    if window == {"each": "month"}:
        out, a = [], first
        while a <= last:
            following = date(a.year + a.month // 12, a.month % 12 + 1, 1)
            out.append((a, min(last, following - timedelta(days=1))))
            a = following
        return out
    out = []
    day = lambda y, text: date(y, *map(int, text.split("-")))
    for year in range(first.year, last.year + 1):
        a, b = day(year, window["from"]), day(year, window["to"])
        if b < a:
            b = day(year + 1, window["to"])
        if first <= a and b <= last:
            out.append((a, b))
    assert out, "the window lies outside the cover period"
    return out


def fill(x, terms):
    """Puts the policy's terms where the product names them."""
    if isinstance(x, dict):
        return {k: fill(v, terms) for k, v in x.items()}
    if isinstance(x, list):
        return [fill(v, terms) for v in x]
    if isinstance(x, str):
        for k, v in terms.items():
            x = x.replace("{" + k + "}", v)
    return x


def evaluate(folder):
    settings = tomllib.loads((folder / "fairgauge.toml").read_text(encoding="utf-8"))
    feeds = {name: Feed(folder, t) for name, t in settings["feed"].items()}
    products = {}
    for path in sorted((folder / settings["book"]["products"]).glob("*.toml")):
        p = tomllib.loads(path.read_text(encoding="utf-8"))
        products[f"{p['product']['id']}@{p['product']['version']}"] = p
    out = []
    for book in settings["book"]["policies"]:
        lines = [l for l in (folder / book).read_text(encoding="utf-8").splitlines() if l.strip() and not l.startswith("#")]
        for row in csv.DictReader(lines):
            out += policy(products[row["product"]], row, feeds)
    return out


def policy(product, row, feeds):
    wanted = product.get("policy", {})
    terms = {k: row[k] for k in wanted}
    assert all(terms.values()), (row["policy"], terms)
    sited = {k: quantity(terms[k]) for k in ("latitude", "longitude") if k in terms}
    product = fill(product, terms)
    days, insured = Days(product["product"]["day"]), Insured(product, row)
    currency, mode = product["product"]["currency"], product["settlement"]["rounding"]
    minor = F(1, 10 ** MINOR.get(currency, 2))
    first, last = date.fromisoformat(row["from"]), date.fromisoformat(row["to"])
    jobs = [(p[1], i, cover, p) for i, cover in enumerate(product["cover"]) for p in periods(cover["window"], first, last)]
    jobs.sort(key=lambda j: j[:2])
    left = insured.amount(product["limit"]["aggregate"]) if "limit" in product else None
    out = []
    for _, _, cover, period in jobs:
        entry = {
            "policy": row["policy"], "product": row["product"], "cover": cover["id"],
            "period": {"start": stamp(days.start(period[0])), "end": stamp(days.start(period[1] + timedelta(days=1)))},
        }
        try:
            due, index, note = settle(cover, product["data"], feeds, period, days, sited, insured)
            full = rounded(due, minor, mode)
            if left is not None:
                paid = rounded(min(due, left), minor, mode)
                if paid != full:
                    note = "; ".join(filter(None, [note, f"{money(full, currency)} before the aggregate limit"]))
                left -= paid
            else:
                paid = full
            entry |= {
                "outcome": "pays" if paid else "nothing_due",
                "index": index and {"value": plain(index[0]), "unit": index[1]},
                "amount": money(paid, currency), "currency": currency, "note": note,
            }
        except Undetermined as e:
            entry |= {"outcome": "undetermined", "index": None, "amount": money(F(0), currency), "currency": currency, "note": str(e)}
        out.append(entry)
    return out


def main():
    flags = [a for a in sys.argv[1:] if a.startswith("--")]
    folders = [Path(a) for a in sys.argv[1:] if not a.startswith("--")]
    if not folders or set(flags) - {"--check", "--table"}:
        sys.exit(__doc__)
    bad = False
    for folder in folders:
        got = evaluate(folder)
        text = json.dumps(got, indent=1, ensure_ascii=False) + "\n"
        target = folder / "expected.json"
        if "--table" in flags:
            for e in got:
                index = f"{e['index']['value']} {e['index']['unit']}" if e["index"] else "-"
                print(f"{e['policy']}|{e['product']}|{e['cover']}|{e['period']['start'][:10]}..{e['period']['end'][:10]}|{e['outcome']}|{index}|{e['amount']} {e['currency']}|{e['note']}")
        elif "--check" in flags:
            same = target.read_text(encoding="utf-8") == text
            bad |= not same
            print(f"{folder.name}: {len(got)} outcomes {'as expected' if same else 'DIFFER from expected.json'}")
        else:
            target.write_text(text, encoding="utf-8")
            print(f"{folder.name}: {len(got)} outcomes")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
