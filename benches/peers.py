#!/usr/bin/env python3
"""What a user would pick instead, side by side with Fairgauge in one run, as ratios.

    python3 -m venv peers && peers/bin/pip install numpy pandas polars duckdb xclim windpowerlib pvlib climate-indices
    peers/bin/python benches/peers.py

Each peer that is installed is measured; the others are left out and named. Fairgauge and the compiled loop come from
`cargo bench --bench compare`, which this script runs first. Every task runs on one thread, on data of the same size.
Prints a table in Markdown: nanoseconds for one item, and how many times as long as Fairgauge it takes.
"""

import importlib
import json
import os
import subprocess
import sys
import time
import warnings

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "POLARS_MAX_THREADS", "NUMBA_NUM_THREADS"):
    os.environ[threads] = "1"
os.environ.setdefault("PYTHONWARNINGS", "ignore")
warnings.filterwarnings("ignore")

import numpy as np  # noqa: E402  the least that is needed

REPEATS = 3


def module(name):
    try:
        return importlib.import_module(name)
    except ImportError:
        return None


def nanoseconds(items, work):
    """The best of some runs, for one item."""
    best = float("inf")
    for _ in range(REPEATS):
        begun = time.perf_counter()
        work()
        best = min(best, time.perf_counter() - begun)
    return best / items * 1e9


# Five daily indices a season: total, wet days, longest dry spell, largest five-day sum, growing degree days.

SERIES, YEARS, DAYS = 100, 30, 365


def seasons():
    random = np.random.default_rng(1)
    rain = np.where(random.random((SERIES, YEARS * DAYS)) < 0.6, 0.0, np.round(random.gamma(0.7, 8, (SERIES, YEARS * DAYS)), 1))
    warmth = np.round(15 + 8 * random.standard_normal((SERIES, YEARS * DAYS)), 1)
    return rain, warmth


