"""Exposure, payout shapes and their modifiers, for the reference model. Amounts are exact until a cover rounds them once."""
from dataclasses import dataclass
from datetime import date
from typing import Any

from days import MONTHS
from quantities import COMPARE, F, in_unit, quantity, rounded, scale, share


class Insured:
    """Sum insured and number of units of a policy: what a percentage and an amount for each unit come to."""

    def __init__(self, product, sum_insured, units):
        exposure, self.currency = product["exposure"], product["product"]["currency"]
        factor = F(1)
        for text in exposure.get("factors", []):
            factor *= share(text)
        if "per" in exposure:
            self.units, unit = quantity(units or f"1 {exposure['per']}")
            assert unit == exposure["per"]
            one = exposure.get("sum_insured")
        else:
            self.units, one = F(1), sum_insured or f"100 {self.currency}"
        self.total = None
        if one is not None:
            total = in_unit(one, self.currency) * factor
            if "round_sum" in exposure:
                total = rounded(total, in_unit(exposure["round_sum"], self.currency), exposure["mode"])
            self.total = total * self.units

    def amount(self, text):
        """`20 %` of the sum insured; money for each unit."""
        x, unit = quantity(text)
        if unit == "%":
            return self.total * x / 100
        assert unit == self.currency, text
        return x * self.units


@dataclass
class Told:
    """What a payout is computed from: a number, and the insured day on which an event (or the period) begins."""
    value: Any
    unit: str
    day: date
    event: bool = False


def by_month(term, day):
    return term[MONTHS[day.month - 1]] if isinstance(term, dict) else term


def band(table, told):
    for b in table["bands"]:
        low = in_unit(b["from"], told.unit) if "from" in b else None
        high = in_unit(b["to"], told.unit) if "to" in b else None
        x = told.value
        if table["closed"] == "below" and (low is None or x >= low) and (high is None or x < high):
            return b["pays"]
        if table["closed"] == "above" and (low is None or x > low) and (high is None or x <= high):
            return b["pays"]
    raise AssertionError("a hole in the bands")


def bound_reached(axis, told):
    """Which bound of an axis holds: the last reached of those that rise, the first that holds of the others."""
    if axis["of"] == "date":
        reached = [i for i, text in enumerate(axis["from"]) if date(told.day.year, int(text[:2]), int(text[3:])) <= told.day]
        return reached[-1] if reached else None
    if "at_least" in axis:
        reached = [i for i, text in enumerate(axis["at_least"]) if told.value >= in_unit(text, told.unit)]
        return reached[-1] if reached else None
    reached = [i for i, text in enumerate(axis["at_most"]) if told.value <= in_unit(text, told.unit)]
    return reached[0] if reached else None


def shape(p, told, insured, month):
    """What the shape alone gives, exactly."""
    if "bands" in p:
        return insured.amount(band(p, told))
    if "rows" in p:
        row, column = bound_reached(p["rows"], told), bound_reached(p["columns"], told)
        return F(0) if row is None or column is None else insured.amount(p["pays"][row][column])
    if "attachment" in p:
        low, high = in_unit(p["attachment"], told.unit), in_unit(p["exhaustion"], told.unit)
        return min(max(told.value - low, F(0)), high - low) * share(p["cession"])
    if "swap" in p:
        far = in_unit(p["swap"], told.unit) - told.value
        due = (far if p["when"] == "<" else -far) * tick(p, told, insured)
        return max(min(due, insured.amount(p["most"])), -insured.amount(p["least"]))
    strike = in_unit(by_month(p["strike"], month), told.unit)
    if not COMPARE[p["when"]](told.value, strike):
        return F(0)
    if "strike" in p and "exit" not in p and "tick" not in p:
        return insured.amount(p["pays"])
    far, limit = abs(told.value - strike), insured.amount(p["limit"])
    if "tick" in p:
        return min(limit, far * tick(p, told, insured))
    width = abs(in_unit(by_month(p["exit"], month), told.unit) - strike)
    if far >= width:
        return insured.amount(p["at_exit"]) if "at_exit" in p else limit
    return limit * far / width


def tick(p, told, insured):
    """Money for one of the index's unit."""
    number, unit = p["tick"].split(" ")
    currency, _, per = unit.partition("/")
    assert currency == insured.currency
    return F(number) * insured.units * scale(told.unit, per)


def due(p, told, insured, month):
    """(amount, reason): shape, then by_date, deductible, franchise, minimum."""
    x, reason = shape(p, told, insured, month), "strike_not_reached"
    if "by_date" in p:
        times = F(0)
        for row in p["by_date"]:
            if date(told.day.year, int(row["from"][:2]), int(row["from"][3:])) <= told.day:
                times = share(row["times"])
        x, reason = x * times, reason if times or not x else "outside_dates"
    if x and "deductible" in p:
        x, reason = max(F(0), x - insured.amount(p["deductible"])), "below_deductible"
    if x and "franchise" in p and x < insured.amount(p["franchise"]):
        x, reason = F(0), "below_franchise"
    if "minimum" in p and x > 0:
        x = max(x, insured.amount(p["minimum"]))
    return x, "strike_reached" if x > 0 else "insured_owes" if x < 0 else reason


def fits(p, insured):
    """Whether what modifies a payout leaves something of it: else the sheet is refused."""
    top = most_of_shape(p, insured)
    below = [insured.amount(p[key]) <= top for key in ("franchise", "minimum") if key in p]
    return all(below) and ("deductible" not in p or insured.amount(p["deductible"]) < top)


def most(p, insured):
    """The most that a payout can be for one number."""
    x = most_of_shape(p, insured)
    if "by_date" in p:
        x *= max(share(row["times"]) for row in p["by_date"])
    if "deductible" in p:
        x = max(F(0), x - insured.amount(p["deductible"]))
    if "franchise" in p and x < insured.amount(p["franchise"]):
        x = F(0)
    if "minimum" in p and x > 0:
        x = max(x, insured.amount(p["minimum"]))
    return x


def most_of_shape(p, insured):
    if "bands" in p:
        return max(insured.amount(b["pays"]) for b in p["bands"])
    if "rows" in p:
        return max(insured.amount(cell) for row in p["pays"] for cell in row)
    if "attachment" in p:
        return (in_unit(p["exhaustion"], insured.currency) - in_unit(p["attachment"], insured.currency)) * share(p["cession"])
    if "swap" in p:
        return insured.amount(p["most"])
    if "limit" in p:
        return max(insured.amount(p["limit"]), insured.amount(p["at_exit"]) if "at_exit" in p else F(0))
    return insured.amount(p["pays"])
