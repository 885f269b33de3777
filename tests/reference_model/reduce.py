"""All slots to one number, events of runs and values, and comparison with other years, for the reference model."""
import math
from dataclasses import dataclass
from datetime import date

from days import ONE
from flow import MANY, OUT, Undetermined, is_value, runs_of, there
from quantities import F, convert, quantity, share
from standardised import spei, spi


# ---------------------------------------------------------------- reducers

def length_unit(flow):
    """What one slot counts and in which unit: days, hours, else slots."""
    if flow.grain[0] == "step":
        return F(flow.grain[1], 3600), "h"
    if flow.grain[0] == "days":
        return F(flow.grain[1]), "d"
    return F(1), "1"


def longest(flow, counts):
    best = run = 0
    for x in flow.values:
        run = run + 1 if counts(x) else 0
        best = max(best, run)
    return best


def reduce(block, flow, span):
    """(number, unit) of a flow."""
    how, one = block["reduce"], length_unit(flow)
    known = there(flow.values)
    if flow.kind == "flags":
        return reduce_flags(block, flow, span, one)
    if flow.kind == "runs":
        runs = runs_of(flow)
        if how == "largest_run":
            return max((sum(flow.values[i] for i in run) for run in runs), default=F(0)), flow.unit
        if how == "runs":
            return F(count_runs(runs, flow.slots_in(block["gap"]) if "gap" in block else 0)), "1"
        if how == "run_length":
            return sum(len(run) for run in runs) * one[0], one[1]
        if how == "longest_run":
            return max((len(run) for run in runs), default=0) * one[0], one[1]
    if how == "sum":
        return sum(known, F(0)), flow.unit
    if how == "count":
        return F(len(known)) * one[0], one[1]
    if how == "energy":
        hours = F(flow.slot_seconds(), 3600)        # of a stretch, one slot: the next one begins a slot later
        return sum((convert(x, flow.unit, "kW") * hours for x in known), F(0)), "kWh"
    if not known:
        if flow.never_negative and how in ("max", "latest"):
            return F(0), flow.unit
        raise nothing(flow)
    if how == "latest":
        return known[-1], flow.unit
    if how == "quantile":
        return quantile(known, share(block["at"]), block["method"]), flow.unit
    return MANY[how](known), flow.unit


def nothing(flow):
    """Why there is nothing to take a number of: nothing happened that the terms look at, or nothing is known."""
    if any(x is OUT for x in flow.values) or not flow.values:
        return Undetermined("nothing_qualifies")
    return Undetermined("nothing_left")


def reduce_flags(block, flow, span, one):
    how = block["reduce"]
    met = [i for i, x in enumerate(flow.values) if x is True]
    if how == "count":
        return len(met) * one[0], one[1]
    if how == "share":
        known = there(flow.values)
        if not known:
            raise nothing(flow)
        return F(100 * len(met), len(known)), "%"
    if how == "longest_run":
        return longest(flow, lambda x: x is True) * one[0], one[1]
    if how == "events":
        gap, count, last = flow.slots_in(block["gap"]), 0, None
        for i in met:
            if last is None or i - last >= gap:
                count, last = count + 1, i
        return F(count), "1"
    assert how in ("first", "last"), how
    if not met:
        return quantity(block["never"])[0], "d"
    day = flow.days[met[0] if how == "first" else met[-1]]
    begin = span.first if block["days_from"] == "window" else date(day.year, 1, 1)
    return F((day - begin).days + 1), "d"


def count_runs(runs, gap):
    """Runs with fewer than `gap` slots between them are one."""
    return sum(1 for k, run in enumerate(runs) if k == 0 or run[0] - runs[k - 1][-1] - 1 >= max(gap, 1))


# ---------------------------------------------------------------- quantiles

# Hyndman and Fan's continuous types by numpy's alpha and beta: virtual place n p + alpha + p (1 - alpha - beta), from 1.
PLACES = {
    "interpolated_inverted_cdf": (F(0), F(1)), "hazen": (F(1, 2), F(1, 2)), "weibull": (F(0), F(0)), "linear": (F(1), F(1)),
    "median_unbiased": (F(1, 3), F(1, 3)), "normal_unbiased": (F(3, 8), F(3, 8)),
}


def quantile(values, p, method):
    xs = sorted(values)
    n = len(xs)

    def at(k):      # the k-th smallest, from 1
        return xs[min(max(k, 1), n) - 1]
    if method in ("lower", "higher", "nearest", "midpoint"):
        place = (n - 1) * p + 1
        low, high = math.floor(place), math.ceil(place)
        rest = place - low
        if method == "midpoint":
            return (at(low) + at(high)) / 2
        if method == "nearest":     # a tie: the even one of places from 0
            up = rest > F(1, 2) or (rest == F(1, 2) and (low - 1) % 2 == 1)
            return at(high if up else low)
        return at(low if method == "lower" else high)
    if method in ("inverted_cdf", "averaged_inverted_cdf"):
        place = n * p
        whole = math.floor(place)
        if place > whole:
            return at(whole + 1)
        return at(whole) if method == "inverted_cdf" else (at(whole) + at(whole + 1)) / 2
    if method == "closest_observation":     # n p - 1/2; exactly on an observation: the even one
        place = n * p - F(1, 2)
        whole = math.floor(place)
        return at(whole if place == whole and whole % 2 == 0 else whole + 1)
    alpha, beta = PLACES[method]
    place = n * p + alpha + p * (1 - alpha - beta)
    whole = math.floor(place)
    low, high = at(whole), at(whole + 1)
    return low + (high - low) * (place - whole)


# ---------------------------------------------------------------- events

@dataclass
class Event:
    """A number with the insured day and the instant at which it begins."""
    day: date
    begin: int
    value: F
    unit: str


def sooner(event, last, spacing, rule):
    """Whether an event begins sooner than so many seconds behind another; whole days of them are insured days."""
    days, rest = divmod(spacing, 86400)
    return event.begin < rule.begin(last.day + days * ONE) + (last.begin - rule.begin(last.day)) + rest


def per_event(block, flow):
    if block["per"] == "value":
        return [Event(flow.days[i], flow.begins[i], x, flow.unit) for i, x in enumerate(flow.values) if is_value(x)]
    one, events = length_unit(flow), []
    for run in runs_of(flow):
        values = [flow.values[i] for i in run]
        value, unit = (len(run) * one[0], one[1]) if block["take"] == "length" else (MANY[block["take"]](values), flow.unit)
        events.append(Event(flow.days[run[0]], flow.begins[run[0]], value, unit))
    return events


# ---------------------------------------------------------------- other years

def compare(how, x, unit, years):
    """(raw result, unit) of a number against those of the baseline's years."""
    n = F(len(years))
    mean = sum(years, F(0)) / n
    if how == "mean":
        return mean, unit
    if how == "anomaly":
        return x - mean, unit
    if how == "percentile":
        return 100 * (sum(1 for y in years if y < x) + F(sum(1 for y in years if y == x), 2)) / n, "%"
    if how == "percent_of_mean":
        if mean == 0:
            raise Undetermined("division_by_zero")
        return 100 * x / mean, "%"
    if how in ("spi", "spei"):
        return F((spi if how == "spi" else spei)(x, years)), "1"
    assert how in ("z_score_sample", "z_score_population"), how
    fewer = how == "z_score_sample"
    if len(years) <= fewer:
        raise Undetermined("baseline_too_short")
    squares = sum(((y - mean) ** 2 for y in years), F(0))
    if squares == 0:
        raise Undetermined("no_deviation")
    return F(float(x - mean) / math.sqrt(squares / (n - fewer))), "1"
