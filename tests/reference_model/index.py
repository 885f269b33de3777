"""An index from its first block to its last, for the reference model."""
from datetime import date

import flow as blocks
from days import ONE, Span, calendar_pieces, dekad_start, month_start, moved
from flow import MISSING, OUT, Flow, Undetermined, combine, combined_slot, combined_unit, number_function, rounder, series_block
from formulas import formula
from quantities import F, VARIABLES, in_unit, share
from reduce import compare, per_event, reduce
from series import Readings


class World:
    """What an index may look at: the product's data rules, the readings of every feed, the insured day."""

    def __init__(self, data, feeds, rule, waiting_until=None, window="cover"):
        self.data, self.feeds, self.rule, self.waiting_until, self.window = data, feeds, rule, waiting_until, window

    def source(self, name):
        feed, _, station = name.partition("/")
        return self.feeds.get(feed) or Readings(), station

    def own_unit(self, variable):
        return VARIABLES[variable][0]

    def never_negative(self, variable):
        return VARIABLES.get(variable, ("", True))[1]

    def waits(self, day):
        return self.waiting_until is not None and day < self.waiting_until


# ---------------------------------------------------------------- the missing rule

def check_missing(flow, rule):
    """Raises where more is missing than the rule allows; slots that are out are no part of it."""
    counted = [x for x in flow.values if x is not OUT]
    gone = sum(x is MISSING for x in counted)
    if counted and gone == len(counted):
        raise Undetermined("no_readings")
    if gone and F(gone, len(counted)) > share(rule["at_most"]):
        raise Undetermined("too_many_missing")
    longest = run = F(0)
    for begin, end, x in zip(flow.begins, flow.ends, flow.values):
        size = flow.slot_seconds() or end - begin
        run = run + size if x is MISSING else F(0)
        longest = max(longest, run)
    if longest > in_unit(rule["longest"], "s"):
        raise Undetermined("gap_too_long")


# ---------------------------------------------------------------- series

class Pipeline:
    """One index under one choice of sources: `choice` is which of each read's sources serves (None: all of them, as
    the fallback by reading says), `sources` takes the place of the product's, `member` of all."""

    def __init__(self, world, span, choice=None, sources=None, member=None, years=0):
        self.world, self.span, self.choice, self.sources, self.member = world, span, choice, sources, member
        self.years = years

    def of_member(self, member):
        return Pipeline(self.world, self.span, None, None, member, self.years)

    def sources_of(self, block):
        names = [self.member] if self.member else block.get("from") or self.sources or self.world.data["sources"]
        return names if self.choice is None else [names[min(self.choice, len(names) - 1)]]

    def series(self, branch, span, check=False):
        """The flow behind a branch's last block; `check`: under the missing rule behind the last block that makes other
        slots or takes some out of what counts."""
        checkpoint = max([i for i, b in enumerate(branch) if rules(b)], default=0)
        return self.up_to(branch, len(branch) - 1, span, checkpoint if check else None)

    def up_to(self, branch, last, span, checkpoint):
        block = branch[last]
        if last == 0:
            flow = self.head(block, span)
        elif "rolling" in block:
            wider = self.reach(branch[:last], block, span) if block.get("reach_before") else span
            flow = blocks.rolling(block, self.up_to(branch, last - 1, wider, checkpoint), span.begin)
        else:
            before = self.up_to(branch, last - 1, span, checkpoint)
            if "per" in block:
                flow = blocks.per(block, before, span)
            elif "only_where" in block:
                flow = blocks.only_where(block, before, self.series(block["only_where"], span))
            else:
                flow = series_block(block, before, self.years)
        if last == checkpoint and flow.grain != ("report",):
            check_missing(flow, self.world.data["missing"])
        return flow

    def head(self, block, span):
        if "read" in block:
            return blocks.read(block, self.sources_of(block), self.world, span)
        if "report" in block:
            return blocks.report(block, self.sources_of(block), self.world, span)
        if "combine" in block:
            return combine(block, [self.series(branch, span) for branch in block["of"]])
        if "members" in block:
            return blocks.members(block, [self.of_member(m).series(block["of"], span) for m in block["members"]])
        return formula(block, lambda branch: self.series(branch, span))

    def reach(self, branch, block, span):
        """The span with so many slots before it that a stretch may end on its first slot."""
        grain = grain_of(branch)
        n = Flow([], [], [], [], "1", grain).slots_in(block["rolling"]) - 1
        if grain == "month":
            return Span(span.rule, month_start(span.first, -n), span.last)
        if grain == "dekad":
            return Span(span.rule, dekad_start(span.first, -n), span.last)
        if grain[0] == "days":
            return Span(span.rule, span.first - n * grain[1] * ONE, span.last)
        return Span(span.rule, span.first, span.last, reach=n * grain[1])

    # ------------------------------------------------------------ numbers

    def number(self, index, span):
        """(number, unit) of an index."""
        at = next((i for i, b in enumerate(index) if "reduce" in b), None)
        if at is None:
            (x, unit), at = self.of_numbers(index[0], span), 0
        else:
            flow = self.series(index[:at], span, check=True)
            x, unit = reduce(index[at], flow, span)
        for i in range(at + 1, len(index)):
            block = index[i]
            if "compare" in block:
                x, unit = self.against_years(index[:i], block, x, unit, span)
            else:
                f, unit = number_function(block, unit)
                x = f(x)
        return x, unit

    def of_numbers(self, block, span):
        """A combine whose branches all end in a number: exact, unrounded."""
        how = block["combine"]
        numbers = [self.number(branch, span) for branch in block["of"]]
        unit, factor = combined_unit(how, [unit for _, unit in numbers])
        x = combined_slot(how, [x for x, _ in numbers], factor)
        if x is MISSING:
            raise Undetermined("division_by_zero")
        return x, unit

    def against_years(self, index, block, x, unit, span):
        base, years = block["baseline"], []
        for year in range(base["from"], base["to"] + 1):
            other = year_of(span, year, self.world.window)
            sources, ahead = base.get("sources") or self.sources, year - span.first.year

            def compute(choice, other=other, sources=sources, ahead=ahead):
                return Pipeline(self.world, other, choice, sources, years=ahead).number(index, other)[0]
            try:        # a fallback by window serves each year by itself
                years.append(under_fallback(self.world, index, compute))
            except Undetermined:
                continue
        if len(years) < base["need"]:
            raise Undetermined("baseline_too_short")
        x, unit = compare(block["compare"], x, unit, years)
        rounds, unit = rounder(block, unit)
        return rounds(x), unit

    def events(self, index, span):
        at = next(i for i, b in enumerate(index) if b.get("per") in ("run", "value"))
        events = per_event(index[at], self.series(index[:at], span, check=True))
        for block in index[at + 1:]:
            for event in events:
                f, event.unit = number_function(block, event.unit)
                event.value = f(event.value)
        return events


