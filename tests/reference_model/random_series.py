"""Random days, readings and gaps, for generate.py."""
from datetime import date, timedelta

from days import ONE, DayRule
from quantities import F, plain
from series import Readings

DAYS = [("UTC", "00:00"), ("Asia/Shanghai", "20:00"), ("-07:00", "00:00"), ("+05:30", "08:30"), ("Asia/Shanghai", "12:00"), ("Asia/Kolkata", "00:00")]
DAYS_WITH_CLOCK_CHANGES = [("Europe/Berlin", "00:00"), ("America/New_York", "09:00")]

# variable -> units in which a file may tell it, and how its values are drawn
DRAWS = {
    "precipitation": (["mm", "mm", "mm", "cm", "inch"], lambda r: r.choice([0, 0, 0, 1, 2, 5, 10, r.randint(0, 20), tenths(r, 0, 200)])),
    "evapotranspiration": (["mm"], lambda r: r.choice([0, 2, 4, tenths(r, 0, 80)])),
    "air_temperature": (["degC", "degC", "degF"], lambda r: r.choice([r.randint(8, 14), tenths(r, 80, 140), F(r.randint(-8, 80), 4)])),
    "air_temperature_max": (["degC"], lambda r: r.choice([r.randint(30, 37), tenths(r, 320, 380), 35])),
    "air_temperature_min": (["degC", "degF"], lambda r: r.choice([r.randint(-3, 4), tenths(r, -40, 40), 0])),
    "wind_speed": (["m/s", "km/h"], lambda r: r.choice([r.randint(0, 14), tenths(r, 0, 150)])),
    "power": (["kW", "W", "MW"], lambda r: r.choice([0, 100, 500, r.randint(-3, 900), tenths(r, 0, 3000)])),
    "energy": (["kWh", "MWh"], lambda r: r.choice([0, 10, 20, r.randint(0, 60)])),
    "relative_humidity": (["%"], lambda r: r.choice([50, 80, r.randint(0, 100)])),
    "sunshine": (["h"], lambda r: r.choice([0, 1, 5, tenths(r, 0, 120)])),
    "yield": (["kg/ha", "t/ha"], lambda r: r.choice([1, 2, 3, tenths(r, 5, 60)])),
    "warning_level": (["1"], lambda r: r.choice([0, 1, 2, 3])),
    "irradiance": (["W/m2"], lambda r: r.choice([0, 200, 800, r.randint(0, 1000)])),
    "price": (["CUR/MWh", "CUR/kWh"], lambda r: r.choice([30, 55, r.randint(-5, 90)])),
    "air_pressure": (["hPa"], lambda r: r.randint(980, 1035)),
}


class Unlucky(Exception):
    """A draw that makes no sheet; the next one may."""


def month_day(day):
    """A day of any year; 29 February is none."""
    if (day.month, day.day) == (2, 29):
        raise Unlucky
    return day.strftime("%m-%d")


def tenths(rng, low, high):
    return F(rng.randint(low, high), 10)


def gaps(rng, n):
    """Which of n readings are missing: none, single ones, runs, the ends, nearly all, all."""
    missing, pattern = set(), rng.choice(["none"] * 6 + ["single", "single", "few", "run", "run", "ends", "half", "all"])
    if pattern == "single":
        missing = {rng.randrange(n)}
    elif pattern == "few":
        missing = {i for i in range(n) if rng.random() < 0.12}
    elif pattern == "run":
        for _ in range(rng.randint(1, 3)):
            a = rng.randrange(n)
            missing |= set(range(a, min(n, a + rng.randint(2, 5))))
    elif pattern == "ends":
        missing = set(range(rng.randint(0, 2))) | set(range(n - rng.randint(0, 2), n))
    elif pattern == "half":
        missing = {i for i in range(n) if rng.random() < 0.5}
    elif pattern == "all":
        missing = set(range(n))
    return missing


def stamp(instant):
    return (date(1970, 1, 1) + timedelta(days=instant // 86400)).isoformat() + "T%02d:%02d:%02dZ" % (instant % 86400 // 3600, instant % 3600 // 60, instant % 60)


class Scene:
    """Days, step and readings of a case: the span that its files tell of, and the files as they come to be needed."""

    def __init__(self, rng, step, clock_changes, length, stations, currency):
        self.rng, self.step, self.stations, self.currency = rng, step, stations, currency
        self.day = rng.choice(DAYS_WITH_CLOCK_CHANGES if clock_changes else DAYS)
        self.rule = DayRule(*self.day)
        if clock_changes:
            self.first = rng.choice([date(2023, 3, 24), date(2023, 10, 27), date(2023, 3, 9), date(2023, 11, 1)])
        else:
            self.first = date(rng.randint(2001, 2023), rng.randint(1, 12), rng.randint(1, 28))
        self.last = self.first + (length - 1) * ONE
        self.told_from, self.told_to = self.first, self.last
        self.columns, self.years, self.readings = {}, None, Readings()

    def times(self):
        """When rows are told: dates or instants."""
        stretches = [(self.told_from, self.told_to)] if not self.years else self.years
        times = []
        for first, last in stretches:
            if self.step is None:
                times += [first + i * ONE for i in range((last - first).days + 1)]
            else:
                times += range(self.rule.begin(first), self.rule.begin(last + ONE), self.step)
        return times

    def need(self, variable):
        """A column for a variable, with its values, for every station."""
        if variable in self.columns:
            return
        units, draw = DRAWS[variable]
        units = [unit.replace("CUR", self.currency) for unit in units]
        times, told = self.times(), {}
        for station in self.stations:
            missing = gaps(self.rng, len(times))
            told[station] = {t: F(draw(self.rng)) for i, t in enumerate(times) if i not in missing}
            self.readings.table.setdefault(station, {})[variable] = told[station]
        self.columns[variable] = (self.rng.choice(units), told)
        self.readings.units[variable] = self.columns[variable][0]

    def rows(self):
        """Header and rows of the file, each a list of fields."""
        several = len(self.stations) > 1
        header = ["time"] + ["station"] * several + [f"{variable}[{unit}]" for variable, (unit, _) in self.columns.items()]
        rows = []
        for t in self.times():
            for station in self.stations:
                fields = [t.isoformat() if self.step is None else stamp(t)] + [station] * several
                for _, told in self.columns.values():
                    fields.append(plain(told[station][t]) if t in told[station] else "")
                rows.append(fields)
        return [header] + rows


def csv_text(rows):
    return "".join(",".join(fields) + "\n" for fields in rows)
