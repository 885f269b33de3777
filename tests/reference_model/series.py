"""Series in files, in the form of `fairgauge index --series`, for the reference model."""
import csv
from datetime import date, datetime

from quantities import convert, decimal, micro


class Readings:
    """What is known of a feed: `table[station][variable][time]`, and the unit in which each variable is told.

    `time` is a date for rows that tell of insured days, an instant (seconds) for those of steps; a feed with one
    station answers under any name.
    """

    def __init__(self):
        self.table, self.units, self.times, self.converted = {}, {}, [], {}

    def of(self, station, variable, unit):
        """What is told of a variable, in a unit."""
        if station not in self.table and len(self.table) == 1:
            station = next(iter(self.table))
        table, told = self.table.get(station, {}).get(variable, {}), self.units.get(variable)
        if not table or told == unit:
            return table
        key = (station, variable, unit)
        if key not in self.converted:
            self.converted[key] = {at: micro(convert(x, told, unit)) for at, x in table.items()}
        return self.converted[key]

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
