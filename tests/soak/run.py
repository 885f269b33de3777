#!/usr/bin/env python3
"""A soak: hours of a daemon that is asked, told, reloaded, killed and read a hundred times as much as usual.

    cargo build --release
    tests/soak/run.py --minutes 120 --folder /var/tmp/soak      (2 minutes try it)

The feeds' server fails in every way that servers are known for, by a fixed seed (feeds.py); good and bad books are
reloaded, readers page, crawl and misbehave (readers.py), the daemon is killed and stopped, but for one long stretch. Each
minute a line is written to soak.csv in the folder; at the end the ledger is verified against the newest checkpoint that a
reader saw, and everything that anybody was told must be in it. The daemon's allocator is set as in
systemd/fairgauge.service. Not in .ci/run. Needs Python 3.11 and nothing else.
"""

import argparse
import os
import pathlib
import signal
import sqlite3
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).parent))
import check  # noqa: E402
import feeds  # noqa: E402
import readers  # noqa: E402
import season  # noqa: E402

# By share of the whole time: when a life ends, and how. The longest one is left in peace; the first one fills the ledger.
LIVES = [(0.06, "TERM"), (0.13, "KILL"), (0.20, "KILL"), (0.27, "TERM"), (0.34, "KILL"), (0.43, "KILL"), (0.86, "KILL"),
         (0.93, "KILL"), (1.0, "TERM")]
RELOAD_S, DROP_S, SAMPLE_S = 15, 10, 2


def memory():
    """How the unit has the system's allocator work."""
    unit = pathlib.Path(__file__).parents[2] / "systemd/fairgauge.service"
    pairs = unit.read_text().replace("Environment=", " ").split()
    return dict(pair.split("=", 1) for pair in pairs if pair.startswith("MALLOC_"))


class Daemon:
    def __init__(self, program, world, life):
        self.log = open(world.path(f"log-{life}.txt"), "wb")
        command = [program, "run", "--config", world.path("fairgauge.toml")]
        self.process = subprocess.Popen(command, stderr=self.log, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                        env={**os.environ, **memory()})
        self.life, self.begun = life, time.monotonic()

    def wait_ready(self, port, watch):
        """Until it is at work; a large ledger takes its time."""
        reader = readers.Readers(port, port, "", readers.Seen(None), 0)
        while True:
            watch()
            try:
                if reader.get("/readyz", "ready")[0] == 200:
                    return time.monotonic() - self.begun
            except OSError:
                pass
            time.sleep(0.1)

    def figures(self):
        process = pathlib.Path(f"/proc/{self.process.pid}")
        status = dict(line.split(":", 1) for line in (process / "status").read_text().splitlines())
        number = lambda name: int(status[name].split()[0])
        descriptors = len(list((process / "fd").iterdir()))
        return number("VmRSS"), number("RssAnon"), number("VmHWM"), descriptors, number("Threads")

    def end(self, how):
        self.process.send_signal(getattr(signal, f"SIG{how}"))
        status = self.process.wait(timeout=120)
        self.log.close()
        return status


