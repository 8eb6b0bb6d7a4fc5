"""The advice in six lines of a terminal: what may be left out of it, and in which order."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence

WIDTH = 80
MOST = 6
COMMAND = 52  # characters, as of `counterpoise predict counterpoise-out/plants FILES`
CUTS = (  # how much data a difference takes; a second next step; what else is as good; a class
    # that loses; who finds the class that is never found; all but the beginning of long names
    (r"^(Next: .*) \([^()]*difference of [^()]*\)", r"\1"),
    (r"^(Next: .*); .*", r"\1."),
    (r"^((?:Sure|Not sure|On this).*?\(95 %\)[^.]*\.) .*", r"\1"),
    (r"; class '[^']*' loses most \([^()]*\)", ""),
    (r"; \S+ has a recall of \S+ there\.", "."),
    (r"'([^']{11})[^']*…[^']*'", r"'\1…'"),
)
WORD = (r"( training, [^()]* test) samples?\)", r"\1)")


def in_six_lines(sentences: Sequence[str], least: str | None = None) -> tuple[str, ...]:
    """The entries, less what is least worth a line, until they take six lines of 80 columns.

    Args:
        sentences: the entries.
        least: how the entry begins that is left out where all else is not enough.
    """
    found = list(sentences)
    for pattern, shorter in CUTS:
        if _fit(found):
            break
        found = [re.sub(pattern, shorter, sentence) for sentence in found]
    if least is not None and not _fit(found):
        brief = [re.sub(*WORD, sentence) for sentence in found]
        if _fit(brief):
            return tuple(brief)
        found = [sentence for sentence in found if not sentence.startswith(least)]
    return tuple(found)


def _fit(sentences: Sequence[str]) -> bool:
    """Whether they take six lines; a command counts as a usual one, for its paths are given."""
    short = [re.sub("`[^`]*`", lambda found: found[0][:COMMAND], one) for one in sentences]
    lines = [
        line
        for sentence in short
        for line in textwrap.wrap(sentence, WIDTH, break_on_hyphens=False, break_long_words=False)
    ]
    return len(lines) <= MOST
