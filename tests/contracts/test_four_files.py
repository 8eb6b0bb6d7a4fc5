"""A method is four files: one made for each axis is added to a copy of the package, and compared.

The four: its class, a line in the axis's ``__init__.py``, its test, and its recipe; a metric has no
recipe, and is chosen by. Nothing else of the copy is touched.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import cohen_kappa_score

import counterpoise

PACKAGE = Path(counterpoise.__file__).parent
CONTRACTS = Path(__file__).parent
SOURCES = CONTRACTS / "made"

STAGE = '[[stages]]\nname = "train"\n'
# axis: (class, its recipe)
MADE = {
    "losses": ("MadeLoss", f'{STAGE}loss = {{ name = "MadeLoss" }}'),
    "weights": ("MadeWeights", f'{STAGE}weights = {{ name = "MadeWeights" }}'),
    "samplers": ("MadeSampler", f'{STAGE}sampler = {{ name = "MadeSampler" }}'),
    "resamplers": ("MadeResampler", f'{STAGE}resampler = {{ name = "MadeResampler" }}'),
    "augment": ("MadeAugment", f'{STAGE}augment = [{{ name = "MadeAugment" }}]'),
    "heads": ("MadeHead", 'head = { name = "MadeHead" }'),
    "steps": ("MadeStep", f'{STAGE}step = {{ name = "MadeStep" }}'),
    "posthoc": ("MadeRule", 'posthoc = [{ name = "MadeRule" }]'),
    "metrics": ("Kappa", None),
}
METHODS = [f"made-{axis}" for axis in MADE if axis != "metrics"]
COMPARE = """
import sys
import counterpoise

report = counterpoise.compare(
    "digits", methods=["baseline", *sys.argv[2:]], profile="step:rho=10,mu=0.5", seeds=1, rounds=1,
    select="kappa", out=sys.argv[1], progress="silent", jobs=2,
)
print(report.text(200))
"""


def file_of(name: str) -> str:
    """The name of a class as that of its file."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower() + ".py"


def run(package: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = os.environ | {"PYTHONPATH": str(package.parent), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments],
        capture_output=True,
        text=True,
        check=False,
        env=env,
        cwd=package.parent,
    )


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the package with a made member of each axis."""
    copy = tmp_path_factory.mktemp("four") / "counterpoise"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("__pycache__"))
    for axis, (name, recipe) in MADE.items():
        module = file_of(name)
        shutil.copy(SOURCES / module, copy / axis)
        init = copy / axis / "__init__.py"
        line = f"from counterpoise.{axis}.{module.removesuffix('.py')} import {name}\n"
        text, listed = re.subn(r"__all__ = \[", f'__all__ = ["{name}", ', init.read_text("utf-8"))
        assert listed == 1
        first = text.index("from counterpoise")
        init.write_text(text[:first] + line + text[first:], "utf-8")
        if recipe is not None:
            path = copy / "recipes" / "methods" / f"made-{axis}.toml"
            path.write_text(f'title = "made"\nbase = "baseline"\n\n{recipe}\n', "utf-8")
    return copy


def test_one_of_each_axis_in_a_comparison(package: Path) -> None:
    out = package.parent / "out"
    done = run(package, "-W", "error", "-c", COMPARE, str(out), *METHODS)
    assert done.returncode == 0, done.stderr
    report = json.loads((out / "report.json").read_text("utf-8"))
    rows = {row["name"]: row for row in report["methods"]}
    ended = {name: (row["status"], row["error"]) for name, row in rows.items()}
    assert ended == dict.fromkeys(("baseline", *METHODS), ("ok", None))
    assert report["select"] == "kappa"
    scores = set()
    for name, row in rows.items():
        with np.load(out / "runs" / name / "seed-0" / "outputs.npz") as outputs:
            predicted = outputs["test_scores"].argmax(1)
            scores.add(outputs["test_scores"].tobytes())
        with np.load(out / "splits" / "seed-0.npz") as split:
            expected = cohen_kappa_score(split["test_labels"], predicted)
        kappa = row["metrics"]["kappa"]
        assert kappa["mean"] == pytest.approx(expected)
        assert kappa["interval"][0] <= expected <= kappa["interval"][1]
    assert len(scores) == len(rows), "each has an effect"
    assert "Cohen's kappa" in done.stdout
    settings = [json.loads(path.read_text()) for path in out.glob("stages/*/settings.json")]
    assert [1, "MadeWeights 7"] in [one["numerics"] for one in settings]


@pytest.mark.system
def test_contracts_run_over_what_was_made(package: Path) -> None:
    options = ("-vv", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "Made")
    done = run(package, "-m", "pytest", *options, f"--ignore={__file__}", str(CONTRACTS))
    assert done.returncode == 0, done.stdout + done.stderr
    for axis, (name, _) in MADE.items():
        passed = rf"contracts/(test_{axis}|{axis}/).*\[.*{name}.* PASSED"
        assert axis == "metrics" or re.search(passed, done.stdout), f"no contract of {axis} ran"
