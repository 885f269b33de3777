"""What the daemon of the soak works on: settings, term sheets, a book, keys, all in one folder."""

import base64
import datetime
import pathlib
import subprocess

DAY = datetime.timedelta(days=1)
# How far back there is weather at the start.
PAST_DAYS = 60
DAILY_STATIONS, HOURLY_STATIONS, MINUTE_STATIONS, PARK, CELLS, GERMANY, DROPPED = 12, 24, 20, 10, 4, 4, 5
LOG = "ledger.example.org/soak"

SETTINGS = """\
[ledger]
path = "ledger.sqlite"
snapshot = {{ path = "copies/ledger.sqlite", every = "5 min" }}
[ledger.sign]
name = "{log}"
key = {{ file = "ledger.key" }}
high_water = "outside/high-water"
publish = "public"
[book]
products = "products"
policies = ["book.csv"]
[network]
allow_private = true
[serve]
listen = "127.0.0.1:{serve}"
metrics = "127.0.0.1:{metrics}"
[payout_log]
path = "payouts.jsonl"
[webhook.office]
url = "http://127.0.0.1:{hook}/office"
secret = {{ file = "hook.secret" }}
events = ["payout.final", "payout.restated"]
timeout = "5 s"
"""

CSV = """\
[feed.{name}.csv]
delimiter = ","
decimal = "."
missing = [""]
station = {{ column = "station" }}
time = {{ column = "time", format = "{form}", zone = "UTC", stamp = "begin", {every} }}
[feed.{name}.columns]
rain = {{ variable = "precipitation", unit = "mm" }}
"""


def feeds(ports, poll):
    """The feeds: usually asked every few minutes, here a hundred times as often."""
    head = '\n[feed.{name}]\nkind = "{kind}"\n{origin}\npoll = "{poll} s"\ndelay = "{delay}"\nvintage = "provisional"\n'
    limits = 'timeout = "6 s"\nmax_body = "4 MiB"\n'

    def web(name, kind, path, seconds, delay):
        origin = f'url = "http://127.0.0.1:{ports[name]}/{path}"\n{limits}'
        return head.format(name=name, kind=kind, origin=origin, poll=seconds, delay=delay)

    day, hour, minute = 'every = "1 d", starts = "00:00"', 'every = "1 h"', 'every = "1 min"'
    stations = lambda name, count, more="": "".join(
        f"[feed.{name}.station.{name}-{n:02}]\n{more}" for n in range(count))
    text = web("daily", "csv", "daily.csv", poll, "0 s")
    text += CSV.format(name="daily", form="%Y-%m-%d", every=day)
    text += web("hourly", "csv", "hourly?from={from}&to={to}", 3, "1 min")
    text += CSV.format(name="hourly", form="%Y-%m-%d %H:%M", every=hour)
    text += 'temperature = { variable = "air_temperature", unit = "degC" }\n'
    text += web("minute", "csv", "minute.csv", 2, "1 min")
    text += CSV.format(name="minute", form="%Y-%m-%d %H:%M", every=minute)
    text += web("park", "json", "park?from={from}&to={to}", 3, "1 min")
    text += ('[feed.park.columns]\n"/m/power" = { variable = "power", unit = "kW" }\n'
             '[feed.park.json]\nrows = "/data"\nmissing = ["-999"]\nstation = { at = "plant" }\n'
             'time = { at = "ts", format = "%Y-%m-%dT%H:%M:%S%:z", stamp = "begin", every = "1 h" }\n'
             'error = "/message"\nexpect = { "/status" = "ok" }\n')
    text += web("model", "open-meteo", "v1/archive", 3, "1 min")
    text += ('[feed.model.open_meteo]\nmodel = "era5"\nblock = "hourly"\n'
             '[feed.model.columns]\nprecipitation = { variable = "precipitation", unit = "mm" }\n')
    text += stations("model", CELLS, 'latitude = "30.87 deg"\nlongitude = "121.93 deg"\n')
    text += web("germany", "brightsky", "weather", 3, "1 min")
    text += ('[feed.germany.brightsky]\nunits = "si"\n'
             '[feed.germany.columns]\nprecipitation = { variable = "precipitation", unit = "mm" }\n')
    text += "".join(f"[feed.germany.station.{n:05}]\n" for n in range(1, GERMANY + 1))
    dropped = 'folder = { path = "drop", quarantine = "quarantine" }\nmax_body = "1 MiB"'
    text += head.format(name="drop", kind="csv", origin=dropped, poll=1, delay="1 min")
    text += CSV.format(name="drop", form="%Y-%m-%d %H:%M", every=minute)
    return text


