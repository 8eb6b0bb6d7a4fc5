"""A made paper of one entry, on scikit-learn's digits."""

from pathlib import Path

import pytest

PAPER = 'authors = "A, B"\nyear = 2020\ntitle = "A study"\nwhere = "A journal 1"\n'
ENTRY = """
title = "Table 1 (digits)"
kind = "table"
data = "digits"
profile = "step:rho={rho},mu=0.5"
metrics = ["balanced_accuracy", "recall 3"]
rounds = 2
seeds = 10

[grid]
rho = [5, 10]

[methods]
baseline = "CE"
oversampling = "ROS"

[[printed]]
method = "baseline"
metric = "balanced_accuracy"
value = 0.75
at = { rho = 5 }

[[claims]]
says = "ROS is better"
higher = "oversampling"
lower = "baseline"
metric = "balanced_accuracy"

[[claims]]
says = "ROS finds more of 3"
higher = "oversampling"
lower = "baseline"
metric = "recall 3"
at = { rho = [10] }
"""


@pytest.fixture
def entry_text() -> str:
    return ENTRY


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of one paper."""
    paper = tmp_path / "papers" / "ab2020"
    paper.mkdir(parents=True)
    (paper / "paper.toml").write_text(PAPER, "utf-8")
    (paper / "table1.toml").write_text(ENTRY, "utf-8")
    return tmp_path / "papers"


@pytest.fixture
def known(folder: Path):
    from counterpoise.reproduce.library import read_papers

    return read_papers(folder)["ab2020/table1"]


@pytest.fixture
def asked(tmp_path: Path):
    from counterpoise.reproduce.plan import Asked

    return Asked(grid={}, seeds=2, scale=1.0, out=tmp_path / "out", jobs=1, device="cpu")
