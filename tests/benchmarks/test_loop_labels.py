"""The comparison of the queue with random labels: its pictures, its sums, and its page."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")
pytest.importorskip("onnxruntime", reason="needs the extra serve: onnxruntime")

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "results" / "loop.md"


@pytest.fixture
def script(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "benchmarks"))
    import loop_labels

    return loop_labels


@pytest.mark.parametrize("seed", [0, 8])
def test_a_class_is_rare_and_parts_share_no_picture_and_no_camera(
    script: ModuleType, seed: int
) -> None:
    world = script.loop_world.make("digits", seed)
    parts = (world.base, world.stream, world.held)
    counts = np.array([np.bincount(part.labels, minlength=10) for part in parts])
    assert counts[:2, seed].tolist() == [20, 23]
    assert set(np.delete(counts[0], seed)) == {60}
    assert counts[2].min() > 40
    for key in ("index", "cameras"):
        own = [set(getattr(part, key).tolist()) for part in parts]
        assert len(set.union(*own)) == sum(map(len, own))
    again = script.loop_world.make("digits", seed)
    assert np.array_equal(again.stream.pictures, world.stream.pictures)


def test_both_ways_are_paired_by_seed_and_method(script: ModuleType) -> None:
    def row(seed: int, how: str, method: str, recall: float, found: int):
        return script.Row("digits", seed, "x", how, method, 10, {"a": found}, recall, recall)

    rows = [row(s, "first", "tlc", 0.5, 0) for s in (0, 1, 2)]
    rows += [row(s, "queue", "tlc", 0.6 + 0.1 * s, 4) for s in (2, 1, 0)]
    rows += [row(s, "random", "tlc", 0.6, 1) for s in (1, 0, 2)]
    rows += [row(s, how, "baseline", 0.1, 4) for s in (0, 1, 2) for how in ("queue", "random")]
    one, other = script.paired(rows)
    assert (one.method, one.labels, one.seeds, one.found) == ("tlc", 10, 3, (4.0, 1.0))
    assert (one.queue - one.random).tolist() == pytest.approx([0.0, 0.1, 0.2])
    assert (other.method, other.queue.tolist()) == ("baseline", [0.1] * 3)
    assert other.first.tolist() == [0.5] * 3
    half = 4.302653 * 0.1 / 3**0.5  # Student's t with two degrees of freedom
    assert script.spread(one.queue - one.random) == pytest.approx((0.1 - half, 0.1 + half))
    recalls, others = script.table([one]).split("\n\n")
    assert recalls.endswith(
        "| 0.500 | 0.700 | 0.600 | +10.0 [-14.8, +34.8] | +20.0 [-4.8, +44.8] | +2.000 | +1.000 |"
    )
    assert others.endswith("| 4.0 | 1.0 | 0.500 | 0.700 | 0.600 | +10.0 [-14.8, +34.8] |")


def test_the_page_has_the_table_of_its_ledgers(script: ModuleType) -> None:
    names = script.loop_world.SIZES
    found = [one for name in names for one in script.paired(script.read(script.LEDGERS, name))]
    assert {one.seeds for one in found} == {script.SEEDS}
    assert script.table(found) in PAGE.read_text("utf-8")
