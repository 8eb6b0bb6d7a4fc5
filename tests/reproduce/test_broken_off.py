"""A grid that is broken off goes on, and nothing is counted twice; two at once are refused."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

import counterpoise
from counterpoise.errors import OutputError
from counterpoise.reproduce.conduct import conduct, everything
from counterpoise.reproduce.library import Known
from counterpoise.reproduce.plan import Asked

SOURCE = str(Path(counterpoise.__file__).parent.parent)
COMMAND = """
import errno, os, signal, sys
from pathlib import Path
import typer
from counterpoise.cli.exits import with_exit_code
from counterpoise.reproduce.conduct import conduct
from counterpoise.reproduce.library import read_papers
from counterpoise.reproduce.plan import Asked

papers, out, how, at = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
written, fsync = 0, os.fsync

def counted(descriptor):
    global written
    written += 1
    if at and written >= at and how == "killed":
        os.killpg(0, signal.SIGKILL)
    if at and written >= at and how == "full":
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    fsync(descriptor)

os.fsync = counted

@with_exit_code
def main():
    known = read_papers(papers)["ab2020/table1"]
    asked = Asked(grid={}, seeds=2, scale=1.0, out=out, jobs=1, device="cpu")
    conduct(known, asked, print)
    print(written)

if __name__ == "__main__":  # workers import this file
    try:
        main()
    except typer.Exit as end:
        sys.exit(end.exit_code)
"""


@pytest.fixture
def command(tmp_path: Path) -> Path:
    path = tmp_path / "command.py"
    path.write_text(COMMAND)
    return path


def started(command: Path, folder: Path, out: Path, how: str = "", at: int = 0) -> list[str]:
    """Words of a process that runs the made paper and is broken off at its file number `at`."""
    return [sys.executable, str(command), str(folder), str(out), how, str(at)]


def ended(words: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        words,
        env=os.environ | {"PYTHONPATH": SOURCE, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        capture_output=True,
        text=True,
        check=False,
    )


def runs(out: Path) -> list[dict[str, object]]:
    path = out / "runs.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


@pytest.mark.system
@pytest.mark.parametrize(("how", "code"), [("killed", -signal.SIGKILL), ("full", 2)])
def test_a_grid_that_is_broken_off_goes_on_and_counts_nothing_twice(
    known: Known, asked: Asked, folder: Path, command: Path, tmp_path: Path, how: str, code: int
) -> None:
    whole, cut = tmp_path / "whole", tmp_path / "cut"
    once = ended(started(command, folder, whole))
    assert once.returncode == 0, once.stderr
    files = int(once.stdout.split()[-1])
    for part in (6, 2):  # of the files that all of it takes
        broken = ended(started(command, folder, cut, how, files // part))
        assert broken.returncode == code, broken.stderr
        if how == "full":
            assert "No space left on device" in broken.stderr
        names = [run["identity"] for run in runs(cut)]
        assert len(names) == len(set(names))
    assert ended(started(command, folder, cut)).returncode == 0
    assert {run["identity"] for run in runs(cut)} == {run["identity"] for run in runs(whole)}
    assert len(runs(cut)) == 8
    there, here = replace(asked, out=whole), replace(asked, out=cut)
    assert everything(known, here) == everything(known, there)


@pytest.fixture
def endless(folder: Path, command: Path, asked: Asked) -> Iterator[Path]:
    """The folder of a cell in which another process trains and does not end by itself."""
    path = folder / "ab2020" / "table1.toml"
    before = path.read_text()
    path.write_text(before.replace("rounds = 2", "rounds = 1_000_000"))
    process = subprocess.Popen(
        started(command, folder, asked.out),
        env=os.environ | {"PYTHONPATH": SOURCE, "OMP_NUM_THREADS": "1"},
        start_new_session=True,
        stdout=subprocess.DEVNULL,
    )
    try:
        cell = asked.out / "ab2020" / "table1" / "rho=5"
        while not (cell / "claim.json").exists():
            assert process.poll() is None, "it ended before it claimed its folder"
            time.sleep(0.05)
        path.write_text(before)
        yield cell
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.system
def test_a_second_process_on_the_same_folder_says_so(
    known: Known, asked: Asked, endless: Path
) -> None:
    held = {path: path.read_bytes() for path in endless.glob("*.json")}
    with pytest.raises(OutputError, match=r"another comparison is running in .*rho=5; wait for it"):
        conduct(known, asked, print)
    assert {path: path.read_bytes() for path in endless.glob("*.json")} == held
