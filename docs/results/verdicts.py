"""How many claims of each paper came to which verdict, as Markdown.

    python docs/results/verdicts.py OUT

OUT is the folder of `counterpoise reproduce --out OUT`, whose reports are read; the claims of an
entry without one are not run. What an entry was run at (length, cells, repeats) is in its report.
"""

import re
import sys
from collections import Counter
from pathlib import Path

from counterpoise.reproduce.library import read_papers

SAID = ("holds", "same direction", "does not hold", "undecided", "not run")
ROW = re.compile(r"^\| .* \| \*\*(" + "|".join(SAID) + r")\*\* \|", re.MULTILINE)


def count(out: Path) -> dict[str, Counter[str]]:
    """Verdicts of each paper, an entry's longest run for it."""
    found: dict[str, Counter[str]] = {}
    for name, known in read_papers().items():
        paper, _, entry = name.partition("/")
        reports = sorted(out.glob(f"{paper}/{entry}/report.md"))
        reports += sorted(out.glob(f"{paper}/{entry}-scale-*/report.md"), reverse=True)
        said = ROW.findall(reports[0].read_text("utf-8")) if reports else []
        missing = ["not run"] * (len(known.entry.claims) - len(said))
        found.setdefault(paper, Counter()).update([*said, *missing])
    return found


def main(out: Path) -> None:
    """One row for each paper."""
    print(f"| paper | claims | {' | '.join(SAID)} |\n|{' --- |' * (len(SAID) + 2)}")
    for paper, said in count(out).items():
        cells = [str(said[word]) for word in SAID]
        print(f"| {paper} | {said.total()} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
