"""`compare`: what is typed arrives, what is wrong is said at once, and the exit code is right."""

import errno
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

import counterpoise
from counterpoise.errors import DataError, RecipeError
from counterpoise.experiments.options import Options


@dataclass
class Method:
    """As in a report: a name and how its runs ended."""

    name: str
    status: str
    error: str


@pytest.fixture(autouse=True)
def _in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_defaults(command, compared) -> None:
    answer = command("compare", "digits")
    assert answer.code == 0
    (asked,) = compared.asked
    assert asked.command.startswith("counterpoise")
    plain = {"dataset": "digits", "command": asked.command, "progress": "plain"}
    assert asked == Options.of(plain)


def test_every_option_arrives(command, compared, tmp_path) -> None:
    (tmp_path / "runs.jsonl").write_text("")
    answer = command(
        "compare", "digits", "--methods", "baseline,oversampling", "--profile",
        "step:rho=20,mu=0.5", "--model", "mlp", "--seeds", "5", "--rounds", "7", "--select",
        "g-mean", "--tune", "3", "--budget", "30m", "--frozen", "--out", "here", "--jobs", "2",
        "--device", "cuda:1", "--engine", "ray://10.0.0.1:6379", "--data-root", "root",
        "--set", "oversampling.ratio=10", "--set",
        "optimizer.amsgrad=true", "--set", "model.weights=DEFAULT", "--validation", "balanced",
        "--validation-share", "0.1", "--skip-corrupt", "--size", "32", "--ledger", "runs.jsonl",
        "--image-memory", "0.5",
    )  # fmt: skip
    assert answer.code == 0, answer.err
    (asked,) = compared.asked
    assert asked == Options.of(
        {
            "dataset": "digits", "methods": "baseline,oversampling",
            "profile": "step:rho=20,mu=0.5", "model": "mlp", "seeds": 5, "folds": None,
            "rounds": 7, "select": "g_mean", "tune": 3, "budget": 1800.0, "frozen": True,
            "out": "here", "jobs": 2, "device": "cuda:1", "data_root": "root",
            "engine": "ray://10.0.0.1:6379",
            "settings": {
                "oversampling.ratio": 10,
                "optimizer.amsgrad": True,
                "model.weights": "DEFAULT",
            },
            "validation": "balanced", "validation_share": 0.1, "skip_corrupt": True, "size": 32,
            "ledger": "runs.jsonl", "image_memory": 0.5, "progress": "plain",
            "command": asked.command,
        }
    )  # fmt: skip


def test_ensemble_arrives(command, compared) -> None:
    assert command("compare", "digits", "--ensemble").code == 0
    assert command("compare", "digits").code == 0
    assert [options.ensemble for options in compared.asked] == [True, False]


def test_scratch_arrives_and_excludes_features(command, compared) -> None:
    assert command("compare", "digits", "--scratch").code == 0
    assert compared.asked[0].scratch
    answer = command("compare", "digits", "--scratch", "--frozen")
    assert answer.code == 2
    assert "--frozen and --scratch exclude each other" in answer.err


def test_the_default_folder_is_named_after_data_and_profile(command, compared) -> None:
    changes = (
        "--profile linear:rho=3", "--validation balanced", "--validation-share 0.1", "--size 16",
        "--folds 2",
    )  # fmt: skip
    for extra in ("", "--jobs 2", *changes):
        assert command("compare", "digits", *extra.split()).code == 0
    first, again, profile, *others = (str(asked.out) for asked in compared.asked)
    assert first == again
    assert len({first, profile, *others}) == 6  # none would meet another's folder
    assert Path(profile).name == "digits-linear-rho-3"


def test_says_where_the_report_is_and_ends_with_the_best(command, compared) -> None:
    lines = command("compare", "digits", "--out", "here").out.splitlines()
    assert lines[0] == f"report: {Path('here', 'report.html')}"
    assert lines[-1] == "Best: baseline."


def test_json_alone_is_on_stdout(command, compared) -> None:
    assert json.loads(command("compare", "digits", "--json").out)["schema"] == 1


def test_a_failed_method_is_our_exit_code_and_a_diverged_one_is_not(command, compared) -> None:
    compared.methods = [Method("weighted", "diverged", "NaN in round 3")]
    assert command("compare", "digits").code == 0
    compared.methods.append(Method("baseline", "failed", "boom\nat x"))
    answer = command("compare", "digits")
    assert answer.code == 1
    assert answer.err == "error: baseline failed: boom\n"


