"""`export`: one run becomes one folder, and what cannot is said before anything is written."""

import json

import pytest

pytest.importorskip("onnxscript", reason="needs the extra onnx: onnxscript")
pytest.importorskip("onnxruntime", reason="needs the extra onnx: onnxruntime")


@pytest.fixture
def save(tmp_path):
    """Leave a run of the best method, as compare does."""
    import numpy as np

    from counterpoise.data import Preprocess
    from counterpoise.models import create
    from counterpoise.predict import Predictor

    preprocess = Preprocess.fit("standard", np.eye(6, dtype=np.float32))

    def saved(seed: int) -> None:
        predictor = Predictor(create("linear", (6,), 2), preprocess, ["cat", "dog"])
        predictor.save(tmp_path / "exp" / "runs" / "weighted" / f"seed-{seed}" / "predictor")

    return saved


@pytest.fixture
def experiment(tmp_path, monkeypatch, write_report, save):
    """Two runs of the best method."""
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "exp"
    for seed in (0, 1):
        save(seed)
    (out / "experiment.json").write_text("{}")
    write_report(out, "weighted")
    (tmp_path / "empty").mkdir()
    return out


def test_a_server_takes_the_mean_of_an_output_folder(command, experiment) -> None:
    from counterpoise.cli.saved import exported_model
    from counterpoise.cli.serve_keep import _exported as there

    folder = exported_model(experiment)
    assert folder.parent == experiment
    assert (folder / "export.json").is_file()
    assert exported_model(folder) == folder
    assert exported_model(experiment) == folder
    assert there(experiment) == there(folder) == folder
    run = experiment / "runs" / "weighted" / "seed-1"
    assert there(run) == run, "which is not exported"


def test_it_takes_the_mean_of_the_runs_that_are_there_now(command, experiment, save) -> None:
    """The folder of the mean before was in the way, and file times said which was current."""
    from counterpoise.cli.saved import exported_model

    before = exported_model(experiment)
    save(2)
    after = exported_model(experiment)
    assert after != before
    assert len(json.loads((after / "export.json").read_text())["members"]) == 3
    assert len(json.loads((before / "export.json").read_text())["members"]) == 2


def test_a_run_gets_a_folder(command, experiment) -> None:
    run = "exp/runs/weighted/seed-1"
    answer = command("export", run, "--format", "onnx")
    assert answer.code == 0, answer.err
    assert answer.out.startswith(f"exported the run {run} to {run}/onnx\nlargest difference")
    names = sorted(path.name for path in (experiment.parent / run / "onnx").iterdir())
    assert names == ["SHA256SUMS", "export.json", "model.onnx"]
    assert "was there already, the same" in command("export", run).out
    answer = command("export", run, "--features", "--out", "with")
    assert answer.code == 0, answer.err
    assert "not described: exp/runs/weighted/seed-1 does not say what it was trained" in answer.out
    assert '"features"' in (experiment.parent / "with" / "export.json").read_text()


def test_the_runs_of_a_comparison_become_one_model_that_answers_as_predict_does(
    command, experiment
) -> None:
    import numpy as np
    import onnxruntime

    from counterpoise.predict import Ensemble, load

    answer = command("export", "exp")
    assert answer.code == 0, answer.err
    assert "(2 runs averaged) to exp/onnx" in answer.out
    session = onnxruntime.InferenceSession(experiment / "onnx" / "model.onnx")
    samples = np.random.default_rng(0).normal(size=(50, 6)).astype(np.float32)
    (shares,) = session.run(["probabilities"], {"samples": samples})
    runs = sorted((experiment / "runs" / "weighted").glob("*/predictor"))
    together = Ensemble([load(path) for path in runs])
    np.testing.assert_allclose(shares, together.predict(samples).probabilities, atol=1e-5)
    assert np.abs(shares - load(runs[0]).predict(samples).probabilities).max() > 0.01


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("nothing",), "nothing: no such folder"),
        (("empty",), "empty is neither a run folder"),
        (("exp", "--features"), "--features is for one network, and exp has several: weighted, the "
         "best of exp on validation (2 runs averaged) (export one of them, such as "
         "exp/runs/weighted/seed-0, or leave --features out)"),
        (("exp/runs/weighted/seed-0", "--format", "onxn"), "no export format 'onxn'; did you mean"),
        (("exp/runs/weighted/seed-0", "--format", "tflite"), "'tflite'; known: onnx"),
    ],
)  # fmt: skip
def test_user_errors(arguments, expected, command, experiment) -> None:
    answer = command("export", *arguments)
    assert (answer.code, answer.out) == (2, "")
    assert expected in answer.err
    assert not list(experiment.rglob("*onnx*"))
