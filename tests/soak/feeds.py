"""The weather of the soak, and a server for each feed that tells it: well, or as servers are known to fail."""

import datetime
import gzip
import json
import random
import socket
import struct
import threading
import time
import urllib.parse

import season

MINUTE, HOUR, DAY = (datetime.timedelta(minutes=1), datetime.timedelta(hours=1), datetime.timedelta(days=1))
BOMB = gzip.compress(b" " * (32 << 20), 9)
# Of a hundred answers so many are good; where a poll asks for each station by itself, all of them must be.
GOOD, GOOD_BY_STATION = 60, 88
FAULTS = ["status", "busy", "words", "redirect", "html", "bomb", "endless", "reset", "silent", "slow", "cut", "other",
          "reversed", "ahead", "garbage", "renamed", "short", "slipped", "twice", "empty", "bytes", "heads"]
# Where there is no table of lines.
JSON_FAULTS = [fault for fault in FAULTS if fault not in ("reversed", "garbage", "slipped", "twice", "ahead", "other")]


def utc():
    return datetime.datetime.now(datetime.timezone.utc)


def tenths(*names):
    """What the weather was at first: the same each time it is asked."""
    return random.Random("/".join(map(str, names))).randrange(0, 15)


class Weather:
    """What is true, with what was revised."""

    def __init__(self, now):
        self.begin = now.replace(hour=0, minute=0, second=0, microsecond=0) - season.PAST_DAYS * DAY
        self.revised = {}
        self.revisions = 0
        self.quiet = False
        self.lock = threading.Lock()

    def value(self, feed, station, at):
        key = (feed, station, at)
        value = self.revised.get(key)
        return tenths(feed, station, at.timestamp()) if value is None else value

    def revise(self, dice, feed, station, at):
        if not self.quiet:
            self.revised[(feed, station, at)] = dice.randrange(0, 15)
            self.revisions += 1

    def slots(self, step, first, last):
        """Intervals that began from `first` on and have ended by `last`."""
        at = max(first, self.begin)
        while at + step <= last:
            yield at
            at += step


def csv(rows, columns):
    return ("station,time," + columns + "\n" + "".join(rows)).encode()


