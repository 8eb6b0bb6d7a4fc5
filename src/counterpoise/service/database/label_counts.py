"""How many labels there are, of which kind: counted by indexes, so among many as fast as among few.

No query here reads the rows of frames, each of which has an outline and a sentence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import Connection, func, select, text
from sqlalchemy.orm import aliased

from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.labels import CLASS, SETTLED, SKIPPED, Verdict

SEVERAL = text("label_frames.num_labels > 1")  # as the partial index says, with no parameter
Said = tuple[Verdict, Verdict]  # by the one and by the other


def states(connection: Connection) -> dict[str, int]:
    """State -> number of frames."""
    query = select(LabelFrame.state, func.count()).group_by(LabelFrame.state)
    return {state: int(number) for state, number in connection.execute(query)}


def by_person(connection: Connection) -> list[tuple[str, int, int]]:
    """(who, labels, skips), the most labels first."""
    query = select(Label.who, Label.verdict, func.count()).group_by(Label.who, Label.verdict)
    found: dict[str, list[int]] = {}
    for who, verdict, number in connection.execute(query):
        found.setdefault(str(who), [0, 0])[verdict == SKIPPED] += int(number)
    rows = [(who, labels, skips) for who, (labels, skips) in found.items()]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def of_person(connection: Connection, who: str) -> int:
    """Labels of one person, without skips."""
    query = select(func.count()).select_from(Label)
    return connection.scalar(query.where(Label.who == who, Label.verdict != SKIPPED)) or 0


def by_class(connection: Connection) -> tuple[Counter[str], Counter[str]]:
    """Class -> frames that are settled as it: those to train on, and those of the random tenth."""
    query = (
        select(LabelFrame.label, LabelFrame.is_random, func.count())
        .where(LabelFrame.state == SETTLED, LabelFrame.verdict == CLASS)
        .group_by(LabelFrame.label, LabelFrame.is_random)
    )
    usable: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    for name, is_random, number in connection.execute(query):
        (judged if is_random else usable)[str(name)] += int(number)
    return usable, judged


def said_twice(connection: Connection) -> Mapping[tuple[str, str], dict[Said, int]]:
    """Two people -> what both say -> frames; skips and an admin's decisions are left out."""
    one, other = aliased(Label), aliased(Label)
    said = (one.who, other.who, one.verdict, one.label, other.verdict, other.label)
    query = (
        select(*said, func.count())
        .join(other, other.result_id == one.result_id)
        .where(one.result_id.in_(select(LabelFrame.result_id).where(SEVERAL)))
        .where(one.who < other.who)
        .where(*(which.verdict != SKIPPED for which in (one, other)))
        .where(*(which.is_final.is_(False) for which in (one, other)))
        .group_by(*said)
    )
    found: dict[tuple[str, str], dict[Said, int]] = {}
    for a, b, first, its, second, theirs, number in connection.execute(query):
        both = Verdict(str(first), str(its)), Verdict(str(second), str(theirs))
        found.setdefault((str(a), str(b)), {})[both] = int(number)
    return found