def rules(block):
    return "only_on" in block or "only_where" in block or block.get("per", "run") not in ("run", "value")


def year_of(span, year, window):
    """The same window in another year, which is the year of its first day."""
    shift = year - span.first.year
    first = moved(span.first, shift)
    if isinstance(window, dict) and "each" in window:
        return Span(span.rule, *calendar_pieces(first, date(year, 12, 31), window["each"])[0])
    return Span(span.rule, first, moved(span.last, shift))


def grain_of(branch):
    """The grain of the slots behind a branch."""
    for block in reversed(branch):
        word = block.get("per") or block.get("every")
        if word in ("month", "dekad", "year"):
            return word
        if word in ("day", "1 d"):
            return ("days", 1)
        if word and word.endswith(" d"):
            return ("days", int(word[:-2]))
        if word:
            return ("step", int(in_unit(word, "s")))
        if "combine" in block:
            return grain_of(block["of"][0])
        if "members" in block:
            return grain_of(block["of"])
        if "formula" in block:
            return grain_of(next(v for v in block.values() if isinstance(v, list) and isinstance(v[0], dict)))
    raise AssertionError(branch)


def most_sources(index, default):
    """The longest list of sources that a read of an index has."""
    longest = 0
    for block in index:
        if "read" in block or "report" in block:
            longest = max(longest, len(block.get("from") or default))
        for inner in ("of", "only_where"):
            if inner in block:
                branches = block[inner] if isinstance(block[inner][0], list) else [block[inner]]
                longest = max([longest] + [most_sources(branch, default) for branch in branches])
        if "formula" in block:
            longest = max([longest] + [most_sources(v, default) for v in block.values() if isinstance(v, list) and isinstance(v[0], dict)])
    return longest


MISSES = ("no_readings", "too_many_missing", "gap_too_long")


def under_fallback(world, index, compute):
    """What `compute` makes of an index; under a fallback by window with the first sources that meet the missing rule."""
    if world.data.get("fallback") != "window":
        return compute(None)
    first = None
    for choice in range(max(1, most_sources(index, world.data["sources"]))):
        try:
            return compute(choice)
        except Undetermined as error:
            if error.args[0] not in MISSES:
                raise
            first = first or error
    raise first