class Feed:
    """Of one feed: what it says when it is well."""

    def __init__(self, name, weather, seed):
        self.name, self.weather, self.dice = name, weather, random.Random(f"{seed}/{name}")
        self.lines = {}
        self.answered, self.good = 0, 0
        self.lock = threading.Lock()

    def span(self, query, now):
        day = lambda text: datetime.datetime.fromisoformat(text[:10]).replace(tzinfo=datetime.timezone.utc)
        first = query.get("from") or query.get("start_date") or query.get("date")
        last = query.get("to") or query.get("end_date") or query.get("last_date")
        return (day(first) if first else self.weather.begin), min(day(last) + DAY if last else now, now)

    def body(self, query, now):
        return getattr(self, self.name)(query, now)

    def kind(self):
        return "application/json" if self.name in ("park", "model", "germany") else "text/csv"

    def daily(self, _, now):
        stations = [f"daily-{n:02}" for n in range(season.DAILY_STATIONS)]
        days = list(self.weather.slots(DAY, self.weather.begin, now))
        self.weather.revise(self.dice, "daily", self.dice.choice(stations), self.dice.choice(days))
        return csv([f"{s},{d:%Y-%m-%d},{self.weather.value('daily', s, d)}\n" for s in stations for d in days], "rain")

    def hourly(self, query, now):
        stations = [f"hourly-{n:02}" for n in range(season.HOURLY_STATIONS)]
        hours = list(self.weather.slots(HOUR, *self.span(query, now)))
        if hours and self.dice.randrange(20) == 0:
            self.weather.revise(self.dice, "hourly", self.dice.choice(stations), self.dice.choice(hours))

        def line(station, at):
            value = self.weather.value("hourly", station, at)
            known = self.lines.get((station, at))
            if known is None or known[0] != value:
                warm = 10 + tenths(station, at.timestamp(), "warm")
                known = self.lines[(station, at)] = value, f"{station},{at:%Y-%m-%d %H:%M},{value / 10},{warm}\n"
            return known[1]
        return csv([line(s, h) for s in stations for h in hours], "rain,temperature")

    def minute(self, _, now):
        stations = [f"minute-{n:02}" for n in range(season.MINUTE_STATIONS)]
        # All of the last day at first and now and then, else the last hour.
        reach = 25 * HOUR if self.good < 3 or self.dice.randrange(100) == 0 else HOUR
        first = now.replace(second=0, microsecond=0) - reach
        minutes = list(self.weather.slots(MINUTE, first, now))
        return csv([f"{s},{m:%Y-%m-%d %H:%M},{self.weather.value('minute', s, m) / 100}\n"
                    for s in stations for m in minutes], "rain")

    def park(self, query, now):
        hours = list(self.weather.slots(HOUR, *self.span(query, now)))
        rows = [{"plant": f"park-{n:02}", "ts": f"{h:%Y-%m-%dT%H:%M:%S}+00:00",
                 "m": {"power": 500 + 50 * self.weather.value("park", n, h)}}
                for n in range(season.PARK) for h in hours]
        return json.dumps({"status": "ok", "data": rows}).encode()

    def model(self, query, now):
        # A stamp ends its hour.
        hours = list(self.weather.slots(HOUR, *self.span(query, now)))
        place = query.get("latitude", "30.87"), query.get("longitude", "121.93")
        return json.dumps({
            "latitude": float(place[0]), "longitude": float(place[1]), "utc_offset_seconds": 0,
            "hourly_units": {"time": "iso8601", "precipitation": "mm"},
            "hourly": {"time": [f"{h + HOUR:%Y-%m-%dT%H:%M}" for h in hours],
                       "precipitation": [self.weather.value("model", 0, h) / 10 for h in hours]}}).encode()

    def germany(self, query, now):
        hours = list(self.weather.slots(HOUR, *self.span(query, now)))
        station = query.get("dwd_station_id", "00001")
        rows = [{"timestamp": f"{h + HOUR:%Y-%m-%dT%H:%M:%S}+00:00", "source_id": 1,
                 "precipitation": self.weather.value("germany", station, h) / 10} for h in hours]
        source = {"id": 1, "dwd_station_id": station, "observation_type": "recent"}
        return json.dumps({"weather": rows, "sources": [source]}).encode()

    def spoil(self, fault, body):
        """A whole answer with a fault in what it says."""
        dice, lines = self.dice, body.decode().splitlines(keepends=True)
        # Of the newest rows, so that there are only so many different ones.
        some = dice.randrange(max(1, len(lines) - 40), len(lines)) if len(lines) > 1 else 0
        if fault == "other":
            return body.replace(self.name.encode() + b"-", b"other-")
        if fault == "reversed":
            return "".join(lines[:1] + lines[:0:-1]).encode()
        if fault == "ahead" and len(lines) > 1:
            return body + lines[-1].replace(f"{utc():%Y-}", f"{utc().year + 1}-").encode()
        if fault == "garbage" and some:
            cells = lines[some].rstrip("\n").split(",")
            cells[-1] = dice.choice(["NaN", "1e999", "-4", "\x00\x01", "12,5", "1;2"])
            lines[some] = ",".join(cells) + "\n"
            return "".join(lines).encode()
        if fault == "renamed":
            return body.replace(b"rain", b"snow").replace(b"precipitation", b"snowfall").replace(b"power", b"torque")
        if fault == "short":
            return body[:dice.randrange(len(body))]
        if fault == "slipped" and some:
            lines[some] = lines[some].rstrip("\n") + "e4\n"
            return "".join(lines).encode()
        if fault == "twice" and some:
            return body + (lines[some].rstrip("\n") + "9\n").encode()
        if fault == "bytes":
            return dice.randbytes(2000)
        return b""


