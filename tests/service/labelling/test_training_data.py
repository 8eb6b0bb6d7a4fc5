"""The data set of a retraining."""

import csv
import errno

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import update

from counterpoise.errors import ArgumentError
from counterpoise.service.database import label_queue, labels
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Result
from counterpoise.service.labelling import training_data
from counterpoise.service.labelling.training_data import write


def settled(system, said: dict[int, str]) -> list:
    with system.engine.begin() as connection:
        for number, label in said.items():
            queued = Queued(number, 1 + number % 2, "dark", "rare", "x", False, 1, 1.0)
            label_queue.put(connection, [queued], 1, "t")
            labels.give(connection, number, "ann", Verdict("class", label), 2)
        return labels.settled(connection, random=False)


def test_pictures_are_written_as_the_model_reads_them(system, pictured, jpeg, tmp_path) -> None:
    system.model.decode = lambda content: np.full((1, 8, 8), content[-3], np.uint8)
    base = tmp_path / "base" / "light"
    base.mkdir(parents=True)
    (base / "1.jpg").write_bytes(jpeg(200) + b"...")  # unlike the frames
    found = settled(system, {pictured[0]: "dark", pictured[1]: "light", pictured[2]: "cow"})
    place = tmp_path / "x"
    place.mkdir()
    written = write(place, found, system.pictures, system.model, base.parent)
    assert (written.trained, written.held) == (pictured[:2], []), "the model has no such class"
    with written.file.open() as stream:
        rows = [row for row in csv.DictReader(stream) if row["split"] == "train"]
    assert [(row["label"], row["group"]) for row in rows] == [
        ("dark", f"camera-{found[0].camera}"), ("light", f"camera-{found[1].camera}"),
        ("light", ""),
    ]  # fmt: skip
    assert all((place / row["path"]).is_file() for row in rows)


