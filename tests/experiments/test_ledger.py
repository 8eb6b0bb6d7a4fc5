"""A ledger keeps its lines as they were written, and refuses what it cannot read."""

import time
from pathlib import Path
from threading import Thread
from types import SimpleNamespace

import pytest

from counterpoise.errors import DataError, NewerSchemaError
from counterpoise.experiments import ledger
from counterpoise.experiments.plan import Work

COMMITTED = Path(__file__).parents[2] / "docs" / "results" / "methods" / "cifar.jsonl"


def test_lines_are_kept_byte_for_byte_whatever_keys_they_have(tmp_path: Path) -> None:
    first, second, *_ = COMMITTED.read_text("utf-8").splitlines()
    second = second.replace("{", '{"schema":1,  "a key of a later version":[1],', 1)
    path = tmp_path / "runs.jsonl"
    path.write_text(f"{first}\n{second}\n")
    entries = ledger.read(path)
    assert [entry.line for entry in entries.values()] == [first, second]
    assert [entry.record.identity for entry in entries.values()] == list(entries)
    ledger.append(path, Work((), ()), tmp_path)
    assert path.read_text() == f"{first}\n{second}\n"


def test_the_last_of_two_lines_of_one_run_counts(tmp_path: Path) -> None:
    first = COMMITTED.read_text("utf-8").splitlines()[0]
    second = first.replace('"control":false', '"control":true')
    assert first != second
    path = tmp_path / "runs.jsonl"
    path.write_text(f"{first}\n{second}\n")
    (entry,) = ledger.read(path).values()
    assert entry.record.control is True


def test_a_newer_or_damaged_line_is_named(tmp_path: Path) -> None:
    first = COMMITTED.read_text("utf-8").splitlines()[0]
    path = tmp_path / "runs.jsonl"
    newer = first.replace("{", '{"schema":2,', 1)
    path.write_text(f"{first}\n{newer}\n")
    with pytest.raises(NewerSchemaError, match=r"runs\.jsonl, line 2 was written by a newer"):
        ledger.read(path)
    damaged = first.replace('"seconds":', '"seconds":"long","was":', 1)
    path.write_text(f"{first}\n{damaged}\n")
    with pytest.raises(DataError, match=r"line 2 is damaged: 'seconds' should be a valid number"):
        ledger.read(path)


def test_two_processes_lose_no_line_of_each_other(tmp_path, monkeypatch) -> None:
    """Both would read the ledger before either has written it."""
    read = ledger.read

    def slowly(path):
        found = read(path)
        time.sleep(0.2)
        return found

    monkeypatch.setattr(ledger, "read", slowly)
    monkeypatch.setattr(
        ledger, "_record", lambda run, out: SimpleNamespace(line=lambda: run.identity + "\n")
    )
    monkeypatch.setattr(
        ledger.LedgerRecord, "parse", lambda line, where: SimpleNamespace(identity=line)
    )
    works = [Work((), (SimpleNamespace(identity=name),)) for name in ("one", "two")]
    threads = [
        Thread(target=ledger.append, args=(tmp_path / "runs.jsonl", work, tmp_path))
        for work in works
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set((tmp_path / "runs.jsonl").read_text("utf-8").split()) == {"one", "two"}
