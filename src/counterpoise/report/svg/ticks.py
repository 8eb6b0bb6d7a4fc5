"""Values at which an axis is labelled."""

from __future__ import annotations

import math

from counterpoise.report.svg.chart import Ticks


def linear(low: float, high: float, most: int = 6) -> Ticks:
    """Round values between two, both ends where they are round.

    >>> [text for _, text in linear(0, 1)]
    ['0', '.2', '.4', '.6', '.8', '1']
    >>> [text for _, text in linear(0, 90)]
    ['0', '20', '40', '60', '80']
    """
    if not high > low:
        return ((low, written(low)),)
    rough = (high - low) / (most - 1)
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough * (1 - 1e-9))
    first = math.ceil(low / step - 1e-9)
    last = math.floor(high / step + 1e-9)
    return tuple((n * step, written(n * step)) for n in range(first, last + 1))


def powers(low: float, high: float) -> Ticks:
    """Powers of ten between two values; with few of them, twice and five times each, too.

    >>> [text for _, text in powers(0.5, 200)]
    ['1', '10', '100']
    >>> [text for _, text in powers(3, 40)]
    ['5', '10', '20']
    """
    few = high < 30 * low
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [s * 10.0**e for e in exponents for s in ((1, 2, 5) if few else (1,))]
    return tuple((value, written(value)) for value in found if low <= value <= high)


def written(value: float) -> str:
    """A tick in as few signs as it takes.

    >>> written(0.25), written(-0.5), written(100000.0)
    ('.25', '−.5', '100000')
    """
    text = f"{round(value, 12):.6g}"
    if "e" not in text:
        text = text.replace("0.", ".", 1) if text.lstrip("-").startswith("0.") else text
    return text.replace("-", "−")
