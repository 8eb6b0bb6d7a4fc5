"""Labels: given, disputed, settled, taken back; and what models are judged by."""

import pytest

pytest.importorskip("alembic", reason="needs the extra serve: alembic")

from sqlalchemy import select, text, update

from counterpoise.errors import ArgumentError
from counterpoise.service.database import cameras, label_counts, labels
from counterpoise.service.database.label_tables import Label, LabelFrame
from counterpoise.service.database.labels import Verdict, settled

CLASSES = ("cat", "dog")
CAT, DOG, BAD, SKIP = (
    Verdict.of(text, CLASSES) for text in ("class:cat", "class:dog", "bad", "skipped")
)


@pytest.mark.parametrize(
    ("said", "needed", "state", "verdict"),
    [
        ([], 1, "open", ""),
        (["cat"], 1, "settled", "cat"),
        (["cat"], 2, "open", ""),
        (["cat", "cat"], 2, "settled", "cat"),
        (["cat", "dog"], 1, "disputed", ""),
        (["cat", "dog", "dog"], 1, "settled", "dog"),
        (["cat", "cat", "dog", "dog"], 1, "disputed", ""),
    ],
)
def test_what_is_settled(engine, frames, said, needed, state, verdict) -> None:
    with engine.begin() as connection:
        connection.execute(update(LabelFrame).values(needed=needed))
        for number, label in enumerate(said):
            labels.give(connection, 2, f"p{number}", Verdict("class", label), 10 + number)
        row = connection.execute(
            select(LabelFrame.state, LabelFrame.label, LabelFrame.num_labels).where(
                LabelFrame.result_id == 2
            )
        ).one()
        assert tuple(row) == (state, verdict, len(said))


def test_a_skip_is_no_label_and_a_person_has_one_word(engine, frames) -> None:
    with engine.begin() as connection:
        assert labels.give(connection, 2, "ann", SKIP, 1) == "open"
        assert labels.give(connection, 2, "ann", CAT, 2) == "settled"
        assert labels.give(connection, 2, "ann", DOG, 3) == "settled"
        assert [row.label for row in settled(connection)] == ["dog"]
        assert connection.scalars(select(Label.who)).all() == ["ann"]
        assert label_counts.by_person(connection) == [("ann", 1, 0)]
        assert label_counts.of_person(connection, "ann") == 1


def test_an_admin_decides_whatever_others_say(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 2, "ann", CAT, 1)
        labels.give(connection, 2, "bob", DOG, 2)
        assert label_counts.states(connection) == {"open": 5, "disputed": 1}
        assert labels.give(connection, 2, "root", BAD, 3, is_final=True) == "settled"
        labels.give(connection, 2, "eve", CAT, 4)
        assert settled(connection) == []
        (found,) = settled(connection, verdicts=("bad",))
        assert (found.result, found.label) == (2, "")
        assert label_counts.said_twice(connection) == {
            ("ann", "bob"): {(CAT, DOG): 1},
            ("ann", "eve"): {(CAT, CAT): 1},
            ("bob", "eve"): {(DOG, CAT): 1},
        }


def test_the_newest_label_is_taken_back_first(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 2, "ann", CAT, 1)
        labels.give(connection, 3, "ann", DOG, 2)
        labels.give(connection, 4, "bob", DOG, 3)
        assert labels.undo(connection, "ann", 4) == 3
        assert labels.undo(connection, "ann", 5) == 2
        assert labels.undo(connection, "ann", 6) is None
        assert [row.result for row in settled(connection)] == [4]
        audit = connection.execute(text("SELECT who, what, detail FROM audit")).all()
        assert ("ann", "label taken back", "3") in audit
        assert ("ann", "label given", "3: dog") in audit


def test_what_models_are_judged_by(engine, frames) -> None:
    with engine.begin() as connection:
        for frame, verdict in ((1, DOG), (2, CAT), (3, BAD), (4, DOG)):
            labels.give(connection, frame, "ann", verdict, frame)
        connection.execute(update(LabelFrame).where(LabelFrame.result_id == 4).values(used=9))
        (judged,) = settled(connection, random=True)
        assert (judged.result, judged.camera, judged.at, judged.label) == (1, 2, 100, "dog")
        assert (judged.predicted, judged.model_id, judged.is_random) == ("cat", 1, True)
        assert judged.probabilities == {"cat": 0.75, "dog": 0.25}
        assert [row.result for row in settled(connection, random=False)] == [2, 4]
        assert [row.result for row in settled(connection, unused=True)] == [1, 2]
        assert [row.result for row in settled(connection, after=1, most=1)] == [2]


@pytest.mark.parametrize("text", ["", "class:", "class:cow", "cat", "skip", "x" * 200])
def test_what_is_no_verdict(text) -> None:
    with pytest.raises(ArgumentError, match="with one of the classes"):
        Verdict.of(text, CLASSES)


def test_a_frame_that_nobody_is_asked_about(engine, frames) -> None:
    with engine.begin() as connection, pytest.raises(ArgumentError, match="frame 99 is not there"):
        labels.give(connection, 99, "ann", CAT, 1)


def test_labels_go_with_their_camera(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 1, "ann", CAT, 1)
        labels.give(connection, 2, "ann", CAT, 1)
        cameras.remove(connection, 2, 2, "me")
        assert [row.result for row in settled(connection)] == [2]
        assert connection.scalars(select(Label.result_id)).all() == [2]


def test_what_several_people_say(engine, frames) -> None:
    with engine.begin() as connection:
        labels.give(connection, 2, "ann", CAT, 1)
        labels.give(connection, 2, "bob", DOG, 2)
        labels.give(connection, 3, "bob", SKIP, 2)
        found = labels.of_frames(connection, [2, 3])
        assert found == {2: [("ann", CAT), ("bob", DOG)], 3: []}