def product(name, feed, every, starts="00:00", variable="precipitation", covers=None, correction="180 d"):
    rain = ("rain", f'[ {{ read = "{variable}", every = "{every}" }}, {{ reduce = "sum" }} ]',
            '{ when = ">", strike = "40 mm", tick = "100 CNY/mm", limit = "60 %" }')
    text = (f'[product]\nid = "{name}"\nversion = 1\nname = "Soak {name}"\ncurrency = "CNY"\n'
            f'day = {{ zone = "UTC", starts = "{starts}" }}\n[exposure]\nsum_insured = "policy"\n'
            f'[policy]\nstation = "station"\n[data]\nsources = ["{feed}/{{station}}"]\n'
            'missing = { at_most = "50 %", longest = "20 d" }\n'
            '[settlement]\nlag = "0 s"\nlongest_wait = "10 d"\nrounding = "half_up"\n'
            f'correction = "{correction}"\nclawback = true\n')
    for cover, index, payout in covers or [rain]:
        text += f'[[cover]]\nid = "{cover}"\nwindow = "cover"\nindex = {index}\npayout = {payout}\n'
    return text


class Season:
    """The folder, and the forms of its settings and its book that a reload meets."""

    def __init__(self, folder, program, ports, minutes, now):
        self.folder, self.ports = pathlib.Path(folder), ports
        self.today, self.now = now.date(), now
        for name in ("products", "drop", "copies", "outside"):
            (self.folder / name).mkdir(parents=True)
        self.extra = 0
        self.ticks = self.write_products(minutes)
        self.write(self.settings(), self.book())
        key = subprocess.run([program, "key", "new", self.path("ledger.key"), "--name", LOG],
                             check=True, capture_output=True, text=True).stdout
        self.path("key.pub").write_text(key)
        self.secret = b"soak" * 8
        self.path("hook.secret").write_text(f"whsec_{base64.b64encode(self.secret).decode()}\n")
        self.path("hook.secret").chmod(0o600)
        token = subprocess.run(
            [program, "token", "new", "soak", "--role", "auditor", "--config", self.path("fairgauge.toml")],
            check=True, capture_output=True, text=True).stdout
        self.token = next(word for word in token.split() if len(word) > 30)

    def path(self, name):
        return self.folder / name

    def settings(self, poll=2):
        ports = self.ports
        head = SETTINGS.format(log=LOG, serve=ports["serve"], metrics=ports["metrics"], hook=ports["hook"])
        return head + feeds(ports, poll)

    def write_products(self, minutes):
        """Term sheets; those of the minutes end one after another while the soak lasts, each at a time of its own."""
        heat = ("heat", '[ { read = "air_temperature", every = "1 h" }, '
                '{ per = "day", take = "max", need = "50 %" }, { reduce = "max" } ]',
                '{ when = ">", strike = "30 degC", tick = "1000 CNY/degC", limit = "40 %" }')
        rain = ("rain", '[ { read = "precipitation", every = "1 h" }, { reduce = "sum" } ]',
                '{ when = ">", strike = "40 mm", tick = "100 CNY/mm", limit = "60 %" }')
        power = ("wind", '[ { read = "power", every = "1 h" }, { reduce = "mean" }, '
                 '{ round = "1 kW", mode = "half_up" } ]',
                 '{ when = "<", strike = "900 kW", tick = "10 CNY/kW", limit = "60 %" }')
        sheets = {
            "wet": product("wet", "daily", "1 d"),
            "field": product("field", "hourly", "1 h", covers=[rain, heat]),
            "calm": product("calm", "park", "1 h", covers=[power]),
            "cell": product("cell", "model", "1 h"),
            "german": product("german", "germany", "1 h"),
            "dropped": product("dropped", "drop", "1 min"),
        }
        ticks, count = [], 36
        for number in range(count):
            ends = self.now + datetime.timedelta(seconds=120 + minutes * 60 * number // count)
            name, starts = f"tick-{number:02}", ends.strftime("%H:%M")
            # A day that begins at noon or later bears the date on which it ends.
            date = ends.date() if ends.hour >= 12 else ends.date() - DAY
            ticks.append((name, date))
            sheets[name] = product(name, "minute", "1 min", starts=starts, correction="1 d")
        for name, text in sheets.items():
            self.path(f"products/{name}.toml").write_text(text)
        return ticks

    def book(self, extra=0):
        rows = ["policy,product,insured,from,to,sum_insured,station"]
        row = lambda *cells: rows.append(",".join(str(cell) for cell in cells))
        windows = PAST_DAYS // 10
        for station in range(DAILY_STATIONS):
            for window in range(windows):
                first = self.today - (PAST_DAYS - 10 * window) * DAY
                for number in range(2):
                    row(f"W-{station:02}-{window}-{number}", "wet@1", "Somebody", first, first + 9 * DAY,
                        f"{10 + number}000 CNY", f"daily-{station:02}")
        begin, end = self.today - 30 * DAY, self.today + 30 * DAY
        for station in range(HOURLY_STATIONS):
            for number in range(50):
                row(f"F-{station:02}-{number:02}", "field@1", "Farm", begin, end, f"{20 + number}000 CNY",
                    f"hourly-{station:02}")
        for name, product_id, feed, count in (("C", "calm", "park", PARK), ("M", "cell", "model", CELLS),
                                              ("D", "dropped", "drop", DROPPED)):
            for station in range(count):
                row(f"{name}-{station:02}", f"{product_id}@1", "Somebody", begin, end, "50000 CNY",
                    f"{feed}-{station:02}")
        for station in range(1, GERMANY + 1):
            row(f"G-{station:02}", "german@1", "Somebody", begin, end, "50000 CNY", f"{station:05}")
        for name, date in self.ticks:
            for station in range(4):
                row(f"T-{name}-{station}", f"{name}@1", "Somebody", date, date, "10000 CNY", f"minute-{station:02}")
        for number in range(extra):
            first = self.today - (10 + number % 40) * DAY
            row(f"N-{number:03}", "wet@1", "Newcomer", first, first + 5 * DAY, "10000 CNY",
                f"daily-{number % DAILY_STATIONS:02}")
        return "\n".join(rows) + "\n"

    def write(self, settings, book):
        for name, text in (("fairgauge.toml", settings), ("book.csv", book)):
            new = self.path(name + ".new")
            new.write_text(text)
            new.rename(self.path(name))

    def before_reload(self, number):
        """What the reload of this number finds; says whether it is good."""
        kind = number % 4
        if kind == 0:
            self.write(self.settings(poll=2), self.book(self.extra))
        elif kind == 1:
            self.write(self.settings(poll=2), self.book(self.extra) + "X-1,nothing@1,,yesterday,,1 CNY\n")
        elif kind == 2:
            # Now and then somebody new comes.
            self.extra += 1 if number % 16 == 2 else 0
            self.write(self.settings(poll=3), self.book(self.extra))
        else:
            self.write(self.settings().replace("poll = ", "pol = ", 1), self.book(self.extra))
        return kind in (0, 2)

    def mend(self):
        self.write(self.settings(poll=2), self.book(self.extra))

