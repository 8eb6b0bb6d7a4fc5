"""Options that take several words: ``--sweep rho=10,100 mu=.2,.8``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

SEVERAL = {"--sweep", "--grid"}  # of compare and reproduce
AXIS = re.compile(r"[A-Za-z][\w.+-]*=\S")


def spread(arguments: Sequence[str]) -> list[str]:
    """The arguments with such an option before each of its words, as the parser takes it.

    >>> spread(["compare", "digits", "--sweep", "rho=10,100", "mu=.2,.8", "--seeds", "1"])
    ['compare', 'digits', '--sweep', 'rho=10,100', '--sweep', 'mu=.2,.8', '--seeds', '1']
    """
    return list(_spread(arguments))


def _spread(arguments: Sequence[str]) -> Iterator[str]:
    open_, taken = "", 0
    for word in arguments:
        if word in SEVERAL:
            open_, taken = word, 0
        elif open_ and (taken == 0 or AXIS.match(word)):
            if taken:
                yield open_
            taken += 1
        else:
            open_ = ""
        yield word
