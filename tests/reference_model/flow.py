"""A flow of slots, and the blocks that turn a flow into another one, for the reference model."""
from bisect import bisect_right
from datetime import date

from days import DEKADS, MONTHS, ONE, calendar_pieces, dekad_in_month, in_year, moved
from quantities import F, comparison, in_unit, quantity, rounded, scale, seconds, share, unit_over, unit_times

MISSING = None      # a slot that should have a value and has none
OUT = "out"         # a slot that is taken out of what counts


class Undetermined(Exception):
    """An index that the data do not allow to say; its argument is the reason code."""


def there(values):
    return [x for x in values if x is not MISSING and x is not OUT]


def is_value(x):
    return x is not MISSING and x is not OUT


class Flow:
    """Slots in order. `grain` is ("step", seconds), ("days", n), "month", "dekad", "year", "phase" or "report";
    `days` is the first insured day of each slot, of a stretch that of its last slot."""

    def __init__(self, begins, ends, days, values, unit, grain, kind="values", phases=None, never_negative=False):
        self.begins, self.ends, self.days, self.values = begins, ends, days, values
        self.unit, self.grain, self.kind, self.phases = unit, grain, kind, phases
        self.never_negative = never_negative    # whether nothing reported may be told as zero; None: nothing reported is unknown

    def with_values(self, values, unit=None, kind=None):
        return Flow(self.begins, self.ends, self.days, values, unit or self.unit, self.grain, kind or self.kind, self.phases, self.never_negative)

    def slot_seconds(self):
        """The nominal length of a slot; none of calendar ones."""
        if self.grain[0] == "step":
            return self.grain[1]
        return 86400 * self.grain[1] if self.grain[0] == "days" else None

    def slots_in(self, text):
        """How many slots a duration is; `3 months` and `3 dekads` of those grains."""
        number, unit = text.split(" ")
        if unit in ("months", "dekads"):
            assert self.grain == unit[:-1]
            return int(number)
        n = F(seconds(text), self.slot_seconds())
        assert n.denominator == 1, text
        return int(n)

    def label(self, i):
        if self.phases:
            return self.phases[i]
        day = self.days[i]
        if self.grain == "dekad":
            return DEKADS[(day.month - 1) * 3 + dekad_in_month(day)]
        return MONTHS[day.month - 1]

    def labelled(self, terms, unit, shares=False):
        """A number for each slot from one term or from terms by label."""
        read = share if shares else lambda text: in_unit(text, unit)
        if not isinstance(terms, dict):
            return [read(terms)] * len(self.values)
        if self.grain == "dekad" and any(key in MONTHS for key in terms):
            names = [MONTHS[day.month - 1] for day in self.days]
        else:
            names = [self.label(i) for i in range(len(self.values))]
        return [read(terms[name]) for name in names]


def pointwise(flow, f, unit=None, kind=None):
    return flow.with_values([f(x) if is_value(x) else x for x in flow.values], unit, kind)


def each_with(flow, numbers, f, unit=None):
    return flow.with_values([f(x, n) if is_value(x) else x for x, n in zip(flow.values, numbers)], unit)


# ---------------------------------------------------------------- reading

def step_begins(span, step):
    begins, at = [], span.begin
    while at < span.end:
        begins.append(at)
        at += step
    assert at == span.end, "the window is no whole number of steps"
    return begins


def read(block, sources, world, span):
    """The slots of a variable from the first source, gaps filled from the next ones or by their consensus."""
    variable, every = block["read"], block["every"]
    unit = block.get("as") or world.own_unit(variable)
    if every == "1 d":
        days, grain = span.dates(), ("days", 1)
        begins = [span.rule.begin(day) for day in days]
        ends = [span.rule.begin(day + ONE) for day in days]
    else:
        step = seconds(every)
        begins, grain = step_begins(span, step), ("step", step)
        ends, days = [at + step for at in begins], span.day_of(begins)
    series = [source_values(source, variable, unit, world, days if every == "1 d" else begins, begins) for source in sources]
    if len(series) > 1 and world.data.get("fallback") == "consensus":
        within = in_unit(block["agree_within"], unit)
        values = [consensus(slot, within, world.data["quorum"]) for slot in zip(*series)]
    else:
        values = [next((x for x in slot if x is not MISSING), MISSING) for slot in zip(*series)]
    values = [OUT if world.waits(day) else x for x, day in zip(values, days)]
    return Flow(begins, ends, days, values, unit, grain)