FAULTS = {
    "data": (["digts"], "no data set named 'digts' and no such path; did you mean 'digits'?"),
    "path": (["no/such/folder"], "no such path"),
    "format": (["x.txt"], ".npz or .csv"),
    "method": (["digits", "--methods", "oversampel"], "did you mean 'oversampling'?"),
    "model": (["digits", "--model", "lenet"], "did you mean 'lenet5'?"),
    "metric": (["digits", "--select", "balancd_accuracy"], "did you mean 'balanced_accuracy'?"),
    "profile": (["digits", "--profile", "stepp:rho=2,mu=0.5"], "step"),
    "rho": (["digits", "--profile", "step:rho=0.5,mu=0.5"], "rho"),
    "key": (["digits", "--set", "oversampling.ration=3"], "did you mean 'ratio'?"),
    "no value": (["digits", "--set", "oversampling.ratio"], "KEY=VALUE"),
    "twice": (["digits", "--set", "a.b=1", "--set", "a.b=2"], "given twice"),
    "seeds": (["digits", "--seeds", "0"], "--seeds is at least 1; got 0"),
    "image memory": (
        ["digits", "--image-memory", "-1"],
        "--image-memory is at least 0; got -1",
    ),
    "folds": (["digits", "--folds", "1"], "--folds is at least 2; got 1"),
    "both": (["digits", "--folds", "2", "--seeds", "2"], "exclude each other"),
    "rounds": (["digits", "--rounds", "-1"], "--rounds is at least 1; got -1"),
    "device": (["digits", "--device", "gpu"], "--device is auto, cpu, cuda"),
    "budget": (["digits", "--budget", "soon"], "90s, 30m, 2h or 1h30m"),
    "validation": (["digits", "--validation", "test"], "profiled, balanced, beside or none"),
    "ledger": (["digits", "--ledger", "no/runs.jsonl"], "there is no folder no"),
    "out": (["digits", "--out", "x.txt/deep"], "is a file, not a folder"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_user_errors_are_one_line_and_make_nothing(fault, command, compared, tmp_path) -> None:
    (tmp_path / "x.txt").write_text("")
    arguments, expected = FAULTS[fault]
    answer = command("compare", *arguments)
    assert answer.code == 2
    assert expected in answer.err
    lines = answer.err.splitlines()
    assert all(line.startswith("error: ") for line in lines)
    assert len(lines) == (2 if fault == "twice" else 1), lines
    assert compared.asked == []
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.txt"]


def test_all_faults_at_once(command, compared) -> None:
    answer = command(
        "compare", "digts", "--methods", "baselin,weigted", "--model", "lenet", "--seeds", "0",
        "--profile", "steps", "--select", "acuracy", "--set", "x",
    )  # fmt: skip
    assert answer.code == 2
    assert len(answer.err.splitlines()) == 8, answer.err


def test_a_sweep_is_planned_without_torch_and_without_a_folder(tmp_path: Path) -> None:
    words = ["compare", "digits", "--methods", "baseline,cb", "--sweep", "rho=10", "cb.beta=.9,.99"]
    code = (
        "import sys\nfrom counterpoise.cli import main\n"
        f"code = main({[*words, '--seeds', '1', '--plan']!r})\n"
        "sys.exit(code if 'torch' not in sys.modules else 99)"
    )
    env = os.environ | {"PYTHONPATH": str(Path(counterpoise.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=env,
        check=False,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2 cells, 4 runs, of which 1 are the same as others; time not")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--sweep", "rho"], "--sweep names an axis and its values, as rho=10,100; got 'rho'"),
        (["--sweep", "roh=10"], "did you mean 'rho'?"),
        (["--sweep", "rho=10", "--seeds", "0"], "--seeds is at least 1; got 0"),
        (["--sweep", "rho=0.5,10"], "profile step:rho=0.5: rho is a number at least 1"),
        (["--sweep", "rho=10", "mu=.5", "--budget", "soon"], "--budget is such as 90s"),
        (["--plan", "--set", "x"], "--set takes KEY=VALUE"),
    ],
)
def test_a_sweep_that_cannot_be_is_refused(words, said, command, compared, tmp_path) -> None:
    answer = command("compare", "digits", *words)
    assert answer.code == 2
    assert said in answer.err
    assert not compared.asked
    assert not list(tmp_path.glob("counterpoise-out*"))


def test_user_errors_are_found_before_torch_is_loaded(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom counterpoise.cli import main\n"
        "code = main(['compare', 'digits', '--model', 'lenet', '--methods', 'x'])\n"
        "sys.exit(code if 'torch' not in sys.modules else 99)"
    )
    env = os.environ | {"PYTHONPATH": str(Path(counterpoise.__file__).parent.parent)}
    assert subprocess.run([sys.executable, "-c", code], env=env, check=False).returncode == 2


@pytest.mark.parametrize(
    ("raised", "code", "said"),
    [
        (DataError("class 'a' has 1 sample"), 2, "error: class 'a' has 1 sample\n"),
        (RecipeError(["one", "two"]), 2, "error: one\nerror: two\n"),
        (OSError(errno.ENOSPC, "No space left on device"), 2, "No space left on device"),
        (KeyError("surprise"), 1, "COUNTERPOISE_TRACEBACK=1"),
        (KeyboardInterrupt(), 130, "the same command resumes"),
    ],
)
def test_exit_codes(raised, code, said, command, compared) -> None:
    compared.raises = raised
    answer = command("compare", "digits")
    assert answer.code == code
    assert said in answer.err
    assert "Traceback" not in answer.err


def test_the_traceback_is_there_for_who_asks(command, compared, monkeypatch) -> None:
    monkeypatch.setenv("COUNTERPOISE_TRACEBACK", "1")
    compared.raises = KeyError("surprise")
    assert "Traceback" in command("compare", "digits").err


def test_mistyped_options_and_verbs_name_the_near_one(command) -> None:
    option = command("compare", "digits", "--profil", "none")
    verb = command("compar", "digits")
    assert (option.code, verb.code) == (2, 2)
    assert "--profile" in option.err
    assert "compare" in verb.err
    assert command("compare").code == 2
