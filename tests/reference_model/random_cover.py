"""Random payouts, events, gates and limits around indices, for generate.py."""
from quantities import F, rounded
from random_index import said

SHARES = ["5 %", "10 %", "20 %", "25 %", "30 %", "33.3 %"]


def near(rng, x, step):
    return x + rng.choice([0, 0, step, -step, 2 * step, -3 * step])


def step_of(x):
    """A distance that suits a number's size."""
    return F(1) if abs(x) >= 3 else F(1, 10)


def payout(rng, x, unit, currency, dated=False, units=False):
    """A payout for an index of this unit whose number is near x."""
    x = rounded(x, F(1, 10**6), "half_up")
    width = step_of(x) * rng.choice([1, 2, 5, 10])
    when = rng.choice(["<", "<=", ">", ">="])
    away = -width if when.startswith("<") else width
    strike = near(rng, x, width / 2 if rng.random() < 0.5 else step_of(x))
    if rng.random() < 0.55:     # so that it pays rather often
        strike = x - away / rng.choice([1, 2, 3, 4])
        strike = rounded(strike, F(1, 10**6), "half_up")
    kinds = ["bands" if units else "layer"] * 2 if unit == currency else ["tick", "tick"]
    kind = rng.choice(kinds + ["linear", "linear", "digital", "bands", "grid" if dated else "bands"])
    limit = rng.choice(["100 %", "80 %", "50 %", "30 %"])
    if kind == "tick":
        p = {"when": when, "strike": said(strike, unit), "tick": f"{rng.choice(['1', '0.35', '2.5', '7'])} {currency}/{unit}", "limit": limit}
    elif kind == "layer":
        attachment = max(F(0), rounded(x - width, F(1, 100), "half_up"))
        p = {"attachment": said(attachment, unit), "exhaustion": said(attachment + rng.choice([1, 2, 50]) * width, unit), "cession": rng.choice(["30 %", "100 %"])}
    elif kind == "linear":
        p = {"when": when, "strike": said(strike, unit), "exit": said(strike + away, unit), "limit": limit}
        if limit != "100 %" and rng.random() < 0.3:
            p["at_exit"] = "100 %"
    elif kind == "digital":
        p = {"when": when, "strike": said(strike, unit), "pays": rng.choice(SHARES)}
    elif kind == "bands":
        bounds = sorted({strike, strike + away, near(rng, x, width)})
        pays = ["0 %"] + [rng.choice(SHARES + ["0 %"]) for _ in bounds]
        if when.startswith("<"):
            pays.reverse()
        texts = [said(b, unit) for b in bounds]
        bands = [{"to": texts[0], "pays": pays[0]}]
        bands += [{"from": a, "to": b, "pays": p} for a, b, p in zip(texts, texts[1:], pays[1:])]
        p = {"closed": rng.choice(["below", "above"]), "bands": bands + [{"from": texts[-1], "pays": pays[-1]}]}
    else:
        bounds = [said(b, unit) for b in sorted({strike, strike + abs(away)})]
        columns = ["01-01"] + rng.choice([[], ["04-10"], ["06-15", "09-01"]])
        rows = {"of": "value", rng.choice(["at_least", "at_most"]): bounds}
        p = {"rows": rows, "columns": {"of": "date", "from": columns}, "pays": [[rng.choice(SHARES) for _ in columns] for _ in bounds]}
    return p | modifiers(rng)


def modifiers(rng):
    p = {}
    if rng.random() < 0.08:
        p["by_date"] = [{"from": "01-01", "times": rng.choice(["40 %", "100 %"])}, {"from": "06-01", "times": "75 %"}]
    if rng.random() < 0.1:
        p["deductible"] = rng.choice(["1 %", "2 %"])
    if rng.random() < 0.1:
        p["franchise"] = rng.choice(["3 %", "4 %"])
    if rng.random() < 0.1:
        p["minimum"] = rng.choice(["3 %", "4 %"])
    return p


def swap(rng, x, unit, currency):
    return {
        "swap": said(near(rng, rounded(x, F(1, 10**6), "half_up"), 3 * step_of(x)), unit), "tick": f"{rng.choice(['1', '2.5'])} {currency}/{unit}",
        "when": rng.choice(["<", ">"]), "most": f"{rng.choice([4, 20])} {currency}", "least": f"{rng.choice([4, 20])} {currency}",
    }


def events_rule(rng):
    rule = {"pay": rng.choice(["each", "each", "largest"])}
    if rule["pay"] == "each":
        rule["limit"] = rng.choice(["100 %", "60 %"])
        if rng.random() < 0.25:
            rule["at_most"] = rng.randint(1, 3)
        if rng.random() < 0.25:
            rule["spacing"] = f"{rng.choice([2, 3, 5])} d"
    if rng.random() < 0.25:
        rule["skip"] = 1
    return rule


def limb(rng, maker, currency, units):
    """An index with a payout."""
    index = maker.index()
    return {"index": index, "payout": payout(rng, maker.number(index), maker.unit_of(index), currency, units=units)}


def gate(rng, maker, number):
    index = maker.index()
    x, unit = maker.number(index), maker.unit_of(index)
    x = rounded(x, F(1, 10**6), "half_up")
    return {"id": f"gate-{number}", "index": index, "holds": f"{rng.choice(['<', '<=', '>', '>='])} {said(near(rng, x, step_of(x)), unit)}"}


def by_policy(rng, cover, product, given):
    """Puts a term of the payout, where it has one that may vary by policy, into the book."""
    p = cover.get("payout", {})
    for key, name in (("strike", "level"), ("pays", "share"), ("limit", "most")):
        if isinstance(p.get(key), str) and rng.random() < 0.1:
            product["policy"][name], given[name] = p[key].split(" ")[1], p[key]
            p[key] = "{" + name + "}"


def months_apart(rng, cover, months):
    """Gives each month its own strike (and exit)."""
    p = cover.get("payout", {})
    if isinstance(p.get("strike"), str) and cover["window"] == {"each": "month"} and rng.random() < 0.5:
        number, unit = p["strike"].split(" ")
        moved = {month: F(rng.choice([0, 0, 1, -1])) for month in months}
        for key in ("strike", "exit"):
            if key in p:
                number = F(p[key].split(" ")[0])
                p[key] = {month: said(number + moved[month], unit) for month in months}
