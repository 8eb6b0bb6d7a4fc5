"""Errors on arrays name the argument, and no file that nobody wrote knowingly."""

from pathlib import Path

import numpy as np
import pytest

import counterpoise
from counterpoise.data.sets.refused import as_given
from counterpoise.errors import DataError

X = np.random.default_rng(0).normal(size=(20, 3))


def test_arrays_are_named_by_their_argument(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        DataError, match=r"^y: labels are integers from 0, or strings; got dtype fl"
    ):
        counterpoise.compare((X, X[:, 0]), progress="silent")
    with pytest.raises(DataError, match=r"^the data: at least two classes are needed"):
        counterpoise.compare((X, np.zeros(20, dtype=int)), progress="silent")


def test_a_path_stays_in_the_sentence() -> None:
    text = "'counterpoise-out/given/arrays-0123456789ab.npz', y: no"
    with pytest.raises(DataError, match=r"^'counterpoise-out/given/"), as_given("some.npz"):
        raise DataError(text)
    with pytest.raises(DataError, match=r"^y: no$"), as_given((X, X)):
        raise DataError(text)
