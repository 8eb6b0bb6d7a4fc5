"""`report` writes and prints again what the runs say, for each folder, and trains nothing."""

import json

import pytest


@pytest.fixture
def collected(monkeypatch) -> list[str]:
    """Stands for report.collect; remembers what was collected and written."""
    import counterpoise.report

    done: list[str] = []

    class Made:
        def __init__(self, folder) -> None:
            done.append(f"collect {folder.name}")

        def write(self, folder) -> None:
            done.append(f"write {folder.name}")

        def text(self, width: int) -> str:
            return "Best: baseline."

        def as_json(self) -> dict[str, object]:
            return {"schema": 1}

    monkeypatch.setattr(counterpoise.report, "collect", Made)
    return done


@pytest.fixture(autouse=True)
def _folders(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two", "other"):
        (tmp_path / name).mkdir()
    for name in ("one", "two"):
        (tmp_path / name / "experiment.json").write_text("{}")


def test_every_folder_is_written_and_printed(command, collected) -> None:
    answer = command("report", "one", "two")
    assert answer.code == 0, answer.err
    assert collected == ["collect one", "write one", "collect two", "write two"]
    assert answer.out.count("Best: baseline.") == 2
    assert "report: one/report.html" in answer.out


def test_json_is_one_object_per_line(command, collected) -> None:
    lines = command("report", "one", "two", "--json").out.splitlines()
    assert [json.loads(line) for line in lines] == [{"schema": 1}] * 2


@pytest.mark.parametrize(
    ("folder", "expected"), [("no", "no such folder"), ("other", "no experiment.json")]
)
def test_a_folder_that_is_no_experiment_stops_before_anything_is_written(
    folder, expected, command, collected
) -> None:
    answer = command("report", "one", folder)
    assert answer.code == 2
    assert expected in answer.err
    assert collected == []


def test_a_comparison_that_was_interrupted_before_its_runs_says_so(command, tmp_path) -> None:
    (tmp_path / "other/claim.json").write_text("{}")
    answer = command("report", "other")
    assert answer.code == 2
    assert "nothing to report yet" in answer.err


def test_damaged_experiment_is_the_users(command) -> None:
    answer = command("report", "one")
    assert answer.code == 2
    assert answer.err.startswith("error: ")
