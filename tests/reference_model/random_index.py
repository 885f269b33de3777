"""Random indices, valid by construction, with thresholds that often lie on the values themselves, for generate.py.

A branch grows block by block; behind each block it is evaluated, so that the next one's numbers can be chosen from the
values that are there.
"""
from days import DEKADS, MONTHS, calendar_pieces, dekad_in_month
from flow import Flow, Undetermined, combined_unit, number_function, there
from index import Pipeline, World
from quantities import F, VARIABLES, dimension, plain, rounded
from random_formula import formula
from random_series import month_day
from reduce import length_unit


def reduced_unit(block, flow):
    """The unit that a reducer gives, whatever the values are."""
    how, length = block["reduce"], length_unit(flow)[1]
    if how == "energy":
        return "kWh"
    if how in ("events", "runs"):
        return "1"
    if how in ("first", "last"):
        return "d"
    if how == "share":
        return "%"
    return length if how in ("count", "longest_run", "run_length") else flow.unit


MODES = ["half_up", "half_even", "down", "up"]
QUANTILES = "inverted_cdf averaged_inverted_cdf closest_observation interpolated_inverted_cdf hazen weibull linear median_unbiased normal_unbiased lower higher nearest midpoint".split()


def said(x, unit):
    return f"{plain(rounded(F(x), F(1, 10**6), 'half_up'))} {unit}"


class Remembering(Pipeline):
    """A pipeline that computes each flow once: a branch that grows is evaluated behind each of its blocks."""

    def __init__(self, world, span, choice, memory):
        super().__init__(world, span, choice)
        self.memory = memory

    def up_to(self, branch, last, span, checkpoint):
        if checkpoint is not None:
            return super().up_to(branch, last, span, checkpoint)
        key = (repr(branch[:last + 1]), span.first, span.last, span.begin, self.choice)
        if key not in self.memory:
            self.memory[key] = super().up_to(branch, last, span, checkpoint)
        return self.memory[key]


