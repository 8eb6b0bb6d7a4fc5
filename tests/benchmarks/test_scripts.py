"""Each script runs alone and speaks the agreed JSON; the sums behind its claims."""

import json
import math
import runpy
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
KEYS = {"claim", "ours", "theirs", "ratio", "bar", "holds", "n", "spread"}
LONG = {
    "loop", "compare", "densenet", "startup", "images", "radial", "pitfalls", "deep_smote", "serve",
    "rounds", "serve_files", "serve_labels", "early_stopping", "reproduce", "planner",
    "report_page", "loop_labels", "loop_recipes",
}  # over five seconds each  # fmt: skip
# and the fewest claims that each makes without data
SCRIPTS = [
    ("loop", 4),
    ("compare", 2),
    ("pitfalls", 10),
    ("resamplers", 1),
    ("radial", 6),
    ("deep_smote", 1),
    ("samplers", 14),
    ("head_stage", 4),
    ("densenet", 8),
    ("images", 3),
    ("augment", 6),
    ("crops", 3),
    ("backbones", 5),
    ("many_classes", 3),
    ("report_page", 2),
    ("early_stopping", 4),
    ("rounds", 2),
    ("choice", 6),  # of docs/results/choice.jsonl
    ("twelve_tables", 12),  # of docs/results/tables
    ("features", 0),  # all of its sets are real images
    ("startup", 3),
    ("race", 2),
    ("serve", 6),
    ("serve_files", 6),
    ("serve_labels", 3),
    ("reproduce", 3),
    ("planner", 1),
    ("loop_labels", 2),
    ("loop_recipes", 1),
    ("stacked", 2),
]


@pytest.fixture
def harness(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    import harness

    return harness


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore")
@pytest.mark.usefixtures("harness")
@pytest.mark.parametrize(
    ("script", "fewest"),
    [
        pytest.param(*script, marks=[pytest.mark.system] if script[0] in LONG else [])
        for script in SCRIPTS
    ],
)
def test_quick_json_has_one_claim_a_line(
    script: str,
    fewest: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """In this process, as `python benchmarks/x.py` would: to load torch takes seconds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COUNTERPOISE_DATA", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    path = FOLDER / f"{script}.py"
    monkeypatch.setattr("sys.argv", [str(path), "--quick", "--json"])
    runpy.run_path(str(path), run_name="__main__")
    claims = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    assert len(claims) >= fewest
    assert len({claim["claim"] for claim in claims}) == len(claims)
    for claim in claims:
        assert set(claim) == KEYS
        assert isinstance(claim["holds"], bool)
        assert claim["n"] >= 1
        low, high = claim["spread"]
        assert low <= high
        assert all(math.isfinite(claim[key]) for key in ("ours", "theirs", "bar"))


PRINTS = """
import ctypes, os, sys
from harness import Claim, Output, arguments, run

def main():
    output = Output(arguments("It prints."))
    ctypes.CDLL(None).puts(b"C keeps it until the end")
    print("Python says it")
    os.write(1, b"a system call says it\\n")
    output.claim(Claim("one", 1.0, 1.0, 1.0, 1.0, True, 1, (1.0, 1.0)))

run(main)
os.write(1, b"after\\n")
print("and after")
"""


@pytest.mark.usefixtures("harness")
def test_json_is_claims_alone_whatever_libraries_print(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "prints.py"
    script.write_text(PRINTS, "utf-8")
    monkeypatch.setattr("sys.argv", [str(script), "--json"])
    runpy.run_path(str(script), run_name="__main__")
    said = capfd.readouterr()
    claim, *rest = said.out.splitlines()
    assert json.loads(claim)["claim"] == "one"
    assert rest == ["after", "and after"]
    for words in ("C keeps it", "Python says it", "a system call says it"):
        assert words in said.err


def test_pairs_alternate_their_order(harness: ModuleType) -> None:
    called: list[str] = []

    def named(name: str, value: float) -> float:
        called.append(name)
        return value

    ours, theirs = harness.interleaved(lambda: named("a", 1.0), lambda: named("b", 2.0), 3)
    assert "".join(called) == "abbaab"
    assert ours.tolist() == [1.0] * 3
    assert theirs.tolist() == [2.0] * 3


def test_a_claim_is_judged_at_the_unfavourable_end(harness: ModuleType) -> None:
    ours, theirs = np.array([1.0, 1.0, 1.0, 1.3]), np.ones(4)
    within = harness.compared("", ours, theirs, 1.3)
    assert (within.ratio, within.holds) == (1.0, True)
    assert not harness.compared("", ours, theirs, 1.08).holds, "the median alone would pass"
    faster = harness.compared("", np.ones(4), np.array([2.0, 4.0, 4.0, 4.0]), 2.0, at_least=True)
    assert (faster.ratio, faster.holds) == (4.0, True)


def test_the_interval_covers_the_median_as_often_as_it_says(harness: ModuleType) -> None:
    rng = np.random.default_rng(0)
    hits = 0
    for _ in range(200):
        low, high = harness.interval(rng.normal(1.0, 0.1, 30), draws=400)
        hits += low <= 1.0 <= high
    assert 180 <= hits <= 200
