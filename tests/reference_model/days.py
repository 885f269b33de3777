"""Insured days, spans of them, windows and periods, for the reference model. Instants are seconds since 1970."""
from bisect import bisect_right
from datetime import date, datetime, time, timedelta, timezone
from functools import lru_cache
from zoneinfo import ZoneInfo

ONE = timedelta(days=1)
MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DEKADS = [f"{month}{third}" for month in MONTHS for third in (1, 2, 3)]


def zone_of(name):
    if name[0] in "+-":
        hours, minutes = name[1:].split(":")
        size = timedelta(hours=int(hours), minutes=int(minutes))
        return timezone(-size if name[0] == "-" else size)
    return timezone.utc if name == "UTC" else ZoneInfo(name)


class DayRule:
    """A zone and the hour at which its insured day begins; from noon on, the day bears the date on which it ends."""

    def __init__(self, zone, starts="00:00"):
        self.zone, self.starts = zone_of(zone), time.fromisoformat(starts)
        self.begin = lru_cache(maxsize=None)(self._begin)

    def _begin(self, day):
        if self.starts >= time(12):
            day -= ONE
        return int(datetime.combine(day, self.starts, self.zone).timestamp())

    def of(self, instant):
        """The insured day in which an instant lies."""
        day = datetime.fromtimestamp(instant, timezone.utc).date()
        while self.begin(day) > instant:
            day -= ONE
        while self.begin(day + ONE) <= instant:
            day += ONE
        return day


class Span:
    """Insured days from first to last, both included, and the instants at which they begin and end.

    `reach` seconds before the first day belong to it too, for stretches that may begin before a period.
    """

    def __init__(self, rule, first, last, reach=0):
        self.rule, self.first, self.last = rule, first, last
        self.begin, self.end = rule.begin(first) - reach, rule.begin(last + ONE)

    def dates(self):
        return [self.first + i * ONE for i in range((self.last - self.first).days + 1)]

    def day_of(self, instants):
        """For each of rising instants the insured day in which it lies."""
        first = self.rule.of(instants[0]) if instants else self.first
        dates = [first + i * ONE for i in range((self.last - first).days + 2)]
        begins = [self.rule.begin(day) for day in dates]
        return [dates[bisect_right(begins, at) - 1] for at in instants]


def moved(day, years):
    last_of_february = day.month == 2 and day.day == 29
    return date(day.year + years, 2, 28) if last_of_february and not leap(day.year + years) else day.replace(year=day.year + years)


def leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def month_start(day, ahead=0):
    count = day.year * 12 + day.month - 1 + ahead
    return date(count // 12, count % 12 + 1, 1)


def dekad_start(day, ahead=0):
    count = (day.year * 12 + day.month - 1) * 3 + dekad_in_month(day) + ahead
    months, third = divmod(count, 3)
    return date(months // 12, months % 12 + 1, 1 + 10 * third)


def dekad_in_month(day):
    return min(2, (day.day - 1) // 10)


def calendar_pieces(first, last, grain):
    """First and last days of the calendar slots of a grain, cut at the ends."""
    following = {
        "month": lambda day: month_start(day, 1),
        "dekad": lambda day: dekad_start(day, 1),
        "year": lambda day: date(day.year + 1, 1, 1),
    }[grain]
    pieces = []
    while first <= last:
        nxt = following(first)
        pieces.append((first, min(last, nxt - ONE)))
        first = nxt
    return pieces


def in_year(text, year):
    return date(year, int(text[:2]), int(text[3:]))


def dated_turns(window, first, last):
    """The turns of a window `{ from, to }` that lie inside the cover period."""
    turns = []
    for year in range(first.year - 1, last.year + 1):
        try:
            a, b = in_year(window["from"], year), in_year(window["to"], year + (window["to"] < window["from"]))
        except ValueError:      # 29 February
            continue
        if first <= a and b <= last:
            turns.append((a, b))
    return turns


def periods(window, first, last):
    """The periods that a window cuts out of a cover period; an anchored one has the whole of it."""
    if window == "cover" or "anchor" in window:
        return [(first, last)]
    if "each" in window:
        return calendar_pieces(first, last, window["each"])
    return dated_turns(window, first, last)