class Soak:
    def __init__(self, options):
        self.options = options
        folder = pathlib.Path(options.folder)
        if folder.exists() and any(folder.iterdir()):
            sys.exit(f"{folder} is not empty: name another folder, or remove it")
        folder.mkdir(parents=True, exist_ok=True)
        now = feeds.utc()
        self.weather, self.counts = feeds.Weather(now), {}
        self.seen = readers.Seen(folder)
        self.office = readers.Office(self.seen, options.seed)
        ports = {"hook": self.office.server_address[1], "serve": options.port, "metrics": options.port + 1}
        for name in ("daily", "hourly", "minute", "park", "model", "germany"):
            ports[name] = feeds.Server(feeds.Feed(name, self.weather, options.seed), self.counts).port
        self.world = season.Season(folder, options.program, ports, options.minutes, now)
        self.office.key = self.world.secret
        self.drop = feeds.Drop(self.world.path("drop"), self.world.path("quarantine"), self.weather, options.seed)
        self.readers = readers.Readers(ports["serve"], ports["metrics"], self.world.token, self.seen, options.seed)
        self.daemon, self.reloads, self.starts = None, [0, 0], []
        self.rows, self.samples = [], []
        self.table = open(folder / "soak.csv", "w", buffering=1)

    def watch(self):
        if self.daemon.process.poll() is not None:
            status, life = self.daemon.process.returncode, self.daemon.life
            sys.exit(f"the daemon ended by itself with {status}: see log-{life}.txt")

    def start(self, life):
        self.daemon = Daemon(self.options.program, self.world, life)
        self.starts.append(round(self.daemon.wait_ready(self.world.ports["metrics"], self.watch), 1))

    def sizes(self):
        ledger = self.world.path("ledger.sqlite")
        size = lambda name: self.world.path(name).stat().st_size if self.world.path(name).exists() else 0
        with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True, timeout=30) as connection:
            one = lambda query: connection.execute(query).fetchone()[0] or 0
            sizes = [size("ledger.sqlite"), size("ledger.sqlite-wal"), one("SELECT count(*) FROM poll"),
                     one("SELECT max(seq) FROM ledger"), one("SELECT count(*) FROM observation")]
        connection.close()
        return sizes

    def note(self, minute):
        """A line of the table: of the samples of a minute the middle one, and the most."""
        names = ["minute", "life", "age_s", "rss_kb", "anon_kb", "peak_kb", "descriptors", "most_descriptors",
                 "threads", "ledger_bytes", "wal_bytes", "polls", "entries", "readings", "asked", "answers", "reloads",
                 "refused_reloads", "messages"]
        if not self.rows:
            self.table.write(",".join(names) + "\n")
        middle = [int(statistics.median(sample[place] for sample in self.samples)) for place in range(5)]
        row = [minute, self.daemon.life, int(time.monotonic() - self.daemon.begun), *middle[:4],
               max(sample[3] for sample in self.samples), middle[4], *self.sizes(), sum(self.counts.values()),
               sum(self.seen.answers.values()), *self.reloads, len(self.seen.told)]
        self.table.write(",".join(map(str, row)) + "\n")
        self.rows.append(dict(zip(names, row)))
        self.samples = []

    def run(self):
        begun, whole = time.monotonic(), self.options.minutes * 60
        due = {"reload": 30.0, "drop": 0.0, "sample": 1.0, "note": 60.0}
        number, life = 0, 0
        self.drop.drop()
        self.start(life)
        self.readers.start()
        while True:
            passed = time.monotonic() - begun
            # The last minute is quiet: what is under way is written and told.
            self.weather.quiet = passed > whole - min(90, whole / 4)
            share, how = LIVES[life]
            if passed >= share * whole:
                if life + 1 == len(LIVES):
                    break
                status = self.daemon.end(how)
                if how == "TERM" and status != 0:
                    sys.exit(f"it did not end well: {status}, see log-{life}.txt")
                self.world.mend()
                self.samples, life = [], life + 1
                self.start(life)
            self.watch()
            if passed >= due["sample"]:
                due["sample"] = passed + SAMPLE_S
                self.samples.append(self.daemon.figures())
            if passed >= due["drop"]:
                due["drop"] = passed + DROP_S
                self.drop.drop()
            if passed >= due["reload"] and not self.weather.quiet:
                due["reload"] = passed + RELOAD_S
                self.reloads[0 if self.world.before_reload(number) else 1] += 1
                self.daemon.process.send_signal(signal.SIGHUP)
                number += 1
            if passed >= due["note"]:
                due["note"] += 60
                if self.samples:
                    self.note(round(passed / 60))
            time.sleep(0.2)
        return self.close()

    def close(self):
        """The last look of a reader, the end of the daemon, and what the ledger says then."""
        self.world.mend()
        rows = self.readers.pages("/v1/payouts?limit=500")
        self.readers.sign()
        self.seen.take(rows)
        self.readers.ended = True
        status = self.daemon.end("TERM")
        return check.check(self, rows, status)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--minutes", type=int, default=120)
    parser.add_argument("--folder", required=True, help="an empty one, outside of the repository")
    parser.add_argument("--program", default="target/release/fairgauge")
    parser.add_argument("--port", type=int, default=18_080, help="of the daemon; the next one is that of its figures")
    parser.add_argument("--seed", type=int, default=20_261_126)
    options = parser.parse_args()
    options.program = str(pathlib.Path(options.program).resolve())
    sys.exit(Soak(options).run())


if __name__ == "__main__":
    main()
