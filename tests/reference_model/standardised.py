"""Standardised indices in floating point, for the reference model: SPI (gamma after Thom), SPEI (log-logistic)."""
import math
from statistics import NormalDist

from flow import Undetermined


def deviate(p):
    """The standard normal deviate of a probability, held between -3.09 and 3.09."""
    if p <= 0 or p >= 1:
        return -3.09 if p <= 0 else 3.09
    return min(3.09, max(-3.09, NormalDist().inv_cdf(p)))


def gamma_below(shape, x):
    """The regularised lower incomplete gamma function, by its series."""
    if x <= 0:
        return 0.0
    wide = 40 * math.sqrt(shape) + 50
    if abs(x - shape) > wide:
        return 0.0 if x < shape else 1.0
    term, total, n = 1.0, 1.0, 1
    while term > total * 1e-17:
        term *= x / (shape + n)
        total += term
        n += 1
    return min(1.0, total * math.exp(shape * math.log(x) - x - math.lgamma(shape + 1)))


def spi(x, years):
    wet = [float(y) for y in years if y > 0]
    if len(wet) < 2:
        raise Undetermined("no_deviation")
    mean = math.fsum(wet) / len(wet)
    spread = math.log(mean) - math.fsum(map(math.log, wet)) / len(wet)
    if spread < 1e-10:      # years that are alike
        raise Undetermined("no_deviation")
    shape = (1 + math.sqrt(1 + 4 * spread / 3)) / (4 * spread)
    dry = 1 - len(wet) / len(years)
    return deviate(dry + (1 - dry) * gamma_below(shape, float(x) * shape / mean))


def spei(x, years):
    n, ordered = len(years), sorted(years)
    if n < 4:
        raise Undetermined("baseline_too_short")
    b0 = sum(ordered) / n
    b1 = sum(i * y for i, y in enumerate(ordered)) / (n * (n - 1))
    b2 = sum(i * (i - 1) * y for i, y in enumerate(ordered)) / (n * (n - 1) * (n - 2))
    l2, l3 = 2 * b1 - b0, 6 * b2 - 6 * b1 + b0
    if l2 <= 0 or abs(l3) >= l2:
        raise Undetermined("no_deviation")
    k, reduced = float(-l3 / l2), float((x - b0) / l2)
    if abs(k) > 1e-6:
        angle = k * math.pi
        scale = math.sin(angle) / angle         # in units of l2
        place = -scale * (1 / k - math.pi / math.sin(angle))
        inside = 1 - k * (reduced - place) / scale
        if inside <= 0:
            return 3.09 if k > 0 else -3.09
        reduced = -math.log(inside) / k
    return deviate(1 / (1 + math.exp(-reduced)) if reduced > -700 else 0)
