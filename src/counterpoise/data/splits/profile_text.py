"""The text form of a profile, as the command line has it."""

from __future__ import annotations

import math

from counterpoise.data.splits.profile import Profile
from counterpoise.errors import ArgumentError, near

KEYS: dict[str, tuple[str, ...]] = {
    "step": ("rho", "mu", "minority", "n_max", "draw"),
    "linear": ("rho", "order", "n_max"),
    "exp": ("ratio", "order", "n_max"),
}


def parse(text: str) -> Profile:
    """Read ``none``, ``step:rho=50,mu=0.5``, ``linear:rho=50``, ``exp:ratio=100``, ``counts:9,4``.

    mu is 0.5 when left out, or the length of the minority list. All faults are reported at once.

    Raises:
        ArgumentError: unknown profile or key, missing or malformed value, ratio below 1.

    >>> parse("step:rho=50,mu=0.5").class_counts([100, 120], seed=0)
    (2, 100)
    >>> parse("step:roh=5")
    Traceback (most recent call last):
    counterpoise.errors.ArgumentError: profile step:roh=5: unknown key 'roh'; did you mean 'rho'?
    """
    kind, _, rest = text.strip().partition(":")
    if kind == "none" and not rest:
        return Profile("none", "none")
    if kind == "counts":
        return Profile(text.strip(), "counts", counts=_parse_counts(text.strip(), rest))
    if kind not in KEYS:
        raise ArgumentError(f"unknown profile '{text}'{near(kind, [*KEYS, 'counts', 'none'])}")
    faults: list[str] = []
    given: dict[str, str] = {}
    for piece in rest.split(",") if rest else []:
        key, equals, value = (word.strip() for word in piece.partition("="))
        if key not in KEYS[kind]:
            faults.append(f"unknown key '{key}'{near(key, KEYS[kind])}")
        elif not equals or not value:
            faults.append(f"{key} needs a value, as in {key}=...")
        elif key in given:
            faults.append(f"{key} is given twice")
        else:
            given[key] = value
    ratio_key = KEYS[kind][0]
    if ratio_key not in given and not any("unknown key" in fault for fault in faults):
        faults.append(f"{ratio_key} is missing")
    ratio = _number(given, ratio_key, 1.0, 1.0, math.inf, faults)
    mu = _number(given, "mu", 0.5, 0.0, 1.0, faults)
    n_max = _number(given, "n_max", 1.0, 1.0, math.inf, faults)
    if not n_max.is_integer():
        faults.append(f"n_max is a whole number; got {given['n_max']}")
    minority = given.get("minority", "random")
    draw = _number(given, "draw", 0.0, 0.0, math.inf, faults)
    if not draw.is_integer():
        faults.append(f"draw is a whole number; got {given['draw']}")
    if "draw" in given and minority != "random":
        faults.append(f"draw is for minority=random; got minority={minority}")
    if faults:
        raise ArgumentError(f"profile {text.strip()}: {'; '.join(faults)}")
    by_list = minority not in ("random", "lowest") and "mu" not in given
    return Profile(
        text.strip(),
        "step" if kind == "step" else "linear" if kind == "linear" else "exp",
        ratio=ratio,
        mu=None if by_list else mu,
        minority=minority,
        draw=int(draw),
        order=given.get("order", "as-is"),
        n_max=int(n_max) if "n_max" in given else None,
    )


def _number(
    given: dict[str, str], key: str, default: float, low: float, high: float, faults: list[str]
) -> float:
    if key not in given:
        return default
    rule = f"at least {low:g}" if math.isinf(high) else f"from {low:g} to {high:g}"
    try:
        value = float(given[key])
    except ValueError:
        value = math.nan
    if not (low <= value <= high) or math.isinf(value):
        faults.append(f"{key} is a number {rule}; got {given[key]}")
        return default
    return value


def _parse_counts(text: str, rest: str) -> tuple[int, ...]:
    pieces = [piece.strip() for piece in rest.split(",")]
    bad = [piece for piece in pieces if not piece.isdecimal() or int(piece) < 1]
    if bad:
        raise ArgumentError(
            f"profile {text}: counts are whole numbers of at least 1, one per class in sorted "
            f"order; got '{bad[0]}'"
        )
    return tuple(int(piece) for piece in pieces)
