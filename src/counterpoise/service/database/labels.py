"""What people say of frames: given, taken back, settled where they agree, and read again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, func, insert, select, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database.audit import note
from counterpoise.service.database.dialect import one_at_a_time
from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.tables import Model, Result

CLASS, NONE, BAD, SKIPPED = "class", "none", "bad", "skipped"
OPEN, DISPUTED, SETTLED = "open", "disputed", "settled"


@dataclass(frozen=True)
class Verdict:
    """What is said of a frame: a class, none of the classes, a bad picture, or nothing yet."""

    kind: str
    label: str = ""

    @classmethod
    def of(cls, text: str, classes: Sequence[str]) -> Verdict:
        """What a form or a file says.

        Raises:
            ArgumentError: no verdict, or a class that the model does not have.

        >>> Verdict.of("class:cat", ["cat", "dog"])
        Verdict(kind='class', label='cat')
        >>> Verdict.of("bad", ["cat", "dog"]).words
        'bad picture'
        """
        kind, _, label = text.partition(":")
        if kind == CLASS and label in classes:
            return cls(CLASS, label)
        if text in (NONE, BAD, SKIPPED):
            return cls(text)
        raise ArgumentError(
            f"a label is class:NAME with one of the classes, {NONE}, {BAD} or {SKIPPED}; got "
            f"'{text[:80]}'"
        )

    @property
    def words(self) -> str:
        """For people."""
        return {NONE: "none of the classes", BAD: "bad picture", SKIPPED: "skipped"}.get(
            self.kind, self.label
        )


@dataclass(frozen=True)
class Settled:
    """A frame whose class is known, beside what a model said of it.

    Args:
        result: number of the result, and of the frame.
        camera: its number.
        at: when the frame arrived, microseconds since 1970. Another model's result of the same
            frame has the same camera and the same time.
        verdict: "class", "none" (of the classes) or "bad" (picture).
        label: the true class; empty unless the verdict is "class".
        predicted: what the model said.
        probabilities: class -> probability, or score of a model of margins; empty where there is
            none.
        model_id: which model said so.
        is_random: whether it is of the uniformly random tenth of the queue. Recall, calibration
            and promotion are judged on these alone: the others were chosen because the model is
            unsure of them. No training ever sees one of these.
        used: when a training saw it first; None for never.
        picture: key in the store, or "" where it is not kept.
    """

    result: int
    camera: int
    at: int
    verdict: str
    label: str
    predicted: str
    probabilities: Mapping[str, float]
    model_id: int
    is_random: bool
    used: int | None
    picture: str


def settled(
    connection: Connection,
    *,
    random: bool | None = None,
    verdicts: Iterable[str] = (CLASS,),
    unused: bool = False,
    after: int = 0,
    most: int | None = None,
) -> list[Settled]:
    """Frames whose class is settled, with the results that they were labelled by, by number.

    Args:
        connection: of the database.
        random: True for the random tenth alone, on which models are judged; False for the others,
            with which they are trained; None for both.
        verdicts: which: "class", "none", "bad".
        unused: only those that no training has seen.
        after: only results with a larger number.
        most: at most so many.
    """
    query = (
        select(
            Result.id, Result.camera_id, Result.at, LabelFrame.verdict,
            LabelFrame.label, Result.label.label("predicted"), Result.scores, Model.classes,
            Result.model_id, LabelFrame.is_random, LabelFrame.used, Result.picture,
        )
        .join(Result, Result.id == LabelFrame.result_id)
        .join(Model, Model.id == Result.model_id)
        .where(LabelFrame.state == SETTLED, LabelFrame.verdict.in_(tuple(verdicts)))
        .where(LabelFrame.result_id > after)
        .order_by(LabelFrame.result_id)
    )  # fmt: skip
    if random is not None:
        query = query.where(LabelFrame.is_random == random)
    if unused:
        query = query.where(LabelFrame.used.is_(None))
    if most is not None:
        query = query.limit(most)
    names: dict[str, list[str]] = {}
    found = []
    for row in connection.execute(query):
        classes = names.setdefault(row.classes, Model.names(row.classes))
        values = np.frombuffer(row.scores or b"", "<f4").astype(float)
        found.append(
            Settled(
                row.id, row.camera_id, row.at, row.verdict, row.label, row.predicted,
                dict(zip(classes, values.tolist(), strict=False)), row.model_id,
                bool(row.is_random), row.used, row.picture or "",
            )
        )  # fmt: skip
    return found


def give(
    connection: Connection,
    frame: int,
    who: str,
    verdict: Verdict,
    now: int,
    *,
    is_final: bool = False,
    is_noted: bool = True,
) -> str:
    """A person says what a frame is, in place of what they said before; its state then.

    Args:
        connection: within a transaction.
        frame: number of the result.
        who: the person.
        verdict: what they say.
        now: microseconds since 1970.
        is_final: whether it settles the frame whatever others say, as an admin may.
        is_noted: whether the audit log has a line of its own for it, as it has not where one line
            says it of a whole file.

    Raises:
        ArgumentError: nobody is asked about this frame.
    """
    one_at_a_time(connection, "changes")  # else two who label it at once do not see each other
    connection.execute(delete(Label).where(Label.result_id == frame, Label.who == who))
    if connection.scalar(select(LabelFrame.result_id).where(LabelFrame.result_id == frame)) is None:
        raise ArgumentError(f"frame {frame} is not there to be labelled")
    row = {
        "result_id": frame, "who": who, "verdict": verdict.kind, "label": verdict.label, "at": now,
        "is_final": is_final,
    }  # fmt: skip
    connection.execute(insert(Label).values(row))
    state = settle(connection, frame, now)
    what = "label decided" if is_final else "label given"
    if is_noted:
        note(connection, now, who, what, f"{frame}: {verdict.words}")
    return state


def undo(connection: Connection, who: str, now: int) -> int | None:
    """Take back the newest label of a person; the frame, or None where there is none."""
    one_at_a_time(connection, "changes")
    query = select(Label.id, Label.result_id).where(Label.who == who)
    found = connection.execute(query.order_by(Label.at.desc(), Label.id.desc()).limit(1)).first()
    if found is None:
        return None
    connection.execute(delete(Label).where(Label.id == found.id))
    settle(connection, found.result_id, now)
    note(connection, now, who, "label taken back", str(found.result_id))
    return int(found.result_id)


def settle(connection: Connection, frame: int, now: int) -> str:
    """Bring a frame to the state that its labels make; which."""
    rows = connection.execute(
        select(Label.verdict, Label.label, Label.is_final)
        .where(Label.result_id == frame, Label.verdict != SKIPPED)
        .order_by(Label.at.desc(), Label.id.desc())
    ).all()
    needed = connection.scalar(select(LabelFrame.needed).where(LabelFrame.result_id == frame)) or 1
    final = next((Verdict(row.verdict, row.label) for row in rows if row.is_final), None)
    state, verdict = outcome([Verdict(row.verdict, row.label) for row in rows], final, needed)
    connection.execute(
        update(LabelFrame)
        .where(LabelFrame.result_id == frame)
        .values(
            state=state,
            verdict=verdict.kind if state == SETTLED else "",
            label=verdict.label if state == SETTLED else "",
            settled=func.coalesce(LabelFrame.settled, now) if state == SETTLED else None,
            num_labels=len(rows),
        )
    )
    return state


def outcome(said: Sequence[Verdict], final: Verdict | None, needed: int) -> tuple[str, Verdict]:
    """State of a frame, and its verdict where that is settled.

    One that all agree on is settled when there are enough of them. Where two differ it is
    disputed, until more say the one than the other, or an admin decides.

    >>> cat, dog = Verdict("class", "cat"), Verdict("class", "dog")
    >>> outcome([cat, dog], None, 1)[0], outcome([cat, dog, cat], None, 1)
    ('disputed', ('settled', Verdict(kind='class', label='cat')))
    """
    if final is not None:
        return SETTLED, final
    ranked = Counter(said).most_common()
    if not ranked:
        return OPEN, Verdict("")
    first, votes = ranked[0]
    if len(ranked) == 1:
        return (SETTLED if votes >= needed else OPEN), first
    return (SETTLED if votes > ranked[1][1] else DISPUTED), first


def of_frames(
    connection: Connection, frames: Sequence[int]
) -> dict[int, list[tuple[str, Verdict]]]:
    """Frame -> what each person says of it, the oldest first; skips are left out."""
    found: dict[int, list[tuple[str, Verdict]]] = {frame: [] for frame in frames}
    for start in range(0, len(frames), 500):
        query = (
            select(Label.result_id, Label.who, Label.verdict, Label.label)
            .where(Label.result_id.in_(frames[start : start + 500]), Label.verdict != SKIPPED)
            .order_by(Label.result_id, Label.at, Label.id)
        )
        for frame, who, kind, label in connection.execute(query):
            found[frame].append((who, Verdict(kind, label)))
    return found
