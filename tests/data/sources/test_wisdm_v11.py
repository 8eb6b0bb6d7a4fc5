"""WISDM v1.1 from its text: counts, windows by user, a few broken lines."""

from pathlib import Path

import numpy as np
import pytest

from counterpoise.data import load
from counterpoise.data.sources import wisdm_v11
from counterpoise.data.sources.wisdm_v11 import COUNTS, FILE, read_wisdm_v11
from counterpoise.errors import DataError

FEW = dict.fromkeys(COUNTS, 400)


def written(root: Path, *extra: str) -> Path:
    """Two users, 200 readings of each activity."""
    path = root / FILE
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = [
        f"{user},{name},{i},{i}.5,{k},-1;"
        for user in (1, 2)
        for k, name in enumerate(COUNTS)
        for i in range(200)
    ]
    path.write_text("\n".join([*lines, *extra]) + "\n")
    return path


def test_the_published_counts() -> None:
    assert sum(COUNTS.values()) == 1_098_207


def test_windows_by_user_and_a_note_of_broken_lines(tmp_path, monkeypatch) -> None:
    path = written(tmp_path, "2,Standing,1,1,2,;")
    arrays, notes = read_wisdm_v11(path, FEW)
    assert arrays["x_train"].shape == (24, 3, 80)
    assert np.asarray(arrays["x_train"])[0, 0, :3].tolist() == [0.5, 1.5, 2.5]
    assert "1 record that is no reading" in notes[0]
    monkeypatch.setattr(wisdm_v11, "COUNTS", FEW)
    found = load("wisdm-v1.1", data_root=str(tmp_path))
    assert found.classes == tuple(COUNTS)
    assert found.groups is not None
    assert len(set(found.groups)) == 2
    assert notes[0] in found.notes
    split = load("wisdm-v1.1-random", data_root=str(tmp_path))
    assert split.groups is None
    assert np.bincount(split.labels[split.part == 2]).tolist() == [1] * 6


def test_a_cut_file_is_said(tmp_path) -> None:
    path = written(tmp_path)
    path.write_text(path.read_text()[:-3000])
    with pytest.raises(DataError, match=r"'Standing' has \d+, not 400"):
        read_wisdm_v11(path, FEW)
    with pytest.raises(DataError, match="'Walking' has 400, not 424400"):
        read_wisdm_v11(written(tmp_path))
