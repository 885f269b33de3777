"""Exact numbers, units and money, for the reference model.

Every number is a `Fraction`. A unit is a row of UNITS: exponents of (length, mass, time, temperature, angle), a noun
(`head`, or a currency's code), a factor to SI and an offset.
"""
from fractions import Fraction as F
from functools import lru_cache

NONE = (0, 0, 0, 0, 0)
LENGTH, AREA, VOLUME = (1, 0, 0, 0, 0), (2, 0, 0, 0, 0), (3, 0, 0, 0, 0)
TIME, SPEED, MASS = (0, 0, 1, 0, 0), (1, 0, -1, 0, 0), (0, 1, 0, 0, 0)
POWER, ENERGY, PRESSURE = (2, 1, -3, 0, 0), (2, 1, -2, 0, 0), (-1, 1, -2, 0, 0)
IRRADIANCE, IRRADIATION, WARMTH = (0, 1, -3, 0, 0), (0, 1, -2, 0, 0), (0, 0, 0, 1, 0)
CURRENCIES = "CNY USD EUR GBP JPY TWD INR AUD CAD PHP VND THB".split()
MINOR_PLACES = {"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3}

UNITS = {}


def _unit(symbol, exponents, factor=1, offset=0, noun=""):
    UNITS[symbol] = (exponents, noun, F(factor), F(offset))


for _symbol, _exponents, _factor in [
    ("1", NONE, 1), ("%", NONE, F(1, 100)),
    ("mm", LENGTH, F(1, 1000)), ("cm", LENGTH, F(1, 100)), ("m", LENGTH, 1), ("km", LENGTH, 1000), ("inch", LENGTH, F(254, 10000)),
    ("ft", LENGTH, F(3048, 10000)), ("mi", LENGTH, F(1609344, 1000)), ("nmi", LENGTH, 1852),
    ("m2", AREA, 1), ("mu", AREA, F(2000, 3)), ("ha", AREA, 10000), ("acre", AREA, F(40468564224, 10000000)), ("km2", AREA, 1000000),
    ("m3", VOLUME, 1), ("s", TIME, 1), ("min", TIME, 60), ("h", TIME, 3600), ("d", TIME, 86400),
]:
    _unit(_symbol, _exponents, _factor)
_unit("K", WARMTH)
_unit("degC", WARMTH, 1, F(27315, 100))
_unit("degF", WARMTH, F(5, 9), F(45967, 180))
for _symbol, _exponents, _factor in [
    ("m/s", SPEED, 1), ("km/h", SPEED, F(5, 18)), ("mph", SPEED, F(44704, 100000)), ("kt", SPEED, F(1852, 3600)),
    ("W", POWER, 1), ("kW", POWER, 10**3), ("MW", POWER, 10**6), ("GW", POWER, 10**9),
    ("J", ENERGY, 1), ("MJ", ENERGY, 10**6), ("Wh", ENERGY, 3600), ("kWh", ENERGY, 3600 * 10**3), ("MWh", ENERGY, 3600 * 10**6), ("GWh", ENERGY, 3600 * 10**9),
    ("W/m2", IRRADIANCE, 1), ("J/m2", IRRADIATION, 1), ("J/cm2", IRRADIATION, 10**4), ("MJ/m2", IRRADIATION, 10**6),
    ("Wh/m2", IRRADIATION, 3600), ("kWh/m2", IRRADIATION, 3600 * 10**3),
    ("Pa", PRESSURE, 1), ("hPa", PRESSURE, 100), ("mbar", PRESSURE, 100), ("kPa", PRESSURE, 1000),
    ("deg", (0, 0, 0, 0, 1), 1), ("kg", MASS, 1), ("t", MASS, 1000),
    ("kg/m3", (-3, 1, 0, 0, 0), 1), ("kg/ha", (-2, 1, 0, 0, 0), F(1, 10000)), ("t/ha", (-2, 1, 0, 0, 0), F(1, 10)), ("m3/s", (3, 0, -1, 0, 0), 1),
]:
    _unit(_symbol, _exponents, _factor)
for _symbol in "head household turbine tree pond greenhouse person animal storm event".split():
    _unit(_symbol, NONE, noun=_symbol)
for _code in CURRENCIES:
    _unit(_code, NONE, noun=_code)
for _code in CURRENCIES:
    for _per in ("kWh", "MWh", "kg", "t", "m3"):
        _e, _, _f, _ = UNITS[_per]
        _unit(f"{_code}/{_per}", tuple(-x for x in _e), 1 / _f, noun=_code)

# variable -> (own unit, whether it is never below zero)
VARIABLES = {
    "precipitation": ("mm", True), "air_temperature": ("degC", False), "air_temperature_max": ("degC", False),
    "air_temperature_min": ("degC", False), "air_temperature_mean": ("degC", False), "dew_point": ("degC", False),
    "relative_humidity": ("%", True), "wind_speed": ("m/s", True), "wind_gust": ("m/s", True), "air_pressure": ("hPa", True),
    "power": ("kW", False), "energy": ("kWh", False), "global_radiation": ("MJ/m2", True), "irradiance": ("W/m2", True),
    "sunshine": ("h", True), "evapotranspiration": ("mm", True), "storm_latitude": ("deg", False), "storm_longitude": ("deg", False),
    "storm_wind": ("kt", True), "storm_pressure": ("hPa", True), "snowfall": ("mm", True), "snow_depth": ("cm", True),
    "sea_surface_temperature": ("degC", False), "ndvi": ("1", False), "yield": ("kg/ha", True), "water_level": ("m", False),
    "river_flow": ("m3/s", True), "wave_height": ("m", True), "soil_moisture": ("%", True), "availability": ("%", True),
    "curtailed_energy": ("kWh", True), "event": ("1", True), "warning_level": ("1", True), "people": ("person", True),
    "price": (None, False),
}


def dimension(unit):
    return UNITS[unit][:2]


@lru_cache(maxsize=None)
def conversion(a, b):
    """Factor and offset from unit a to unit b."""
    (ea, na, fa, oa), (eb, nb, fb, ob) = UNITS[a], UNITS[b]
    assert (ea, na) == (eb, nb), f"{a} is no {b}"
    return fa / fb, (oa - ob) / fb


def convert(x, a, b):
    """A value in unit a as a value in unit b, exactly."""
    if a == b:
        return x
    factor, offset = conversion(a, b)
    return x * factor + offset if offset else x * factor


def scale(a, b):
    """How much of b one a is, offsets left aside: for differences and steps."""
    assert dimension(a) == dimension(b), f"{a} is no {b}"
    return UNITS[a][2] / UNITS[b][2]


def quantity(text):
    number, unit = text.split(" ")
    assert unit in UNITS or len(unit) == 3, text
    return F(number), unit


def in_unit(text, unit):
    x, written = quantity(text)
    return convert(x, written, unit)


def share(text):
    return in_unit(text, "1")


def seconds(text):
    x = in_unit(text, "s")
    assert x.denominator == 1, text
    return int(x)


def coherent(exponents, noun, factor):
    """The unit of the table in which a product or a quotient is told, and what the raw number is multiplied by.

    Money in its currency, a ratio as a plain number, power x time in kWh, else the table's first of that dimension.
    """
    if noun in CURRENCIES and exponents == NONE:
        unit = noun
    elif exponents == ENERGY and not noun:
        unit = "kWh"
    else:
        unit = next((u for u, row in UNITS.items() if row[0] == exponents and row[1] == noun), None)
        if unit is None:
            raise LookupError("the table has no unit of that dimension")
    return unit, factor / UNITS[unit][2]


def unit_times(a, b):
    (ea, na, fa, _), (eb, nb, fb, _) = UNITS[a], UNITS[b]
    if na and nb:
        raise LookupError("two nouns")
    if b == "1":
        return a, F(1)
    if a == "1":
        return b, F(1)
    return coherent(tuple(x + y for x, y in zip(ea, eb)), na or nb, fa * fb)


def unit_over(a, b):
    (ea, na, fa, _), (eb, nb, fb, _) = UNITS[a], UNITS[b]
    if b == "1":
        return a, F(1)
    if (ea, na) == (eb, nb):
        return "1", fa / fb
    if nb:
        raise LookupError("over a noun")
    return coherent(tuple(x - y for x, y in zip(ea, eb)), na, fa / fb)


def rounded(x, step, mode):
    """A number as a multiple of a step: half_up (a tie away from zero), half_even, down (to zero), up (from zero)."""
    above, below = x.numerator * step.denominator, x.denominator * step.numerator
    sign = -1 if above < 0 else 1
    whole, rest = divmod(abs(above), below)
    if mode == "half_up":
        up = 2 * rest >= below
    elif mode == "half_even":
        up = 2 * rest > below or (2 * rest == below and whole % 2 == 1)
    elif mode == "down":
        up = False
    else:
        assert mode == "up", mode
        up = rest > 0
    return F(sign * (whole + up) * step.numerator, step.denominator)


MICRO = F(1, 10**6)


def micro(x):
    """A reading that was converted: six places, half away from zero."""
    return x if 10**6 % x.denominator == 0 else rounded(x, MICRO, "half_up")


def decimal(text):
    """A number as a file writes it."""
    whole, _, places = text.partition(".")
    return F(int(whole + places), 10 ** len(places))


def plain(x):
    """The shortest decimal of a number that ends."""
    sign, number, below, places = ("-" if x < 0 else ""), abs(x.numerator), x.denominator, 0
    while 10**places % below:
        places += 1
        assert places <= 40, "the number does not end"
    digits = str(number * (10**places // below)).rjust(places + 1, "0")
    return sign + (digits[:-places] + "." + digits[-places:] if places else digits)


def shown(x):
    """An index as the payout log shows it: exact where it ends, else six places."""
    d = F(x).denominator
    for p in (2, 5):
        while d % p == 0:
            d //= p
    return plain(x if d == 1 else micro(x))


def minor_unit(currency):
    return F(1, 10 ** MINOR_PLACES.get(currency, 2))


def money(x, currency):
    places = MINOR_PLACES.get(currency, 2)
    n = x * 10**places
    assert n.denominator == 1
    sign, digits = ("-" if n < 0 else ""), str(abs(n.numerator)).rjust(places + 1, "0")
    return sign + (digits[:-places] + "." + digits[-places:] if places else digits)


COMPARE = {"<": lambda a, b: a < b, "<=": lambda a, b: a <= b, ">": lambda a, b: a > b, ">=": lambda a, b: a >= b}


def comparison(text, unit):
    """`">= 40 mm"` as a function of a value in the unit."""
    sign, rest = text.split(" ", 1)
    test, bound = COMPARE[sign], in_unit(rest, unit)
    return lambda x: test(x, bound)