class Maker:
    """Makes one index for a scene under the data rules of a product."""

    def __init__(self, rng, scene, data, span, window, currency, members=None):
        self.rng, self.scene, self.data, self.span, self.window, self.members = rng, scene, data, span, window, members
        self.currency, self.memory = currency, {}

    # ------------------------------------------------------------ helpers

    def pipeline(self):
        choice = 0 if self.data.get("fallback") == "window" else None
        world = World(self.data, {"gauge": self.scene.readings}, self.scene.rule, window=self.window)
        return Remembering(world, self.span, choice, self.memory)

    def flow(self, branch):
        branch = [block | {"none": "nothing"} if "report" in block else block for block in branch]
        return self.pipeline().series(branch, self.span)

    def threshold(self, flow):
        """A number in the unit of the flow: often one of its values, or just beside it."""
        values = [x for x in there(flow.values) if x is not True and x is not False]
        if not values:
            return F(self.rng.randint(0, 10))
        x = self.rng.choice(values)
        return x + self.rng.choice([0, 0, 0, F(1, 10), F(-1, 10), 1, -1])

    def positive(self, flow):
        return abs(self.threshold(flow)) or F(5)

    def take(self, flow, words):
        """One of the words; powers are not added up over time."""
        if dimension(flow.unit) == dimension("kW"):
            words = [word for word in words if word not in ("sum", "largest_run")]
        return self.rng.choice(words)

    def comparison(self, flow):
        return f"{self.rng.choice(['<', '<=', '>', '>='])} {said(self.threshold(flow), flow.unit)}"

    def rounding(self, unit, steps=("0.1", "1", "0.01", "0.5", "0.000001")):
        return {"round": f"{self.rng.choice(steps)} {unit}", "mode": self.rng.choice(MODES)}

    def duration(self, flow, most=4):
        n = self.rng.randint(1, most)
        if flow.grain in ("month", "dekad"):
            return f"{n} {flow.grain}s", n
        seconds = n * flow.slot_seconds()
        return (f"{seconds // 86400} d" if seconds % 86400 == 0 and flow.grain[0] == "days" else f"{seconds // 60} min" if seconds % 3600 else f"{seconds // 3600} h"), n

    # ------------------------------------------------------------ source blocks

    def read(self, variable, unit=None):
        self.scene.need(variable)
        step = self.scene.step
        every = "1 d" if step is None else f"{step // 60} min" if step % 3600 else f"{step // 3600} h"
        block = {"read": variable, "every": every}
        own = VARIABLES[variable][0]
        if variable == "price":
            unit = f"{self.currency}/{self.rng.choice(['kWh', 'MWh'])}"
        if unit and unit != own:
            block["as"] = unit
        if self.data.get("fallback") == "consensus":
            block["agree_within"] = f"{self.rng.choice(['0', '1', '2.5'])} {unit or own}"
        elif len(self.data["sources"]) > 1 and self.rng.random() < 0.1:
            block["from"] = self.rng.sample(self.data["sources"], self.rng.choice([1, 2]))
        return block

    def variable(self):
        return self.rng.choice(["precipitation"] * 4 + ["air_temperature", "air_temperature_max", "air_temperature_min", "wind_speed", "power", "energy", "relative_humidity", "sunshine"])

    def head(self):
        """The first block of a branch."""
        how = self.rng.random()
        if self.members:
            return self.member_block()
        if how < 0.62:
            variable = self.variable()
            unit = {"precipitation": "inch", "air_temperature": "degF", "power": "W"}.get(variable) if self.rng.random() < 0.2 else None
            return self.read(variable, unit)
        if how < 0.92 or self.data.get("fallback") == "consensus":
            return self.combination()
        return formula(self)

    def combination(self):
        rng, how = self.rng, self.rng.choice(["mean", "sum", "max", "min", "difference", "product", "ratio"])
        if how == "product":
            pair = rng.choice([("energy", "relative_humidity"), ("energy", "price"), ("power", "sunshine"), ("sunshine", "power"), ("precipitation", "relative_humidity")])
        elif how == "ratio":
            pair = rng.choice([("precipitation", "evapotranspiration"), ("power", "power"), ("energy", "sunshine"), ("energy", "power")])
        else:
            pair = rng.choice([("air_temperature_min", "air_temperature_max"), ("precipitation", "evapotranspiration"), ("precipitation", "precipitation"), ("air_temperature", "air_temperature_max")])
        branches = [self.branch([self.read(variable)], rng.choice([0, 0, 0, 1]), plain_only=True) for variable in pair]
        if how in ("mean", "sum", "max", "min") and rng.random() < 0.25:
            branches.append([self.read(pair[0])])
        units = {self.flow(branch).unit for branch in branches}
        if how not in ("product", "ratio") and len(units) > 1:
            branches = [branch[:1] for branch in branches]
        block = {"combine": how, "of": branches}
        if how in ("mean", "product", "ratio"):
            from flow import combined_unit
            try:
                unit, _ = combined_unit(how, [self.flow(b).unit for b in branches])
            except LookupError:     # what the branches grew to has no product or quotient
                block["of"] = branches = [b[:1] for b in branches]
                unit, _ = combined_unit(how, [self.flow(b).unit for b in branches])
            block |= self.rounding(unit, ("0.1", "0.01", "1", "0.000001"))
        return block

    def member_block(self):
        rng, take = self.rng, self.rng.choice(["mean", "sum", "max", "min", "share"])
        members = list(self.members)
        branch = [self.read(rng.choice(["precipitation", "air_temperature", "relative_humidity"]))]
        if take == "share":
            sample = Pipeline(self.pipeline().world, self.span).of_member(members[0]).series(branch, self.span)
            branch.append({"meets": self.comparison(sample)})
        block = {"members": members, "take": take, "of": branch, "need": f"{rng.choice([1, 50, 60, 66, 100])} %"}
        if take in ("mean", "share"):
            if rng.random() < 0.5:
                block["weights"] = {2: ["60 %", "40 %"], 3: ["50 %", "30 %", "20 %"]}[len(members)]
            unit = "%" if take == "share" else VARIABLES[branch[0]["read"]][0]
            block |= self.rounding(unit, ("0.1", "0.01", "1"))
        return block

    # ------------------------------------------------------------ series

    def branch(self, blocks, length, plain_only=False):
        """Grows a branch by so many blocks that keep it a series of values."""
        for _ in range(length):
            flow = self.flow(blocks)
            block = self.pointwise(flow) if plain_only or self.rng.random() < 0.6 else self.reshaping(flow, blocks)
            if block:
                blocks = blocks + [block]
        return blocks

    def pointwise(self, flow):
        rng, unit = self.rng, flow.unit
        warm = unit in ("degC", "degF")
        words = ["cap", "floor", "excess_over", "shortfall_below", "minus", "curve", "lookup", "round"]
        words += [] if warm else ["ignore_below", "ignore_below", "times", "percent_of"]
        word = rng.choice(words)
        if word in ("cap", "floor", "excess_over", "shortfall_below", "ignore_below"):
            x = self.threshold(flow)
            return {word: said(max(x, F(0)) if word == "ignore_below" else x, unit)}
        if word == "minus":
            return {"minus": said(self.threshold(flow), unit)}
        if word == "times":
            return {"times": f"{rng.choice(['0.85', '2', '0.5', '1.1'])} 1", **self.rounding(unit)}
        if word == "percent_of":
            return {"percent_of": said(self.positive(flow), unit), **self.rounding("%", ("0.1", "1", "0.01"))}
        if word == "round":
            return self.rounding(unit)
        return self.curve(flow) if word == "curve" else self.lookup(flow)

    def bounds(self, flow, n):
        return sorted({self.threshold(flow) for _ in range(n)})

    def curve(self, flow):
        xs = self.bounds(flow, 4)
        if len(xs) < 2:
            xs = [xs[0], xs[0] + 3]
        points = [[said(x, flow.unit), f"{self.rng.randint(0, 20)} kW"] for x in xs]
        return {"curve": points, "outside": f"{self.rng.choice([0, 0, 7])} kW", **self.rounding("kW", ("0.1", "1"))}

    def lookup(self, flow):
        xs = self.bounds(flow, 3)
        steps = [{"to": said(x, flow.unit), "is": f"{self.rng.choice([0, 0.5, 1, 2])} 1"} for x in xs] + [{"is": f"{self.rng.choice([0, 1, 3])} 1"}]
        return {"lookup": steps, "closed": self.rng.choice(["below", "above"])}

    def reshaping(self, flow, blocks):
        """A block that joins, rolls, labels or takes out; None where none fits."""
        rng = self.rng
        words = ["only_on", "substitute", "rolling", "rolling", "only_where"]
        joined = any("per" in b or "rolling" in b for b in blocks)
        words += ["per"] * 4 if not joined else []
        words += ["labels"] * 8 if flow.grain in ("month", "dekad") or flow.grain[0] == "phase" else []
        if any("rolling" in b for b in blocks) or flow.grain[0] == "phase" or flow.grain in ("month", "dekad", "year"):
            whole = flow.grain in ("month", "dekad") and len(flow.values) > 1 and not any("rolling" in b for b in blocks)
            words = [w for w in words if w in ("substitute", "labels")] or ["substitute"]
            words += ["rolling"] * 3 * whole
        if any("substitute" in block or "step" in block for block in blocks):
            words = [w for w in words if w != "substitute"]
        if self.repeats():      # its days would have to lie in every period
            words = [w for w in words if w != "only_on"]
        if not words:
            return None
        word = rng.choice(words)
        if word == "per":
            return self.per(flow)
        if word == "labels":
            return self.labels(flow)
        if word == "substitute":
            return {"substitute": said(self.threshold(flow), flow.unit)}
        if word == "only_on":
            days = self.span.dates()
            chosen = sorted(rng.sample(days, rng.randint(1, len(days)))) if len(days) < 40 else sorted(rng.sample(days, 15))
            return {"only_on": [day.isoformat() for day in chosen]}
        if word == "only_where":
            return self.only_where(flow)
        return self.rolling(flow)

    def only_where(self, flow):
        condition = [self.read(self.rng.choice(["wind_speed", "precipitation", "relative_humidity"]))]
        condition.append({"meets": self.comparison(self.flow(condition))})
        block = {"only_where": condition}
        unit = "h" if self.scene.step else "d"
        for side in ("before", "after"):
            if self.rng.random() < 0.4:
                block[side] = f"{self.rng.randint(1, 3)} {unit}"
        return block

    def rolling(self, flow):
        rng, (text, n) = self.rng, self.duration(flow, 5)
        if n > len(flow.values):
            return None
        take = self.take(flow, ["sum", "sum", "max", "min", "mean"])
        block = {"rolling": text, "take": take}
        if take == "mean":
            block |= self.rounding(flow.unit, ("0.1", "0.01"))
        if rng.random() < 0.3 and n > 1:
            block["step"] = text
        elif rng.random() < 0.6 and n > 1 and self.scene.told_from < self.scene.first:
            block["reach_before"] = True
        return block

    def per(self, flow):
        rng, take = self.rng, self.take(flow, ["sum", "max", "min", "mean"])
        days = len(self.span.dates())
        if flow.grain[0] == "step":
            grains = ["day"] * 4 + (["1 h", "3 h"] if flow.grain[1] < 3600 and not self.scene.clock_changes else [])
        else:
            grains = ["dekad", "dekad", "month", "month", "year"]
            if self.days_are_known() and days > 1:
                grains += ["phase"]
                if not self.scene.years:        # a leap year may have a day more
                    grains += [f"{n} d" for n in (2, 5, 10) if days % n == 0 and days > n]
        grain = rng.choice(grains)
        block = {"per": grain}
        if grain == "phase":
            block["phases"] = self.phases()
        block |= {"take": take, "need": f"{rng.choice([1, 50, 80, 90, 100])} %"}
        if take == "mean":
            block |= self.rounding(flow.unit, ("0.1", "0.01", "1"))
        return block

    def phases(self):
        days = self.span.dates()
        cuts = sorted(self.rng.sample(range(len(days)), min(len(days), self.rng.choice([2, 4])) // 2 * 2))
        pairs = [(days[a], days[b]) for a, b in zip(cuts[::2], cuts[1::2])]
        return [{"id": f"phase-{i}", "from": month_day(a), "to": month_day(b)} for i, (a, b) in enumerate(pairs, 1)]

    def repeats(self):
        return isinstance(self.window, dict) and "each" in self.window

    def days_are_known(self):
        """Whether each period, and what an anchor leaves of it, has the very days for which the index is drawn."""
        return self.window == "cover" or "from" in self.window and "anchor" not in self.window

    def names(self, flow):
        """The labels that slots of any period have."""
        if flow.phases:
            return flow.phases
        dated = isinstance(self.window, dict) and "from" in self.window and "anchor" not in self.window
        ends = (self.span.first, self.span.last) if dated else (self.scene.first, self.scene.last)
        if flow.grain == "dekad":
            pieces = calendar_pieces(*ends, "dekad")
            return list(dict.fromkeys(DEKADS[(a.month - 1) * 3 + dekad_in_month(a)] for a, _ in pieces))
        return list(dict.fromkeys(MONTHS[a.month - 1] for a, _ in calendar_pieces(*ends, "month")))

    def labels(self, flow):
        rng, names = self.rng, self.names(flow)
        word = rng.choice(["minus", "percent_of"] + ["weigh"] * self.days_are_known())
        if word == "weigh":
            parts = {1: [100], 2: [30, 70], 3: [50, 20, 30]}.get(len(names))
            if parts is None:
                return None
            return {"weigh": {name: f"{p} %" for name, p in zip(names, parts)}, **self.rounding(flow.unit, ("0.1", "0.01"))}
        if word == "minus":
            return {"minus": {name: said(self.threshold(flow), flow.unit) for name in names}}
        if flow.unit in ("degC", "degF"):
            return None
        return {"percent_of": {name: said(self.positive(flow), flow.unit) for name in names}, **self.rounding("%", ("0.1", "1"))}

    # ------------------------------------------------------------ to a number

    def index(self):
        """Blocks to one number."""
        if self.rng.random() < 0.06 and not self.members and not self.scene.years and self.data.get("fallback") != "consensus":
            return self.of_numbers()
        if self.rng.random() < 0.04 and not self.members and self.data.get("fallback") is None:
            return self.reports()
        blocks = self.branch([self.head()], self.rng.choice([0, 1, 1, 2, 2, 3]))
        return self.finished(self.reduced(blocks))

    def reduced(self, blocks):
        """A branch with a reducer behind it, and whether a rounding must follow."""
        rng, flow = self.rng, self.flow(blocks)
        kind, number = rng.choice(["values", "values", "flags", "flags", "runs"]), flow.slot_seconds() is not None
        if kind == "flags":
            text = self.comparison(flow)
            if rng.random() < 0.2:
                low, high = sorted([self.threshold(flow), self.threshold(flow)])
                high += 1 if low == high else 0
                text = [f">= {said(low, flow.unit)}", f"{rng.choice(['<', '<='])} {said(high, flow.unit)}"]
            blocks = blocks + [{"meets": text}]
            apart = any("step" in block for block in blocks)      # such stretches have no length
            how = rng.choice(["share"] if apart else ["count", "longest_run", "share", "events", "first", "last"] if number else ["count", "share", "longest_run"])
            block = {"reduce": how}
            if how == "events":
                block["gap"] = self.duration(flow, 5)[0]
            if how in ("first", "last"):
                block |= {"days_from": rng.choice(["window", "year"]), "never": f"{rng.choice([0, 99])} d"}
            return blocks + [block], how == "share"
        if kind == "runs" and number and not any("step" in block for block in blocks):
            blocks = blocks + [{"in_runs": self.comparison(flow), "at_least": self.duration(flow, 3)[0]}]
            if rng.random() < 0.4:
                blocks = blocks + [{"excess_over": said(self.threshold(flow), flow.unit)}]
            how = self.take(flow, ["sum", "largest_run", "runs", "run_length", "longest_run", "max", "min"])
            block = {"reduce": how}
            if how == "runs" and rng.random() < 0.6:
                block["gap"] = self.duration(flow, 4)[0]
            return blocks + [block], False
        hows = ["sum", "sum", "mean", "max", "min", "latest", "quantile"] + (["energy"] * 2 if dimension(flow.unit) == dimension("kW") and number and not any("step" in block for block in blocks) else [])
        how = self.take(flow, hows)
        block = {"reduce": how}
        if how == "quantile":
            block |= {"at": f"{rng.choice([0, 10, 25, 50, 75, 90, 95, 100])} %", "method": rng.choice(QUANTILES)}
        return blocks + [block], how in ("mean", "quantile", "energy")

    def unit_of(self, index):
        """The unit of an index, also where it has no number."""
        at = next((i for i, b in enumerate(index) if "reduce" in b), 0)
        if at:
            unit = reduced_unit(index[at], self.flow(index[:at]))
        else:
            unit, _ = combined_unit(index[0]["combine"], [self.unit_of(b) for b in index[0]["of"]])
        for block in index[at + 1:]:
            unit = block["round"].split(" ")[1] if "round" in block else number_function(block, unit)[1]
        return unit

    def number(self, index):
        """The number of an index, or one that it might have had."""
        try:
            return self.pipeline().number(index, self.span)[0]
        except Undetermined:
            return F(5)

    def finished(self, index_and_rounding):
        """Number blocks behind a reducer, and the rounding that it needs."""
        (index, must), rng = index_and_rounding, self.rng
        unit = self.unit_of(index)
        steps_of_hours = unit == "h" and self.scene.step and self.scene.step < 3600
        if must or steps_of_hours or rng.random() < 0.3:
            index = index + [self.rounding(unit, ("0.1", "1", "0.01", "5"))]
        if self.scene.years and rng.random() < 0.8:
            return index + [self.compare(unit)]
        if unit == "kWh" and rng.random() < 0.4:
            return index + [{"times": f"{rng.choice(['0.4', '1', '0.05'])} {self.currency}/{rng.choice(['kWh', 'MWh'])}"}]
        if rng.random() < 0.1:
            one = Flow([0], [0], [None], [self.number(index)], unit, ("step", 1))
            return index + [self.curve(one) if rng.random() < 0.5 else self.lookup(one)]
        if unit in ("degC", "degF", "d", "h", "1") or rng.random() < 0.6:
            return index
        x = self.number(index)
        near = x + rng.choice([0, 1, -1, F(1, 10), 10])
        word = rng.choice(["minus", "times", "percent_of", "excess_over", "shortfall_below", "cap", "floor"])
        if word == "times":
            return index + [{"times": f"{rng.choice(['0.85', '1.5', '3'])} 1"}]
        if word == "percent_of":
            return index + [{"percent_of": said(abs(near) or 7, unit)}, self.rounding("%", ("0.1", "1", "0.01"))]
        return index + [{word: said(near, unit)}]

    def compare(self, unit):
        """Against the years that the scene has."""
        rng, hows = self.rng, ["percent_of_mean", "mean", "anomaly", "percentile", "z_score_sample", "z_score_population"]
        if unit == "mm":
            hows += ["spi", "spei"]
        rng.shuffle(hows)
        first, last = self.scene.years[0][0].year, self.scene.years[-1][0].year
        last -= rng.choice([0, 1])
        fewest = {"z_score_sample": 2, "z_score_population": 2, "spi": 3, "spei": 4}
        how = next(how for how in hows if fewest.get(how, 1) <= last - first + 1)
        fewest = fewest.get(how, 1)
        baseline = {"from": first, "to": last, "need": rng.randint(fewest, max(fewest, min(3, last - first + 1)))}
        if how in ("spi", "spei") or how.startswith("z_score"):     # in floating point: no digits that two libraries may tell apart
            return {"compare": how, "baseline": baseline, **self.rounding("1", ("0.1", "0.01", "0.001"))}
        behind = "%" if how in ("percent_of_mean", "percentile") else unit
        return {"compare": how, "baseline": baseline, **self.rounding(behind, ("0.1", "0.01", "1", "0.000000001"))}

    def of_numbers(self):
        """A combine of branches that end in a number."""
        rng, how = self.rng, self.rng.choice(["sum", "difference", "max", "ratio", "mean"])
        branches = []
        for _ in range(rng.choice([2, 2, 3]) if how in ("sum", "max", "mean") else 2):
            blocks = self.branch([self.read("precipitation")], rng.choice([0, 1]), plain_only=True)
            while self.flow(blocks).unit != "mm":
                blocks = blocks[:-1]
            if rng.random() < 0.3:
                flow = self.flow(blocks)
                blocks = blocks + [{"in_runs": self.comparison(flow), "at_least": self.duration(flow, 3)[0]}]
                branches.append(blocks + [{"reduce": rng.choice(["sum", "largest_run", "max"])}])
            else:
                branches.append(blocks + [{"reduce": rng.choice(["sum", "sum", "max", "latest"])}])
        index = [{"combine": how, "of": branches}]
        if how in ("ratio", "mean"):
            index.append(self.rounding("1" if how == "ratio" else "mm", ("0.1", "0.01")))
        return index

    def reports(self):
        rng, variable = self.rng, self.rng.choice(["yield", "yield", "warning_level", "air_temperature"])
        self.scene.need(variable)
        block = {"report": variable, "none": rng.choice(["nothing", "undetermined"])}
        if variable == "yield" and rng.random() < 0.4:
            block["as"] = "t/ha"
        blocks = self.branch([block], rng.choice([0, 0, 1]), plain_only=True)
        how, unit = rng.choice(["sum", "max", "min", "latest", "mean", "quantile"]), self.flow(blocks).unit
        if how == "quantile":
            blocks = blocks + [{"reduce": how, "at": f"{rng.choice([10, 50, 75])} %", "method": rng.choice(QUANTILES)}]
        else:
            blocks = blocks + [{"reduce": self.take(self.flow(blocks), ["max"]) if how == "sum" and dimension(unit) == dimension("kW") else how}]
        return blocks + ([self.rounding(unit, ("0.1", "0.01", "1"))] if how in ("mean", "quantile") else [])

    def events(self):
        """Blocks to events of runs or of values; None where the branch knows none."""
        blocks = self.branch([self.head()], self.rng.choice([0, 1, 1]), plain_only=True)
        flow = self.flow(blocks)
        if self.rng.random() < 0.6:
            blocks = blocks + [{"in_runs": self.comparison(flow), "at_least": self.duration(flow, 2)[0]}, {"per": "run", "take": self.take(flow, ["sum", "max", "min", "length"])}]
            if blocks[-1]["take"] == "length" and self.scene.step == 1800:
                blocks.append(self.rounding("h", ("1", "0.1")))
        else:
            blocks = blocks + [{"per": "value"}]
        return blocks