def indices():
    rain, warmth = seasons()
    items = rain.size
    yield "numpy", nanoseconds(items, lambda: numpy_indices(rain, warmth))
    pandas = module("pandas")
    if pandas:
        # Years of 365 days, as every peer here counts them.
        year = np.repeat(np.arange(YEARS), DAYS)
        part = slice(0, 10)
        wet, warm = pandas.DataFrame(rain[part].T), pandas.DataFrame(warmth[part].T)
        yield "pandas", nanoseconds(items * 10 // SERIES, lambda: pandas_indices(wet, warm, year))
    polars = module("polars")
    if polars:
        frame = polars.DataFrame({
            "series": np.repeat(np.arange(SERIES), YEARS * DAYS), "year": np.tile(np.repeat(np.arange(YEARS), DAYS), SERIES),
            "rain": rain.ravel(), "warmth": warmth.ravel()})
        yield "polars", nanoseconds(items, lambda: polars_indices(polars, frame))
    duckdb = module("duckdb")
    if duckdb and polars:
        link = duckdb.connect(config={"threads": 1})
        if module("pyarrow"):
            link.register("arrived", frame.to_arrow())
            link.execute("CREATE TABLE day AS SELECT *, row_number() OVER () AS place FROM arrived")
            yield "DuckDB", nanoseconds(items, lambda: link.execute(DUCK).fetchall())
    xclim, xarray = module("xclim"), module("xarray")
    if xclim and xarray:
        time_axis = xarray.date_range("1981-01-01", periods=YEARS * DAYS, calendar="noleap", use_cftime=True)
        few = 20
        wet = xarray.DataArray(rain[:few], dims=("series", "time"), coords={"time": time_axis}, attrs={"units": "mm/d"})
        warm = xarray.DataArray(warmth[:few], dims=("series", "time"), coords={"time": time_axis}, attrs={"units": "degC"})
        yield "xclim", nanoseconds(few * YEARS * DAYS, lambda: xclim_indices(xclim, wet, warm))


def numpy_indices(rain, warmth):
    by_year = rain.reshape(SERIES, YEARS, DAYS)
    total, wet = by_year.sum(axis=2), (by_year >= 1).sum(axis=2)
    dry = by_year < 1
    run, longest = np.zeros((SERIES, YEARS), dtype=np.int32), np.zeros((SERIES, YEARS), dtype=np.int32)
    for day in range(DAYS):
        run = (run + 1) * dry[:, :, day]
        np.maximum(longest, run, out=longest)
    summed = np.cumsum(by_year, axis=2)
    five = np.concatenate([summed[:, :, 4:5], summed[:, :, 5:] - summed[:, :, :-5]], axis=2).max(axis=2)
    degree = np.maximum(warmth.reshape(SERIES, YEARS, DAYS) - 10, 0).sum(axis=2)
    return total, wet, longest, five, degree


def pandas_indices(rain, warmth, year):
    total, wet = rain.groupby(year).sum(), (rain >= 1).groupby(year).sum()
    five = rain.groupby(year).rolling(5).sum().groupby(level=0).max()
    degree = (warmth - 10).clip(lower=0).groupby(year).sum()
    longest = []
    for name in rain.columns:
        dry = rain[name] < 1
        runs = (dry != dry.shift()).cumsum()
        longest.append(dry.groupby([year, runs]).sum().groupby(level=0).max())
    return total, wet, five, degree, longest


def polars_indices(polars, frame):
    column = polars.col
    dry = (column("rain") < 1).rle_id().over("series", "year")
    longest = frame.with_columns(run=dry).filter(column("rain") < 1).group_by("series", "year", "run").len()
    longest = longest.group_by("series", "year").agg(column("len").max())
    rest = frame.group_by("series", "year", maintain_order=True).agg(
        column("rain").sum().alias("total"), (column("rain") >= 1).sum().alias("wet"),
        column("rain").rolling_sum(5).max().alias("five"), (column("warmth") - 10).clip(0).sum().alias("degree"))
    return rest.join(longest, on=["series", "year"], how="left")


DUCK = """
WITH five AS (
  SELECT series, year, rain, warmth, place,
         sum(rain) OVER (PARTITION BY series, year ORDER BY place ROWS 4 PRECEDING) AS five,
         place - row_number() OVER (PARTITION BY series, year, rain < 1 ORDER BY place) AS run FROM day),
spell AS (SELECT series, year, run, count(*) AS days FROM five WHERE rain < 1 GROUP BY ALL),
longest AS (SELECT series, year, max(days) AS longest FROM spell GROUP BY ALL)
SELECT series, year, sum(rain), count(*) FILTER (rain >= 1), max(five), sum(greatest(warmth - 10, 0)), any_value(longest)
FROM five LEFT JOIN longest USING (series, year) GROUP BY series, year
"""


def xclim_indices(xclim, rain, warmth):
    of = xclim.indices
    of.precip_accumulation(rain, freq="YS").values
    of.wetdays(rain, thresh="1 mm/d", op=">=").values
    of.maximum_consecutive_dry_days(rain, thresh="1 mm/day").values
    of.max_n_day_precipitation_amount(rain, window=5).values
    of.growing_degree_days(warmth, thresh="10 degC").values


# Payouts: three phases and a cap for each policy and year.

POLICIES, PHASES = 1_000_000, 3


def payouts():
    random = np.random.default_rng(2)
    strike = random.integers(100, 300, (PHASES, POLICIES)).astype(float)
    tick = random.integers(1, 50, (PHASES, POLICIES)) / 10
    limit = np.full((PHASES, POLICIES), 400.0)
    cap = np.full(POLICIES, 900.0)
    index = random.integers(0, 4000, (PHASES, POLICIES)) / 10

    def work():
        return np.minimum(np.round(np.minimum(np.maximum(strike - index, 0) * tick, limit), 2).sum(axis=0), cap)

    yield "numpy", nanoseconds(POLICIES, work)
    pandas = module("pandas")
    if pandas:
        frame = pandas.DataFrame({f"{name}{phase}": column[phase] for name, column in
                                  (("strike", strike), ("tick", tick), ("limit", limit), ("index", index)) for phase in range(PHASES)})
        frame["cap"] = cap

        def pandas_work():
            parts = [((frame[f"strike{p}"] - frame[f"index{p}"]).clip(lower=0) * frame[f"tick{p}"]).clip(upper=frame[f"limit{p}"]).round(2) for p in range(PHASES)]
            return sum(parts).clip(upper=frame["cap"])

        yield "pandas", nanoseconds(POLICIES, pandas_work)
        polars = module("polars")
        if polars:
            table = polars.DataFrame({name: frame[name].to_numpy() for name in frame})
            part = sum((polars.min_horizontal((polars.col(f"strike{p}") - polars.col(f"index{p}")).clip(0) * polars.col(f"tick{p}"), polars.col(f"limit{p}")).round(2)
                        for p in range(PHASES)), polars.lit(0.0))
            yield "polars", nanoseconds(POLICIES, lambda: table.select(polars.min_horizontal(part, polars.col("cap"))))


LAYERS = 4_000_000


def layers():
    random = np.random.default_rng(3)
    strike = random.integers(100, 300, LAYERS).astype(float)
    deductible, limit = np.full(LAYERS, 50.0), np.full(LAYERS, 500.0)
    index = random.integers(0, 4000, LAYERS) / 10

    def work():
        return np.round(np.minimum(np.maximum((strike - index) * 3 - deductible, 0), limit), 2)

    yield "numpy", nanoseconds(LAYERS, work)


# Formulas.

HOURS = 8_760
CURVE_MS = [float(speed) for speed in range(1, 26)]
CURVE_W = [0.0, 3e3, 25e3, 82e3, 174e3, 321e3, 532e3, 815e3, 1180e3, 1580e3, 1810e3, 1980e3] + [2050e3] * 13


def weather():
    random = np.random.default_rng(4)
    wind = np.round(random.gamma(2, 2.5, HOURS), 1)
    warmth = np.round(15 + 8 * random.standard_normal(HOURS), 1)
    pressure = np.round(1010 + 8 * random.standard_normal(HOURS), 1)
    sun = np.round(np.maximum(0, 700 * np.sin(np.arange(HOURS) % 24 / 24 * 2 * np.pi)), 1)
    return wind, warmth, pressure, sun


def wind_energy():
    wind, warmth, pressure, _ = weather()
    speed = wind * (98 / 10) ** 0.2
    kelvin = warmth + 273.15 - 0.0065 * 96
    density = (pressure - 98 / 8) * 1.225 * 288.15 * 100 / (101330 * kelvin)
    power = module("windpowerlib.power_output")
    if power:
        yield "windpowerlib", nanoseconds(HOURS, lambda: power.power_curve(
            speed, np.array(CURVE_MS), np.array(CURVE_W), density=density, density_correction=True))
    curve = np.array(CURVE_MS)
    exponent = np.interp(curve, [7.5, 12.5], [1 / 3, 2 / 3])
    watts = np.array(CURVE_W)

    def by_numpy():
        speeds = curve * (1.225 / density[:, None]) ** exponent
        right = (speeds <= speed[:, None]).sum(axis=1)
        inside = (right > 0) & (right < len(curve))
        left = np.clip(right - 1, 0, len(curve) - 2)
        rows = np.arange(len(speed))
        low, high = speeds[rows, left], speeds[rows, left + 1]
        return np.where(inside, watts[left] + (speed - low) / (high - low) * (watts[left + 1] - watts[left]), 0)

    yield "numpy", nanoseconds(HOURS, by_numpy)


def solar_energy():
    wind, warmth, _, sun = weather()
    temperature, system, inverter = module("pvlib.temperature"), module("pvlib.pvsystem"), module("pvlib.inverter")
    if temperature and system and inverter:
        wind, warmth, sun = (np.tile(column, 20) for column in (wind, warmth, sun))

        def work():
            cell = temperature.faiman(sun, warmth, wind)
            return inverter.pvwatts(system.pvwatts_dc(sun, cell, 5000, -0.004), 5000)

        yield "pvlib", nanoseconds(HOURS * 20, work)


def standardised_precipitation():
    indices_of, compute = module("climate_indices.indices"), module("climate_indices.compute")
    structlog = module("structlog")
    if indices_of and compute:
        if structlog:
            structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(50))
        months = np.round(np.random.default_rng(5).gamma(2, 35, 480), 1)
        yield "climate-indices", nanoseconds(480, lambda: indices_of.spi(
            months, 3, indices_of.Distribution.gamma, 1980, 1981, 2010, compute.Periodicity.monthly))


