"""Windows that span neither users nor activities, by user or at random."""

import numpy as np
import pytest

from counterpoise.data.sources.windows import at_random, windows
from counterpoise.errors import DataError


def test_windows_follow_each_other() -> None:
    xyz = np.arange(3 * 250, dtype=np.float32).reshape(250, 3)
    user = np.array([1] * 100 + [2] * 150)
    found = windows(xyz, np.zeros(250, dtype=np.int64), user)
    assert found["group_train"].tolist() == [1, 2]
    np.testing.assert_array_equal(found["x_train"][1], xyz[100:180].T)


def test_none_is_said() -> None:
    with pytest.raises(DataError, match="no 80 readings"):
        windows(np.zeros((79, 3)), np.zeros(79, dtype=np.int64), np.zeros(79, dtype=np.int64))


def test_at_random_takes_thirty_percent_of_each_activity() -> None:
    y = np.array([0] * 40 + [1] * 10)
    x = np.arange(50, dtype=np.float32)[:, None, None]
    given = {"x_train": x, "y_train": y, "group_train": y, "classes": np.array(["a", "b"])}
    found = at_random(given)
    assert np.bincount(np.asarray(found["y_test"], dtype=np.int64)).tolist() == [12, 3]
    assert np.bincount(np.asarray(found["y_train"], dtype=np.int64)).tolist() == [28, 7]
    both = np.concatenate([found["x_train"], found["x_test"]]).ravel()
    assert sorted(both.tolist()) == list(range(50))
    assert "group_train" not in found
    assert np.array_equal(at_random(given)["x_test"], found["x_test"])
