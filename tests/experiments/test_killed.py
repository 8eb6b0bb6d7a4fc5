"""kill -9 at many points: nothing finished is redone, and the end is bit-identical."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

import counterpoise

SOURCE = str(Path(counterpoise.__file__).parent.parent)


class Driver:
    """A process that has torch loaded; each comparison is a fork of it, as a user's own process.

    The workers of a comparison are forks as well, so that a kill costs no loading of torch.
    """

    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import killing; killing.serve()"],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), SOURCE]),
                "OMP_NUM_THREADS": "1",
            },
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def compare(self, out: Path, count: Path, at: int, **more: object) -> int:
        """Exit status of the comparison into `out`, killed at event `at` of those in `count`."""
        count.write_text("")
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(out), str(count), at, more]) + "\n")
        self.process.stdin.flush()
        code = int(self.process.stdout.readline())
        assert code in (0, -signal.SIGKILL)
        return code

    def close(self) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.close()
        self.process.stdout.close()
        assert self.process.wait(30) == 0


@pytest.fixture
def driver() -> Iterator[Driver]:
    made = Driver()
    yield made
    made.close()


def finished(out: Path) -> dict[str, tuple[int, bytes]]:
    files = [*out.glob("stages/*/done.json"), *out.glob("stages/*/model.safetensors")]
    whole = {path.parent for path in files if path.name == "done.json"}
    return {
        str(path): (path.stat().st_mtime_ns, path.read_bytes())
        for path in files
        if path.parent in whole
    }


def results(out: Path) -> dict[str, object]:
    kept: dict[str, object] = {}
    for path in sorted(out.glob("runs/*/*/report.json")):
        report = json.loads(path.read_text())
        kept[report["method"]] = {k: v for k, v in report.items() if "seconds" not in k}
        with np.load(path.parent / "outputs.npz") as outputs:
            for name in outputs.files:
                kept[f"{report['method']}:{name}"] = outputs[name].tobytes()
    for path in sorted(out.glob("stages/*/model.safetensors")):
        kept[path.parent.name] = path.read_bytes()
    return kept


@pytest.mark.system
def test_killed_at_many_points_the_same_command_ends_at_the_same_place(
    driver: Driver, tmp_path: Path
) -> None:
    count = tmp_path / "count"
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    assert driver.compare(whole, count, at=0) == 0
    events = count.read_text().splitlines()
    assert {"update", "writing", "renaming", "renamed"} <= set(events)

    # Each start gets a little further, so that every kind of event kills somewhere.
    deadlines = [2, 3, 4, 6, 9, 13, 16, 20, 23, 27, 31, 34, 38, 43]
    killed_in = set()
    kills = 0
    for deadline in deadlines:
        before = finished(cut)
        code = driver.compare(cut, count, at=deadline)
        after = finished(cut)
        for path, written in before.items():
            assert after[path] == written, f"{path} was finished and was done again"
        for path in [*cut.rglob("*.json"), *cut.glob("runs/**/report.json")]:
            json.loads(path.read_text())
        if code == 0:
            break
        kills += 1
        killed_in.add(count.read_text().splitlines()[deadline - 1])
    else:
        assert driver.compare(cut, count, at=0) == 0
    assert kills >= 10
    assert {"update", "writing", "renaming"} <= killed_in
    assert results(cut) == results(whole)


def require_close(out: Path, other: Path) -> None:
    """Each run once, with the same updates and choices; numbers as near as float32 is.

    Those of a stack that checkpoints left at two updates go on as two models: sums in other orders.
    """
    folders = sorted(p.parent.relative_to(out) for p in out.glob("runs/*/*/report.json"))
    assert folders == sorted(
        p.parent.relative_to(other) for p in other.glob("runs/*/*/report.json")
    )
    assert len(folders) == 3
    for folder in folders:
        one, two = (json.loads((o / folder / "report.json").read_text()) for o in (out, other))
        assert (one["status"], one["updates"]) == (two["status"], two["updates"])
        rounds = [(o / folder / "metrics.jsonl").read_text().splitlines() for o in (out, other)]
        for line, second in zip(*(map(json.loads, own) for own in rounds), strict=True):
            assert (line["round"], line["updates"]) == (second["round"], second["updates"])
            assert line["train_loss"] == pytest.approx(second["train_loss"], rel=1e-4)
        with (
            np.load(out / folder / "outputs.npz") as a,
            np.load(other / folder / "outputs.npz") as b,
        ):
            assert a.files == b.files
            for name in a.files:
                if a[name].dtype.kind == "f":
                    np.testing.assert_allclose(a[name], b[name], rtol=1e-3, atol=1e-4)
                else:
                    np.testing.assert_array_equal(a[name], b[name])
    stages = [path.parent.name for path in out.glob("stages/*/done.json")]
    assert sorted(stages) == sorted(path.parent.name for path in other.glob("stages/*/done.json"))


@pytest.mark.system
def test_a_stack_that_is_killed_goes_on_and_counts_nothing_twice(
    driver: Driver, tmp_path: Path
) -> None:
    asked = {"methods": ("baseline", "oversampling", "weighted"), "stack": 3, "jobs": 1}
    count, whole = tmp_path / "count", tmp_path / "whole"
    assert driver.compare(whole, count, 0, **asked) == 0
    events = count.read_text().splitlines()
    updates = [number for number, event in enumerate(events, 1) if event == "update"]
    half, last = updates[len(updates) // 2 - 1], updates[-1]
    saves = events[half : updates[len(updates) // 2] - 1].count("renamed")
    assert saves == 3  # a checkpoint for each, between the two rounds
    renamed = [n for n, e in enumerate(events, 1) if e == "renamed" and half < n]
    points = {
        "in the first round": updates[1],
        "after the second of three checkpoints": renamed[1],
        "in the second round": last - 1,
        "before anything is finished": last + 1,
        "when some are finished": events.index("finished") + 1,
    }
    for where, point in points.items():
        cut = tmp_path / where
        assert driver.compare(cut, count, point, **asked) == -signal.SIGKILL
        before = finished(cut)
        assert bool(before) == (where == "when some are finished")
        assert driver.compare(cut, count, 0, **asked) == 0
        after = finished(cut)
        for path, written in before.items():
            assert after[path] == written, f"{path} was finished and was done again"
        require_close(cut, whole)
