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

    def compare(self, out: Path, count: Path, at: int, **options: object) -> int:
        """Exit status of the comparison into `out`, killed at event `at` of those in `count`."""
        count.write_text("")
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps([str(out), str(count), at, options]) + "\n")
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


@pytest.mark.slow
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


@pytest.mark.system
def test_stacks_whose_driver_is_killed_go_on_and_count_nothing_twice(
    driver: Driver, tmp_path: Path
) -> None:
    """Those that are left are another stack: numbers as near as float32 is, counts the same."""
    methods = ["baseline", "oversampling", "weighted", "focal"]
    options = {"methods": methods, "stack": 4, "jobs": 1}
    count = tmp_path / "count"
    alone, cut = tmp_path / "alone", tmp_path / "cut"
    assert driver.compare(alone, count, at=0, methods=methods, stack="off", jobs=1) == 0
    killed_in = set()
    for deadline in (40, 85, 93, 94, 98, 101, 104, 107, 110, 113, 116, 119, 122, 126, 130):
        before = finished(cut)
        code = driver.compare(cut, count, at=deadline, **options)
        after = finished(cut)
        for path, written in before.items():
            assert after[path] == written, f"{path} was finished and was done again"
        if code == 0:
            break
        killed_in.add(count.read_text().splitlines()[deadline - 1])
    else:
        assert driver.compare(cut, count, at=0, **options) == 0
    assert {"stacked update", "writing"} <= killed_in
    records = [json.loads(p.read_text()) for p in cut.glob("stages/*/done.json")]
    assert len(records) == 4
    assert any(record.get("stacked", 1) > 1 for record in records)
    reports = sorted(p.relative_to(cut) for p in cut.glob("runs/*/*/report.json"))
    assert reports == sorted(p.relative_to(alone) for p in alone.glob("runs/*/*/report.json"))
    for report in reports:
        one, other = (json.loads((out / report).read_text()) for out in (alone, cut))
        assert (other["status"], other["updates"]) == ("ok", one["updates"])
        lines = [(out / report.parent / "metrics.jsonl").read_text() for out in (alone, cut)]
        assert [len(own.splitlines()) for own in lines] == [2, 2]
        with (
            np.load(alone / report.parent / "outputs.npz") as own,
            np.load(cut / report.parent / "outputs.npz") as found,
        ):
            for name in own.files:
                np.testing.assert_allclose(own[name], found[name], rtol=1e-3, atol=1e-4)