def source_values(source, variable, unit, world, times, begins):
    readings, station = world.source(source)
    table = readings.of(station, variable, unit)
    return [table.get(time, table.get(begin, MISSING)) for time, begin in zip(times, begins)]


def consensus(slot, within, quorum):
    known = sorted(x for x in slot if x is not MISSING)
    if not known:
        return MISSING
    median = known[(len(known) - 1) // 2]
    agreeing = [x for x in known if abs(x - median) <= within]
    return median if len(agreeing) >= quorum else MISSING


def report(block, sources, world, span):
    """Every reading that begins in the span; from the first source that has one."""
    variable = block["report"]
    unit = block.get("as") or world.own_unit(variable)
    for source in sources:
        readings, station = world.source(source)
        found = []
        for time, x in readings.of(station, variable, unit).items():
            begin = time if isinstance(time, int) else span.rule.begin(time)
            if span.begin <= begin < span.end:
                found.append((begin, span.rule.of(begin), x))
        if found:
            break
    found.sort()
    if not found and block["none"] == "undetermined":
        raise Undetermined("no_readings")
    begins, days = [f[0] for f in found], [f[1] for f in found]
    values = [OUT if world.waits(day) else x for _, day, x in found]
    nothing = block["none"] == "nothing" and world.never_negative(variable)
    return Flow(begins, begins, days, values, unit, ("report",), never_negative=nothing)


# ---------------------------------------------------------------- several series

MANY = {"sum": sum, "mean": lambda v: sum(v) / F(len(v)), "max": max, "min": min}


def rounder(block, unit):
    """The rounding that a block writes, from a raw number in `unit` to the unit of the step."""
    if "round" not in block:
        return (lambda x: x), unit
    step, written = quantity(block["round"])
    factor = F(1) if written == unit else scale(unit, written)
    return (lambda x: rounded(x * factor, step, block["mode"])), written


def combined_slot(how, xs, factor):
    if how == "difference":
        return xs[0] - xs[1]
    if how == "product":
        return xs[0] * xs[1] * factor
    if how == "ratio":
        return MISSING if xs[1] == 0 else xs[0] / xs[1] * factor
    return MANY[how](xs)


def combined_unit(how, units):
    if how in ("product", "ratio"):
        return (unit_times if how == "product" else unit_over)(*units)
    return units[0], F(1)


def combine(block, flows):
    how = block["combine"]
    unit, factor = combined_unit(how, [flow.unit for flow in flows])
    rounds, unit = rounder(block, unit)
    values = []
    for slot in zip(*(flow.values for flow in flows), strict=True):
        if any(x is OUT for x in slot):
            values.append(OUT)
        elif any(x is MISSING for x in slot):
            values.append(MISSING)
        else:
            x = combined_slot(how, slot, factor)
            values.append(x if x is MISSING else rounds(x))
    return flows[0].with_values(values, unit, "values")


def members(block, flows):
    take, weights = block["take"], [share(w) for w in block["weights"]] if "weights" in block else [F(1)] * len(flows)
    need, values = share(block["need"]), []
    rounds, unit = rounder(block, "%" if take == "share" else flows[0].unit)
    for slot in zip(*(flow.values for flow in flows), strict=True):
        known = [(w, x) for w, x in zip(weights, slot) if is_value(x)]
        weight = sum((w for w, _ in known), F(0))
        if all(x is OUT for x in slot):
            values.append(OUT)
        elif not known or weight == 0 or weight / sum(weights) < need:
            values.append(MISSING)
        elif take == "share":
            values.append(rounds(100 * sum((w for w, x in known if x), F(0)) / weight))
        elif take == "mean":
            values.append(rounds(sum(w * x for w, x in known) / weight))
        else:
            values.append(MANY[take]([x for _, x in known]))
    return flows[0].with_values(values, unit, "values")


# ---------------------------------------------------------------- larger slots

def joined(flow, pieces, need, take, rounds):
    """The larger slots of some pieces, each the indices of its small slots."""
    values = []
    for piece in pieces:
        slots = [flow.values[i] for i in piece]
        counted = [x for x in slots if x is not OUT]
        known = there(slots)
        if slots and not counted:
            values.append(OUT)
        elif not known or F(len(known), len(counted)) < need:
            values.append(MISSING)
        else:
            values.append(rounds(MANY[take](known)))
    return values


def by_begins(flow, edges):
    """The indices of the slots that begin in each of the stretches between edges."""
    pieces = [[] for _ in edges[1:]]
    for i, at in enumerate(flow.begins):
        k = bisect_right(edges, at) - 1
        if 0 <= k < len(pieces):
            pieces[k].append(i)
    return pieces


def per(block, flow, span):
    grain, rule, phases = block["per"], span.rule, None
    rounds, unit = rounder(block, flow.unit)
    if grain == "phase":
        turns = [(in_year(p["from"], y), in_year(p["to"], y + (p["to"] < p["from"])), p["id"]) for p in block["phases"] for y in (span.first.year, span.first.year + 1)]
        turns = [t for t in sorted(turns) if span.first <= t[0] and t[1] <= span.last][: len(block["phases"])]
        firsts, lasts, phases = [t[0] for t in turns], [t[1] for t in turns], [t[2] for t in turns]
        grain = ("phase",)
    elif grain in ("month", "dekad", "year"):
        pieces = calendar_pieces(span.first, span.last, grain)
        firsts, lasts = [p[0] for p in pieces], [p[1] for p in pieces]
    elif grain == "day" or grain.endswith(" d"):
        n = 1 if grain == "day" else int(grain[:-2])
        firsts = span.dates()[::n]
        lasts = [min(day + (n - 1) * ONE, span.last) for day in firsts]
        grain = ("days", n)
    else:
        step = seconds(grain)
        begins = step_begins(span, step)
        values = joined(flow, by_begins(flow, begins + [span.end]), share(block["need"]), block["take"], rounds)
        return Flow(begins, [at + step for at in begins], span.day_of(begins), values, unit, ("step", step))
    begins, ends = [rule.begin(day) for day in firsts], [rule.begin(day + ONE) for day in lasts]
    pieces = [[i for i, at in enumerate(flow.begins) if a <= at < b] for a, b in zip(begins, ends)] if len(begins) < 4 else window_pieces(flow, begins, ends)
    values = joined(flow, pieces, share(block["need"]), block["take"], rounds)
    return Flow(begins, ends, firsts, values, unit, grain, phases=phases)


def window_pieces(flow, begins, ends):
    pieces = [[] for _ in begins]
    for i, at in enumerate(flow.begins):
        k = bisect_right(begins, at) - 1
        if k >= 0 and at < ends[k]:
            pieces[k].append(i)
    return pieces


# ---------------------------------------------------------------- what counts

def only_on(block, flow, years):
    """`years`: how far behind the dates' years the span lies, in a baseline."""
    days = {moved(date.fromisoformat(day), years).isoformat() for day in block["only_on"]}
    return flow.with_values([x if day.isoformat() in days else OUT for x, day in zip(flow.values, flow.days)])


def only_where(block, flow, condition):
    """Slots that touch no stretch around a slot of the condition that meets it are out."""
    before = seconds(block["before"]) if "before" in block else 0
    after = seconds(block["after"]) if "after" in block else 0
    near = [(a - before, b + after, x) for a, b, x in zip(condition.begins, condition.ends, condition.values) if x is MISSING or x is True]
    values = []
    for begin, end, x in zip(flow.begins, flow.ends, flow.values):
        touching = [state for a, b, state in near if a < end and begin < b]
        if any(state is True for state in touching):
            values.append(x)
        elif touching and x is not OUT:
            values.append(MISSING)
        else:
            values.append(OUT)
    return flow.with_values(values)


# ---------------------------------------------------------------- value by value

def curve_at(points, outside, x):
    for (x0, y0), (x1, y1) in zip(points, points[1:]):
        if x0 <= x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return outside


def curve(block, unit):
    """A curve as a function of a number, and the unit behind it."""
    result = quantity(block["outside"])[1]
    points = [(in_unit(a, unit), in_unit(b, result)) for a, b in block["curve"]]
    outside = in_unit(block["outside"], result)
    rounds, behind = rounder(block, result)
    return (lambda x: rounds(curve_at(points, outside, x))), behind


def lookup(block, unit):
    result = quantity(block["lookup"][0]["is"])[1]
    steps = [(in_unit(s["to"], unit) if "to" in s else None, in_unit(s["is"], result)) for s in block["lookup"]]

    def at(x):
        for to, gives in steps:
            if to is None or x < to or (block["closed"] == "above" and x == to):
                return gives
        raise AssertionError("the last step is open")
    return at, result


def meets(text, unit):
    tests = [comparison(t, unit) for t in (text if isinstance(text, list) else [text])]
    return lambda x: all(test(x) for test in tests)


def runs_of(flow):
    """The runs of a flow behind in_runs: lists of indices."""
    runs, run = [], []
    for i, x in enumerate(flow.values):
        if is_value(x):
            run.append(i)
        elif run:
            runs.append(run)
            run = []
    return runs + [run] if run else runs


def in_runs(block, flow):
    test, least = comparison(block["in_runs"], flow.unit), flow.slots_in(block["at_least"])
    met = flow.with_values([x if is_value(x) and test(x) else OUT for x in flow.values])
    inside = {i for run in runs_of(met) if len(run) >= least for i in run}
    values = [x if x is MISSING or i in inside else OUT for i, x in enumerate(flow.values)]
    return flow.with_values(values, kind="runs")


def rolling(block, flow, since):
    """Stretches of slots; those whose last slot begins before `since` are left out."""
    n, take = flow.slots_in(block["rolling"]), block["take"]
    step = flow.slots_in(block["step"]) if "step" in block else 1
    rounds, unit = rounder(block, flow.unit)
    firsts = [i for i in range(0, len(flow.values) - n + 1, step) if flow.begins[i + n - 1] >= since]
    values = []
    for i in firsts:
        stretch = flow.values[i:i + n]
        if any(x is MISSING for x in stretch):
            values.append(MISSING)
        else:
            known = there(stretch)
            values.append(rounds(MANY[take](known)) if known else OUT)
    lasts = [i + n - 1 for i in firsts]
    return Flow([flow.begins[i] for i in firsts], [flow.ends[j] for j in lasts], [flow.days[j] for j in lasts], values, unit, flow.grain)


def series_block(block, flow, years=0):
    """A block that takes a series and gives one, other than those that read, join or roll."""
    if "substitute" in block:
        x = in_unit(block["substitute"], flow.unit)
        return flow.with_values([x if v is MISSING else v for v in flow.values])
    if "minus" in block:
        return each_with(flow, flow.labelled(block["minus"], flow.unit), lambda x, n: x - n)
    if "percent_of" in block:
        rounds, unit = rounder(block, "%")
        return each_with(flow, flow.labelled(block["percent_of"], flow.unit), lambda x, n: rounds(100 * x / n), unit)
    if "weigh" in block:
        rounds, unit = rounder(block, flow.unit)
        return each_with(flow, flow.labelled(block["weigh"], None, shares=True), lambda x, n: rounds(x * n), unit)
    if "meets" in block:
        return pointwise(flow, meets(block["meets"], flow.unit), kind="flags")
    if "in_runs" in block:
        return in_runs(block, flow)
    if "only_on" in block:
        return only_on(block, flow, years)
    f, unit = number_function(block, flow.unit)
    return pointwise(flow, f, unit)


def number_function(block, unit):
    """A block that takes a number and gives one, and the unit behind it."""
    def base(word):
        return in_unit(block[word], unit)
    if "ignore_below" in block:
        b = base("ignore_below")
        return (lambda x: x if x >= b else F(0)), unit
    if "cap" in block:
        b = base("cap")
        return (lambda x: min(x, b)), unit
    if "floor" in block:
        b = base("floor")
        return (lambda x: max(x, b)), unit
    if "excess_over" in block:
        b = base("excess_over")
        return (lambda x: max(F(0), x - b)), unit
    if "shortfall_below" in block:
        b = base("shortfall_below")
        return (lambda x: max(F(0), b - x)), unit
    if "minus" in block:
        b = base("minus")
        return (lambda x: x - b), unit
    if "percent_of" in block:
        b = base("percent_of")
        rounds, behind = rounder(block, "%")
        return (lambda x: rounds(100 * x / b)), behind
    if "times" in block:
        number, written = quantity(block["times"])
        behind, factor = unit_times(unit, written)
        rounds, behind = rounder(block, behind)
        return (lambda x: rounds(x * number * factor)), behind
    if "curve" in block:
        return curve(block, unit)
    if "lookup" in block:
        return lookup(block, unit)
    assert "round" in block, block
    return rounder(block, unit)