TASKS = [
    ("indices", "five daily indices a season, a series-day", indices),
    ("payouts", "three phases to the cent and a cap, a policy-year", payouts),
    ("layers", "strike, deductible, limit to the cent, a payout", layers),
    ("wind", "wind energy with density correction, a turbine-hour", wind_energy),
    ("pv", "PV energy from the plane of array, a site-hour", solar_energy),
    ("spi", "SPI-3, a series-month", standardised_precipitation),
]


def ours():
    """`{task: {who: ns}}` of `cargo bench --bench compare`."""
    told = subprocess.run(["cargo", "bench", "--locked", "--bench", "compare"], check=True, stdout=subprocess.PIPE, text=True).stdout
    rows = [json.loads(line) for line in told.splitlines() if line.startswith("{")]
    if not rows:
        sys.exit("cargo bench --bench compare printed no figures")
    figures = {}
    for row in rows:
        figures.setdefault(row["task"], {})[row["who"]] = row["ns"]
    return figures


def main():
    figures = ours()
    print("| task | who | ns | times Fairgauge |\n|---|---|---|---|")
    for task, words, peers in TASKS:
        measured = dict(figures.get(task, {}))
        measured.update(peers())
        base = measured.get("Fairgauge")
        for who, ns in sorted(measured.items(), key=lambda item: item[1]):
            ratio = f"{ns / base:.2g}" if base else "-"
            print(f"| {words} | {who} | {ns:.3g} | {ratio} |")
            words = ""


if __name__ == "__main__":
    main()