class Server:
    """On a port of its own."""

    def __init__(self, feed, counts):
        self.feed, self.counts = feed, counts
        self.socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            connection, _ = self.socket.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(30)
        try:
            with connection, connection.makefile("rb") as reader:
                while self.answer(connection, reader):
                    pass
        except OSError:
            pass  # The other side may be gone: that is what is tested.

    def answer(self, connection, reader):
        """Answers one request; says whether the connection stays."""
        first = reader.readline()
        heads = {}
        while line := reader.readline().strip():
            name, _, value = line.decode("latin-1").partition(":")
            heads[name.lower()] = value.strip()
        if not first:
            return False
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(first.decode("latin-1").split(" ")[1]).query))
        feed = self.feed
        with feed.lock:
            feed.answered += 1
            # The first answers are good, so that there is something to spoil.
            share = GOOD_BY_STATION if feed.name in ("model", "germany") else GOOD
            good = feed.weather.quiet or feed.good < 8 or feed.dice.randrange(100) < share
            faults = FAULTS if feed.kind() == "text/csv" else JSON_FAULTS
            fault = None if good else feed.dice.choice(faults)
            body = feed.body(query, utc())
            roll, amount = feed.dice.randrange(100), feed.dice.randrange(1, 4)
            spoiled = b"" if fault is None else feed.spoil(fault, body)
            feed.good += good
        self.counts[fault or "good"] = self.counts.get(fault or "good", 0) + 1
        return getattr(self, fault, self.spoilt)(connection, body, spoiled, amount) if fault else \
            self.well(connection, body, roll, heads)

    def send(self, connection, status, body=b"", kind=None, more="", close=True):
        head = f"HTTP/1.1 {status} Told\r\ncontent-type: {kind or self.feed.kind()}\r\n{more}"
        head += f"content-length: {len(body)}\r\n" + ("connection: close\r\n" if close else "")
        connection.sendall(head.encode() + b"\r\n" + body)
        return not close

    def well(self, connection, body, roll, heads):
        tag = f'"{hash(body) & 0xFFFFFFFF:x}"'
        if heads.get("if-none-match") == tag:
            return self.send(connection, 304, more=f"etag: {tag}\r\n", close=False)
        more = f"etag: {tag}\r\n" if roll < 70 else ""
        if roll % 2:
            body, more = gzip.compress(body, 1), more + "content-encoding: gzip\r\n"
        return self.send(connection, 200, body, more=more, close=roll < 20)

    def spoilt(self, connection, _, spoiled, amount):
        return self.send(connection, 200, spoiled, close=amount == 1)

    def status(self, connection, _body, _spoiled, amount):
        return self.send(connection, 499 + amount, more=f"retry-after: {amount}\r\n")

    def busy(self, connection, _body, _spoiled, amount):
        return self.send(connection, 429, more=f"retry-after: {amount}\r\n")

    def words(self, connection, _body, _spoiled, amount):
        wait = ["-1", "next year", "9" * 5000 + "?"][amount - 1]
        return self.send(connection, 503, more=f"retry-after: {wait}\r\n")

    def redirect(self, connection, _body, _spoiled, amount):
        return self.send(connection, 300 + amount, more="location: http://169.254.169.254/latest/meta-data\r\n")

    def html(self, connection, _body, _spoiled, _amount):
        return self.send(connection, 200, b"<html><body>Sign in</body></html>", kind="text/html")

    def bomb(self, connection, _body, _spoiled, _amount):
        return self.send(connection, 200, BOMB, more="content-encoding: gzip\r\n")

    def endless(self, connection, _body, _spoiled, _amount):
        connection.sendall(b"HTTP/1.1 200 Told\r\ntransfer-encoding: chunked\r\n\r\n")
        chunk = b"4000\r\n" + b"0" * 0x4000 + b"\r\n"
        for _ in range(2048):
            connection.sendall(chunk)
        return False

    def reset(self, connection, _body, _spoiled, _amount):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    def silent(self, connection, _body, _spoiled, _amount):
        connection.recv(1)  # Until the other side has gone.
        return False

    def slow(self, connection, body, _spoiled, _amount):
        connection.sendall(f"HTTP/1.1 200 Told\r\ncontent-length: {len(body)}\r\n\r\n".encode())
        for byte in body[:100]:
            time.sleep(0.2)
            connection.sendall(bytes([byte]))
        return False

    def cut(self, connection, body, _spoiled, _amount):
        connection.sendall(f"HTTP/1.1 200 Told\r\ncontent-length: {len(body) + 10}\r\n\r\n".encode() + body)
        return False

    def heads(self, connection, body, _spoiled, _amount):
        return self.send(connection, 200, body, more="x-long: " + "y" * 200_000 + "\r\n")


class Drop:
    """Files that are dropped into a folder: whole ones, and what else is found in such folders."""

    def __init__(self, folder, quarantine, weather, seed):
        self.folder, self.quarantine, self.weather = folder, quarantine, weather
        self.dice, self.number = random.Random(f"{seed}/drop"), 0

    def drop(self):
        self.number += 1
        now, name = utc(), self.folder / f"drop-{self.number:06}.csv"
        first = now.replace(second=0, microsecond=0) - (25 * HOUR if self.number == 1 else 10 * MINUTE)
        rows = [f"drop-{n:02},{m:%Y-%m-%d %H:%M},{self.weather.value('drop', n, m) / 100}\n"
                for n in range(season.DROPPED) for m in self.weather.slots(MINUTE, first, now)]
        body = csv(rows, "rain")
        fault = None if self.number < 3 or self.weather.quiet else self.dice.randrange(12)
        if fault == 0:
            body = body[:self.dice.randrange(len(body))]
        elif fault == 1:
            body = self.dice.randbytes(3000)
        elif fault == 2:
            body = b"0" * (2 << 20)
        elif fault == 3:
            name.symlink_to("/etc/hostname")
            return
        elif fault == 4:
            (self.folder / f"drop-{self.number:06}.tmp").write_bytes(body)
            return
        part = name.with_suffix(".part")
        part.write_bytes(body)
        part.rename(name)
        # As whoever runs it does, old files are taken away.
        for folder, most in ((self.folder, 40), (self.quarantine, 40)):
            found = sorted(folder.glob("drop-*")) if folder.exists() else []
            for old in found[:-most]:
                old.unlink(missing_ok=True)
