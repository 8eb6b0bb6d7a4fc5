"""What changed, in a sentence that stands before the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from counterpoise.service.analyzer.shares import Difference

NAMED = 3  # classes of a sentence


def points(share: float) -> str:
    """A difference of shares, with its sign.

    >>> points(0.064), points(-0.0004)
    ('+6.4', '0.0')
    """
    rounded = round(100 * share, 1)
    return f"{rounded:+.1f}" if rounded else "0.0"


def share(value: float) -> str:
    """A share as a person reads it; never 0 or 100 % for what is neither.

    >>> share(0.12345), share(0.0001), share(0.99999), share(0)
    ('12.3 %', '< 0.1 %', '> 99.9 %', '0 %')
    """
    if value in (0, 1):
        return f"{100 * value:.0f} %"
    if value < 0.0005:
        return "< 0.1 %"
    return "> 99.9 %" if value >= 0.9995 else f"{100 * value:.1f} %"


def changes(found: Sequence[Difference], than: str, then: str = "then") -> str:
    """Which classes' shares differ by more than chance.

    Args:
        found: the differences of all classes.
        than: what they are compared with, such as "the 7 days before".
        then: the same in a word.
    """
    apart = [one for one in found if one.is_more_than_chance]
    apart.sort(key=lambda one: (-round(abs(one.difference), 9), -one.share))
    if not apart:
        return f"No class's share differs from that of {than} by more than chance."
    named = [
        f"“{one.label}” is {'more' if one.difference > 0 else 'less'} frequent than in {than}: "
        f"{share(one.share)} of the frames, {share(one.before)} {then} ({points(one.difference)} "
        f"points, between {points(one.low)} and {points(one.high)})"
        if number == 0
        else f"“{one.label}” {share(one.share)}, {share(one.before)} {then} "
        f"({points(one.difference)})"
        for number, one in enumerate(apart[:NAMED])
    ]
    more = len(apart) - NAMED
    if more > 0:
        named.append(f"{more} more class{'' if more == 1 else 'es'}")
    rest = len(found) - len(apart)
    end = ""
    if rest:
        end = (
            f" The other {'class differs' if rest == 1 else f'{rest} classes differ'} "
            "by no more than chance."
        )
    return f"{'; '.join(named)}.{end}"
