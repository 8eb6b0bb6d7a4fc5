"""How many labels there are, of which kind: counted by indexes, so among many as fast as among few.

No query here reads the rows of frames, each of which has an outline and a sentence.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, case, func, select, text
from sqlalchemy.orm import aliased

from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.labels import CLASS, SETTLED, SKIPPED, Verdict

SEVERAL = text("label_frames.num_labels > 1")  # as the partial index says, with no parameter
PART = 500  # numbers of a condition
Said = tuple[Verdict, Verdict]  # by the one and by the other


def states(connection: Connection) -> dict[str, int]:
    """State -> number of frames."""
    query = select(LabelFrame.state, func.count()).group_by(LabelFrame.state)
    return {state: int(number) for state, number in connection.execute(query)}


def by_person(connection: Connection) -> list[tuple[str, int, int]]:
    """(who, labels, skips), the most labels first."""
    skips = func.sum(case((Label.verdict == SKIPPED, 1), else_=0))
    query = select(Label.who, func.count(), skips).group_by(Label.who)
    rows = [(str(who), int(n - (s or 0)), int(s or 0)) for who, n, s in connection.execute(query)]
    return sorted(rows, key=lambda row: (-row[1], row[0]))


def of_person(connection: Connection, who: str) -> int:
    """Labels of one person, without skips."""
    query = select(func.count()).select_from(Label)
    return connection.scalar(query.where(Label.who == who, Label.verdict != SKIPPED)) or 0


def by_class(connection: Connection, random: bool | None = None) -> dict[str, int]:
    """Class -> frames that are settled as it."""
    query = select(LabelFrame.label, func.count()).where(
        LabelFrame.state == SETTLED, LabelFrame.verdict == CLASS
    )
    if random is not None:
        query = query.where(LabelFrame.is_random == random)
    return {str(name): int(n) for name, n in connection.execute(query.group_by(LabelFrame.label))}


def contrast(connection: Connection) -> dict[tuple[str, str], int]:
    """(Class, what the model said) -> settled frames that no training has seen."""
    query = (
        select(LabelFrame.label, LabelFrame.predicted, func.count())
        .where(LabelFrame.state == SETTLED, LabelFrame.verdict == CLASS, LabelFrame.used.is_(None))
        .group_by(LabelFrame.label, LabelFrame.predicted)
    )
    return {(str(true), str(said)): int(n) for true, said, n in connection.execute(query)}


def said_twice(connection: Connection) -> Mapping[tuple[str, str], dict[Said, int]]:
    """Two people -> what both say -> frames; skips and an admin's decisions are left out."""
    several = list(connection.scalars(select(LabelFrame.result_id).where(SEVERAL)))
    one, other = aliased(Label), aliased(Label)
    said = (one.who, other.who, one.verdict, one.label, other.verdict, other.label)
    query = (
        select(*said, func.count())
        .join(other, other.result_id == one.result_id)
        .where(one.who < other.who)
        .where(*(which.verdict != SKIPPED for which in (one, other)))
        .where(*(which.is_final.is_(False) for which in (one, other)))
        .group_by(*said)
    )
    found: dict[tuple[str, str], dict[Said, int]] = {}
    for start in range(0, len(several), PART):
        some = query.where(one.result_id.in_(several[start : start + PART]))
        for a, b, first, its, second, theirs, number in connection.execute(some):
            both = Verdict(str(first), str(its)), Verdict(str(second), str(theirs))
            pair = found.setdefault((str(a), str(b)), {})
            pair[both] = pair.get(both, 0) + int(number)
    return found