def uneven(system, pictured) -> list:
    """Twenty labels of one camera, and six of the other."""
    numbers = sorted([*pictured[::2], *pictured[1:13:2]])
    return settled(system, {n: ("dark", "light")[n % 4 // 2] for n in numbers})


def base_of(folder, jpeg, number: int):
    """So many pictures of either class."""
    for label, grey in (("dark", 3), ("light", 250)):
        (folder / label).mkdir(parents=True)
        for i in range(number):
            (folder / label / f"{i}.jpg").write_bytes(jpeg(grey + i % 3))
    return folder


def rows_of(written) -> list[dict[str, str]]:
    with written.file.open() as stream:
        return list(csv.DictReader(stream))


def test_pictures_of_the_first_training_judge_nothing(system, pictured, jpeg, tmp_path) -> None:
    """The weights that a retraining begins with have seen them: they are trained on."""
    base = base_of(tmp_path / "base", jpeg, 30)
    found = uneven(system, pictured)
    written = write(tmp_path, found, system.pictures, system.model, base)
    rows = rows_of(written)
    judge = [row["path"] for row in rows if row["split"] == "test"]
    assert len(judge) == len(written.held) > 0
    assert all("/camera-" in path for path in judge)
    assert sum("/base-" in row["path"] for row in rows) == 60
    assert written.frames == len(written.trained) + len(written.held) == 26


def test_cameras_that_were_trained_on_judge_nothing(system, pictured, tmp_path) -> None:
    found = uneven(system, pictured)
    many, few = (frame.camera for frame in found[:2])
    written = write(tmp_path, found, system.pictures, system.model, None, {many})
    assert {row["group"] for row in rows_of(written) if row["split"] == "test"} == {f"camera-{few}"}
    assert written.trained == [frame.result for frame in found if frame.camera == many]
    assert sorted(written.held) == ["dark"] * 3 + ["light"] * 3
    written = write(tmp_path, found, system.pictures, system.model, None, {few})
    assert (len(written.trained), written.held) == (26, []), "the other has most of the labels"


def test_cameras_of_which_the_first_training_has_a_frame_judge_nothing(
    system, pictured, jpeg, tmp_path
) -> None:
    """Labels were exported, trained on elsewhere, and are named as the pictures of that."""
    for place, number in enumerate(pictured):
        key = system.pictures.put(1 + number % 2, 5000 + place, jpeg(100 + place))
        with system.engine.begin() as connection:
            connection.execute(update(Result).where(Result.id == number).values(picture=key))
    system.model.decode = lambda content: np.frombuffer(content[-40:], np.uint8)[None, None]
    found = uneven(system, pictured)
    base = base_of(tmp_path / "base", jpeg, 1)
    alone = write(tmp_path, found, system.pictures, system.model, base)
    (judges,) = {row["group"] for row in rows_of(alone) if row["split"] == "test"}
    exported = next(one for one in found if f"camera-{one.camera}" == judges)
    (base / "dark" / "9.jpg").write_bytes(system.pictures.get(exported.picture))
    written = write(tmp_path, found, system.pictures, system.model, base)
    assert (len(written.trained), written.held) == (26, [])


def test_a_full_disk_leaves_no_picture_of_the_first_training_out(
    system, pictured, jpeg, tmp_path, monkeypatch
) -> None:
    base = base_of(tmp_path / "base", jpeg, 2)
    found = uneven(system, pictured)
    own = training_data._write_png

    def full(path, pixels) -> None:
        if path.name.startswith("base"):
            raise OSError(errno.ENOSPC, "No space left on device")
        own(path, pixels)

    monkeypatch.setattr(training_data, "_write_png", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path, found, system.pictures, system.model, base)


def test_where_nothing_is_left_to_judge_all_are_trained_on(system, pictured, tmp_path) -> None:
    """A training wants a test part: a copy of one picture of each class, which is no judge."""
    from counterpoise.data import load, make_splits, parse

    found = settled(system, {n: ("dark", "light")[n % 4 // 2] for n in pictured[:8]})
    cameras = {frame.camera for frame in found}
    written = write(tmp_path, found, system.pictures, system.model, None, cameras)
    assert (written.trained, written.held) == (pictured[:8], [])
    rows = rows_of(written)
    assert [(row["label"], row["group"]) for row in rows if row["split"] == "test"] == [
        ("dark", ""), ("light", ""),
    ]  # fmt: skip
    (split,) = make_splits(load(str(written.file)), parse("none"), seeds=[0], validation="none")
    assert (len(split.train), len(split.test)) == (8, 2)


def test_so_are_all_windows(series_system, tmp_path) -> None:
    from counterpoise.data import load, make_splits, parse

    series = write(
        tmp_path, windows(series_system), series_system.pictures, series_system.model, None, {1, 2}
    )
    assert (series.trained, series.held) == (list(range(26)), [])
    (split,) = make_splits(load(str(series.file)), parse("none"), seeds=[0], validation="none")
    assert (len(split.train), len(split.test)) == (26, 2)


def test_what_cannot_be_trained_with(system, pictured, jpeg, tmp_path) -> None:
    def attempt(found, base=None):
        return write(tmp_path, found, system.pictures, system.model, base)

    system.model.decode = lambda content: np.zeros((1, 8, 8), np.uint8)
    with pytest.raises(ArgumentError, match="there are no labels to train with"):
        attempt([])
    found = settled(system, {pictured[0]: "dark"})
    with pytest.raises(ArgumentError, match="all labels are of one class, dark"):
        attempt(found)
    cow = tmp_path / "base" / "cow"
    cow.mkdir(parents=True)
    (cow / "1.jpg").write_bytes(jpeg(9))
    with pytest.raises(ArgumentError, match="has the class 'cow', which the model does not have"):
        attempt(found, cow.parent)
    system.pictures.drop(found[0].picture)
    with pytest.raises(ArgumentError, match="there are no labels to train with"):
        attempt(found)


def windows(series_system) -> list:
    """Twenty labelled windows of one sensor, and six of another."""
    import io

    from counterpoise.service.database.labels import Settled

    frames = []
    for number in range(26):
        stream = io.BytesIO()
        np.save(stream, np.full((2, 5), number, np.float32))
        key = series_system.pictures.put(1, 1000 + number, stream.getvalue())
        label = ("dark", "light")[number % 2]
        frames.append(
            Settled(number, 1 + number // 20, 1, "class", label, "dark", {}, 1, False, None, key)
        )
    return frames


def test_series_are_one_array(tmp_path, series_system) -> None:
    frames = windows(series_system)
    written = write(tmp_path, frames, series_system.pictures, series_system.model, None)
    with np.load(written.file) as found:
        assert (found["x_train"].shape, found["x_test"].shape) == ((20, 2, 5), (6, 2, 5))
        assert (set(found["group_train"]), set(found["group_test"])) == ({"camera-1"}, {"camera-2"})
    assert (written.trained, written.frames) == (list(range(20)), 26)
    assert written.held == ["dark", "light"] * 3
