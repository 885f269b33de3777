"""Series in files, in the form of `fairgauge index --series`, for the reference model."""
import csv
from datetime import date, datetime

from quantities import decimal, micro


class Readings:
    """What is known of a feed: `table[station][variable][time]`, and the unit in which each variable is told.

    `time` is a date for rows that tell of insured days, an instant (seconds) for those of steps; a feed with one
    station answers under any name.
    """

    def __init__(self):
        self.table, self.units, self.times = {}, {}, []

    def of(self, station, variable):
        if station not in self.table and len(self.table) == 1:
            station = next(iter(self.table))
        return self.table.get(station, {}).get(variable, {})

    def add(self, station, variable, at, value):
        self.table.setdefault(station, {}).setdefault(variable, {})[at] = value

    def join(self, other):
        """Takes in what is known of other stations."""
        assert self.units == other.units
        self.table |= other.table
        self.times += other.times


def read_time(text):
    if len(text) == 10:
        return date.fromisoformat(text)
    return int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp())


def read_series(text):
    rows = csv.reader(line for line in text.splitlines() if line.strip() and not line.startswith("#"))
    header = [name.strip() for name in next(rows)]
    readings, columns, station = Readings(), [], None
    for field, name in enumerate(header[1:], 1):
        if name == "station":
            station = field
        else:
            variable, unit = name[:-1].split("[")
            columns.append((field, variable))
            readings.units[variable] = unit
    for row in rows:
        at = read_time(row[0])
        readings.times.append(at)
        name = row[station] if station else "series"
        readings.table.setdefault(name, {})
        for field, variable in columns:
            if row[field]:
                readings.add(name, variable, at, micro(decimal(row[field])))
    return readings
