"""Windows of one user and one activity; nothing overlaps, users are groups."""

import numpy as np
import pytest

from counterpoise.data import load
from counterpoise.data.sources.wisdm import FILE, FOLDER, wisdm_text_windows, wisdm_windows
from counterpoise.errors import DataError

CLASSES = np.array(["walking", "jogging"])


def written(path, users, activities, **changes):
    number = len(users)
    xyz = np.arange(3 * number, dtype=np.float32).reshape(number, 3)
    arrays = {"xyz": xyz, "user": np.array(users), "activity": np.array(activities),
              "classes": CLASSES} | changes  # fmt: skip
    np.savez(path, **{name: value for name, value in arrays.items() if value is not None})
    return xyz


def test_windows_span_neither_users_nor_activities(tmp_path) -> None:
    user = [1] * 200 + [2] * 170 + [2] * 90
    activity = [0] * 200 + [0] * 170 + [1] * 90
    xyz = written(tmp_path / FILE, user, activity)
    found = wisdm_windows(tmp_path / FILE)
    assert found["y_train"].tolist() == [0, 0, 0, 0, 1]
    assert found["group_train"].tolist() == [1, 1, 2, 2, 2]
    starts = [0, 80, 200, 280, 370]
    for window, start in zip(found["x_train"], starts, strict=True):
        np.testing.assert_array_equal(window, xyz[start : start + 80].T)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"user": None}, "lacks user"),
        ({"activity": np.zeros(3)}, r"activity has shape \(3,\)"),
        ({"activity": np.array(["walking"] * 100)}, "activity holds whole numbers; got <U7"),
        ({"xyz": np.zeros((100, 2), np.float32)}, r"xyz has shape \(100, 2\)"),
    ],
)
def test_what_does_not_fit_is_refused(tmp_path, change, said) -> None:
    written(tmp_path / FILE, [1] * 100, [0] * 100, **change)
    with pytest.raises(DataError, match=said):
        wisdm_windows(tmp_path / FILE)


def test_a_damaged_file_is_said(tmp_path) -> None:
    (tmp_path / FILE).write_bytes(b"half a download")
    with pytest.raises(DataError, match="is not a whole"):
        wisdm_windows(tmp_path / FILE)


def test_too_few_readings_are_said(tmp_path) -> None:
    written(tmp_path / FILE, [1] * 79, [0] * 79)
    with pytest.raises(DataError, match="no 80 readings"):
        wisdm_windows(tmp_path / FILE)


def test_it_is_a_named_set_by_user(tmp_path) -> None:
    written(tmp_path / FILE, [1] * 400 + [2] * 400, ([0] * 200 + [1] * 200) * 2)
    dataset = load("wisdm-51", data_root=str(tmp_path))
    assert dataset.input_shape == (3, 80)
    assert dataset.groups is not None
    assert len(set(dataset.groups)) == 2


def test_the_published_text_of_some_users(tmp_path) -> None:
    folder = tmp_path / FOLDER
    folder.mkdir(parents=True)
    for user in (1600, 1601):
        lines = [f"{user},{a},{i},{i},{user},0;" for a in "ABCDEQ" for i in range(160)]
        lines[3] = f"{user},A,3,,;"
        (folder / f"data_{user}_accel_phone.txt").write_text("\n".join(lines))
    found, notes = wisdm_text_windows(folder, (1600, 1601))
    assert found["y_train"].tolist() == [0, 1, 1, 2, 2, 3, 3, 4, 4] * 2
    assert found["group_train"].tolist() == [1600] * 9 + [1601] * 9
    assert "2 records that are no reading" in notes[0]
    with pytest.raises(DataError, match=r"lacks 1 of 3 users' files .data_1602_accel_phone.txt"):
        wisdm_text_windows(folder, (1600, 1601, 1602))
    with pytest.raises(DataError, match="lacks 49 of 51 users' files"):
        load("wisdm-51", data_root=str(tmp_path))


@pytest.mark.data("wisdm51_phone_accel.npz")
def test_the_real_set() -> None:
    dataset = load("wisdm-51")
    assert dataset.classes == ("walking", "jogging", "stairs", "sitting", "standing")
    assert len(dataset) == 4944
    assert dataset.checksum == "3ff6cb93fa19e73a", "of runs that are committed"
    assert dataset.groups is not None
    assert len(set(dataset.groups)) == 22
    split = load("wisdm-51-random")
    assert (len(split.indices(0)), len(split.indices(2))) == (3461, 1483)
    assert split.groups is None
