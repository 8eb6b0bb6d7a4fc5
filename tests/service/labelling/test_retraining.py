"""A training with the labels: what may go wrong, and that the running model goes on."""

import csv
import errno
import json
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from sqlalchemy import update
from sqlalchemy.exc import OperationalError

from counterpoise.errors import ArgumentError
from counterpoise.service.database import label_queue, labels, retrainings
from counterpoise.service.database.label_queue import Queued
from counterpoise.service.database.labels import Verdict
from counterpoise.service.database.tables import Model
from counterpoise.service.labelling import held_out, retraining
from counterpoise.service.labelling.recipe import Plan

REPORT = {
    "schema": 1, "identity": "", "method": "retrained", "title": "x", "split": "seed-0",
    "status": "ok",
}  # fmt: skip


@pytest.fixture
def labelled(system, pictured):
    """Sixteen labels of a camera and six of another, and a model that says how it was made."""
    from counterpoise.records import ExportRecord

    system.model.folder = None
    system.model.decode = lambda content: np.zeros((1, 4, 4), np.uint8)
    system.model.described = ExportRecord.model_validate(
        {
            "format": "onnx", "classes": ["dark", "light"], "outputs": {}, "preprocess": {},
            "input": {"name": "samples", "dtype": "uint8", "shape": ["batch", 1], "kind": "image"},
            "model": {"name": "small-cnn", "options": {}}, "frozen": None, "scores": "logits",
            "posthoc": [], "prior": None, "prior_factor": None, "metadata": {}, "files": {},
            "versions": {},
        }
    )  # fmt: skip
    with system.engine.begin() as connection:
        for place, number in enumerate(pictured[:32]):
            if number % 2 and place > 12:
                continue
            queued = Queued(number, 1 + number % 2, "dark", "rare", "x", False, 1, 1.0)
            label_queue.put(connection, [queued], 1, "t")
            verdict = Verdict("class", ("dark", "light")[place // 2 % 2])
            labels.give(connection, number, "ann", verdict, 2)
    return system


def ended(system) -> retrainings.Known:
    for _ in range(1500):
        with system.engine.connect() as connection:
            found = retrainings.latest(connection, 1)
        if found and found[0].state != "running" and system.labelling.retrainer.running is None:
            return found[0]
        time.sleep(0.02)
    raise AssertionError("it does not end")


def stands_in(system, monkeypatch, report: dict, fails: str = "") -> list[str]:
    """Children that leave what the real ones leave; what was called."""
    called: list[str] = []

    def call(self, place: Path, module: str, *arguments: object) -> None:
        called.append(str(arguments[0]) if module.endswith("cli") else module.rpartition(".")[2])
        if fails and called[-1] == fails:
            raise ArgumentError(f"{fails} broke")
        if called[-1] == "run":
            run = place / "out" / "runs" / "retrained" / "seed-0"
            run.mkdir(parents=True)
            (run / "report.json").write_text(json.dumps(report))
            with (place / "labels.csv").open() as stream:
                held = [row["label"] for row in csv.DictReader(stream) if row["split"] == "test"]
            right = [[label == name for name in ("dark", "light")] for label in held]
            np.savez(run / "outputs.npz", test_scores=np.array(right, float))

    monkeypatch.setattr(retraining.Retrainer, "_call", call)
    monkeypatch.setattr(retraining.ExportedModel, "load", lambda folder: system.model)
    monkeypatch.setattr(system.labelling.retrainer, "_offer", offering(system))
    return called


def offering(system):
    """Write what is written with a candidate, whose model is the one that runs."""

    def offer(exported, number, by, also) -> None:
        with system.engine.begin() as connection:
            also(connection, 1)

    return offer


AWAY = OperationalError("update", {}, Exception("the server closed the connection"))


def test_what_comes_of_it_is_offered(labelled, monkeypatch) -> None:
    called = stands_in(labelled, monkeypatch, REPORT)
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    assert called == ["run", "export"]
    assert (found.state, found.num_labels, found.model_id) == ("done", 22, 1)
    measured = json.loads(found.detail)
    assert (measured["balanced_accuracy"], measured["judged"]) == (1.0, 6)
    with labelled.engine.connect() as connection:
        kept = labels.settled(connection, unused=True)
    assert len(kept) == 6, "those that judged it"
    assert len({frame.camera for frame in kept}) == 1


def test_a_second_one_is_judged_on_what_the_first_was_not_trained_on(
    labelled, pictured, monkeypatch
) -> None:
    """Its weights descend from the first. The other camera has new labels, which do not judge."""
    stands_in(labelled, monkeypatch, REPORT)
    retrainer = labelled.labelling.retrainer
    weights = labelled.settings.folder / "predictor" / "weights.safetensors"
    monkeypatch.setattr(retrainer, "begins_with", lambda model: (weights, ""))
    with labelled.engine.begin() as connection:
        connection.execute(update(Model).values(since=1))  # before there were labels
    trained, judges = [], []
    own = retraining.write

    def write(*given):
        written = own(*given)
        with written.file.open() as stream:
            rows = [row for row in csv.DictReader(stream) if row["split"] == "test"]
        judges.append({row["group"] for row in rows})
        trained.append(written.trained)
        return written

    monkeypatch.setattr(retraining, "write", write)
    retrainer.begin(Plan("tlc"), "op")
    assert ended(labelled).state == "done"
    with labelled.engine.begin() as connection:
        for place, number in enumerate(pictured):
            if place < (13 if number % 2 else 32) or (number % 2 and place > 18):
                continue
            frames = [Queued(number, 1 + number % 2, "dark", "rare", "x", False, 1, 1.0)]
            label_queue.put(connection, frames, 1, "t")
            verdict = Verdict("class", ("dark", "light")[place // 2 % 2])
            labels.give(connection, number, "ann", verdict, 2)
    retrainer.begin(Plan("tlc"), "op")
    assert ended(labelled).state == "done"
    assert judges[0] == judges[1]
    assert len(judges[0]) == 1
    assert [len(frames) for frames in trained] == [16, 20]
    assert set(trained[0]) < set(trained[1])


def test_a_full_disk_is_said_to_be_full(labelled, monkeypatch) -> None:
    def full(*given):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(retraining, "write", full)
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    said = "the server's folder cannot be read or written: the disk is full, free some space there"
    assert (found.state, found.detail) == ("failed", said)


@pytest.mark.parametrize(
    ("report", "fails", "said"),
    [
        (REPORT, "run", "run broke"),
        (REPORT, "export", "export broke"),
        ({**REPORT, "status": "diverged", "error": "loss is nan"}, "", "diverged: loss is nan"),
        ({**REPORT, "status": "failed", "error": "no class"}, "", "failed: no class"),
        ({"schema": 1}, "", "report.json"),
    ],
)
def test_what_fails_leaves_the_running_model_alone(
    labelled, monkeypatch, report, fails, said
) -> None:
    before = labelled.model
    stands_in(labelled, monkeypatch, report, fails)
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    assert (found.state, found.model_id) == ("failed", None)
    assert said in found.detail
    assert labelled.model is before
    with labelled.engine.connect() as connection:
        assert len(labels.settled(connection, unused=True)) == 22


def test_a_database_that_is_away_when_it_fails_is_told_later(labelled, monkeypatch) -> None:
    stands_in(labelled, monkeypatch, REPORT, "run")
    end, calls = retrainings.end, []

    def away(*arguments, **named) -> None:
        calls.append(arguments[1])
        if len(calls) < 3:
            raise AWAY
        end(*arguments, **named)

    monkeypatch.setattr(retrainings, "end", away)
    monkeypatch.setattr(retraining, "AGAIN", 0.01)
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    assert (ended(labelled).state, len(calls)) == ("failed", 3)


def test_what_was_trained_waits_for_a_database_that_is_away(labelled, monkeypatch) -> None:
    """It said that it failed, and what was trained was thrown away."""
    stands_in(labelled, monkeypatch, REPORT)
    retrainer = labelled.labelling.retrainer
    offer, calls = offering(labelled), []

    def away(*given) -> None:
        calls.append(given)
        if len(calls) < 3:
            raise AWAY
        offer(*given)

    monkeypatch.setattr(retrainer, "_offer", away)
    monkeypatch.setattr(retraining, "AGAIN", 0.01)
    retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    assert (found.state, found.model_id, len(calls)) == ("done", 1, 3)


def test_a_candidate_whose_writing_was_not_answered_is_not_said_to_have_failed(
    labelled, monkeypatch
) -> None:
    stands_in(labelled, monkeypatch, REPORT)
    retrainer = labelled.labelling.retrainer
    offer, calls = offering(labelled), []

    def lost(*given) -> None:
        calls.append(given)
        offer(*given)
        raise AWAY

    monkeypatch.setattr(retrainer, "_offer", lost)
    monkeypatch.setattr(retraining, "AGAIN", 0.01)
    retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    assert (found.state, found.model_id, len(calls)) == ("done", 1, 1)


def test_one_that_waits_for_the_database_can_be_stopped(labelled, monkeypatch) -> None:
    stands_in(labelled, monkeypatch, REPORT)
    retrainer = labelled.labelling.retrainer
    waits = threading.Event()

    def away(*given) -> None:
        waits.set()
        raise AWAY

    monkeypatch.setattr(retrainer, "_offer", away)
    retrainer.begin(Plan("tlc"), "op")
    assert waits.wait(60)
    retrainer.cancel("op")
    assert ended(labelled).state == "stopped"


def test_one_that_was_written_is_not_said_to_be_stopped(labelled, monkeypatch) -> None:
    """The answer of the database was lost, and somebody stopped it before it was asked again."""
    stands_in(labelled, monkeypatch, REPORT)
    retrainer = labelled.labelling.retrainer
    offer = offering(labelled)

    def lost(*given) -> None:
        offer(*given)
        retrainer.cancel()
        raise AWAY

    monkeypatch.setattr(retrainer, "_offer", lost)
    retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    assert (found.state, found.model_id, found.num_labels) == ("done", 1, 22)


def test_the_page_says_where_a_run_left_no_answers(labelled, browse, monkeypatch) -> None:
    stands_in(labelled, monkeypatch, REPORT)
    monkeypatch.setattr(np, "savez", lambda *given, **named: None)
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    assert ended(labelled).state == "done"
    text = browse("operator").get("/label/training/now").text
    assert "The training left no answers for the 6 labelled frames that were to judge" in text
    assert "Too few" not in text


def test_a_model_that_cannot_be_judged_is_not_offered(labelled, monkeypatch) -> None:
    stands_in(labelled, monkeypatch, REPORT)
    offered = []
    retrainer = labelled.labelling.retrainer
    monkeypatch.setattr(retrainer, "_offer", lambda *given: offered.append(given) or 1)

    def broken(*given) -> float:
        raise ArgumentError("no outputs.npz")

    monkeypatch.setattr(retraining, "judged", broken)
    retrainer.begin(Plan("tlc"), "op")
    found = ended(labelled)
    assert (found.state, found.model_id, offered) == ("failed", None, [])


def test_a_child_that_fails_says_why_and_one_that_is_stopped_ends(labelled, monkeypatch) -> None:
    retrainer = labelled.labelling.retrainer
    with pytest.raises(ArgumentError, match="No module named"):
        retrainer._call(labelled.settings.folder, "counterpoise.no_such_module")
    may_go_on = threading.Event()
    monkeypatch.setattr(
        retraining, "recipe", lambda *arguments: may_go_on.wait(60) and "base = 'baseline'"
    )
    retrainer.begin(Plan("tlc"), "op")
    with pytest.raises(ArgumentError, match="runs; stop it, or wait"):
        retrainer.begin(Plan("tlc"), "op")
    retrainer.cancel("op")
    may_go_on.set()
    assert ended(labelled).state == "stopped"


def test_what_cannot_be_begun(labelled) -> None:
    with pytest.raises(ArgumentError, match="a method is one of"):
        labelled.labelling.retrainer.begin(Plan("magic"), "op")


def test_the_page_begins_follows_and_stops(labelled, browse, token, monkeypatch) -> None:
    stands_in(labelled, monkeypatch, REPORT)
    labeller, operator = browse("labeller"), browse("operator")
    assert "An operator begins it" in labeller.get("/label/training").text
    text = operator.get("/label/training").text
    assert "22 labelled frames can be trained on, and 0 of the random tenth" in text
    assert "they are not beside the exported model" in text
    sent = {"csrf": token(operator), "method": "tlc", "rounds": "x"}
    refused = operator.post("/label/training", data=sent)
    assert refused.status_code == 422
    assert "rounds are a number" in refused.text
    assert labeller.post("/label/training", data=sent).status_code == 403
    assert operator.post("/label/training", data={**sent, "rounds": ""}).status_code == 303
    ended(labelled)
    text = operator.get("/label/training/now").text
    assert "Balanced accuracy 1.000 on 6 labelled frames of cameras that it never learned" in text
    monkeypatch.setattr(labelled.model, "classes", ("dark", "grey", "light"))
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    ended(labelled)
    text = operator.get("/label/training/now").text
    assert "on 6 labelled frames (2 of 3 classes) of cameras that it never learned from" in text
    assert operator.post("/label/training/stop", data=sent).status_code == 303


def test_the_page_says_where_too_few_labels_are_left_to_judge(
    labelled, browse, monkeypatch
) -> None:
    stands_in(labelled, monkeypatch, REPORT)
    monkeypatch.setattr(held_out, "LEAST", 7)
    operator = browse("operator")
    labelled.labelling.retrainer.begin(Plan("tlc"), "op")
    ended(labelled)
    text = operator.get("/label/training/now").text
    assert "Too few labels are left to judge it by: 6 labelled frames of cameras that" in text
    assert "Balanced accuracy" not in text
    retrainer = labelled.labelling.retrainer
    monkeypatch.setattr(retrainer, "begins_with", lambda model: (Path("weights"), ""))
    monkeypatch.setattr(retraining.label_contrast, "cameras_seen", lambda connection: {1, 2})
    retrainer.begin(Plan("tlc"), "op")
    ended(labelled)
    text = operator.get("/label/training/now").text
    assert "No labels were kept to judge it by: they are too few" in text
    assert "says nothing" in text, "of the test part, which is a copy"


def test_the_method_that_a_comparison_advises_is_offered(labelled, browse, monkeypatch) -> None:
    called = stands_in(labelled, monkeypatch, REPORT)
    plain = retraining.Retrainer._call

    def call(self, place: Path, module: str, *arguments: object) -> None:
        plain(self, place, module, *arguments)
        if arguments[0] == "compare":
            for name in ("baseline", "focal"):
                run = place / "out" / "runs" / name / "seed-0"
                run.mkdir(parents=True)
                (run / "report.json").write_text(json.dumps({**REPORT, "method": name}))
        if arguments[0] == "export":
            exported.append(Path(str(arguments[1])))
            left.extend(path.name for path in (place / "out" / "runs").iterdir())

    exported: list[Path] = []
    left: list[str] = []
    methods = [SimpleNamespace(status=status) for status in ("ok", "ok", "diverged")]
    report = SimpleNamespace(advised=None, best="focal", methods=methods)
    monkeypatch.setattr(retraining.Retrainer, "_call", call)
    monkeypatch.setattr(retraining.ReportRecord, "read", lambda file: report)
    labelled.labelling.retrainer.begin(Plan("compare", rounds=3), "op")
    found = ended(labelled)
    assert (called, found.state) == (["compare", "export"], "done")
    assert [path.parts[-2:] for path in exported] == [("focal", "seed-0")]
    assert left == ["focal"], "a further retraining takes its weights from here"
    measured = json.loads(found.detail)
    assert (measured["method"], measured["among"]) == ("focal", 2)

    report.advised = "baseline"
    labelled.labelling.retrainer.begin(Plan("compare"), "op")
    assert json.loads(ended(labelled).detail)["method"] == "baseline"
    with monkeypatch.context() as patch:
        weights = (Path("weights"), "")
        patch.setattr(labelled.labelling.retrainer, "begins_with", lambda model: weights)
        patch.setattr(retraining.label_contrast, "cameras_seen", lambda connection: {1, 2})
        labelled.labelling.retrainer.begin(Plan("compare"), "op")
        said = json.loads(ended(labelled).detail)
    assert (said["method"], said["judged"]) == ("focal", 0), "its test part says nothing"
    text = browse("operator").get("/label/training/now").text
    assert "Of 2 methods focal was the best on the labels that chose between them." in text

    report.advised = report.best = None
    labelled.labelling.retrainer.begin(Plan("compare"), "op")
    found = ended(labelled)
    assert (found.state, found.detail) == ("failed", "no method of the comparison came to its end")


def test_the_page_offers_a_comparison(labelled, browse) -> None:
    text = browse("operator").get("/label/training").text
    assert "compare several, keep the advised one" in text
    assert "baseline, oversampling, weighted" in text
