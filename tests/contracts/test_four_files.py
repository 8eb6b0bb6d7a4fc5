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

LOSS = '''
import torch
from torch import Tensor

from counterpoise.losses.loss import BaseLoss, prepare


class MadeLoss(BaseLoss):
    """Squared distance between the probabilities and the true class.

    Args:
        reduction: "mean", "sum" or "none".

    Shapes: logits (B, K); target (B,) int64.

    Reference: made for a test.

    >>> MadeLoss()(torch.zeros(1, 2), torch.tensor([0]))
    tensor(0.5000)
    """

    def per_sample(self, logits: Tensor, target: Tensor) -> Tensor:
        logits, target = prepare(logits, target)
        chances = logits.softmax(1)
        return chances.square().sum(1) - 2 * chances.gather(1, target[:, None])[:, 0] + 1
'''

WEIGHTS = '''
from typing import Literal

import numpy as np

from counterpoise.counts import ClassCounts
from counterpoise.weights.class_weights import ClassWeights, present


class MadeWeights(ClassWeights):
    """Weight each class by the fourth root of its rarity.

    Args:
        counts: unique training samples per class, K of them.
        zero_count: "raise" for a class without a sample, or "ignore": it weighs 0.
        max_weight: cap of each weight, or None.

    Shapes: target (B,) int64, per-sample losses (B,) -> (B,).

    Reference: made for a test.

    >>> MadeWeights(ClassCounts((16, 1))).class_weights
    tensor([1., 2.])
    """

    revision = 7

    def __init__(
        self,
        counts: ClassCounts,
        *,
        zero_count: Literal["raise", "ignore"] = "raise",
        max_weight: float | None = None,
    ) -> None:
        n, here = present(counts, "MadeWeights", zero_count)
        values = np.zeros_like(n)
        values[here] = (n[here] / n.max()) ** -0.25
        super().__init__(values, max_weight)
'''

SAMPLER = '''
from torch import Tensor

from counterpoise.labels import LabelSource
from counterpoise.samplers.class_index import ClassIndex, ZeroCount, expected_seen
from counterpoise.samplers.sampler import StreamSampler
from counterpoise.samplers.stream import Memory, Stream, check_seed


class MadeSampler(StreamSampler):
    """Draw each class in proportion to the logarithm of its size.

    Args:
        labels: (N,) integer labels, or a data set that has them.
        seed: 0 or more.
        zero_count: "raise" for a class without a sample, or "ignore" to leave it out.
        rank: which slice of the stream this process takes.
        world: number of processes.

    Shapes: labels (N,) int64 -> indices (num,) int64 in [0, N).

    Reference: made for a test.

    >>> len(MadeSampler([0] * 90 + [1] * 10, seed=0))
    100
    """

    corrects_prior = True

    def __init__(
        self,
        labels: LabelSource,
        *,
        seed: int,
        zero_count: ZeroCount = "raise",
        rank: int = 0,
        world: int = 1,
    ) -> None:
        check_seed(seed)
        self._seed = seed
        self._classes = ClassIndex(labels, who="MadeSampler", zero_count=zero_count)
        self._shares = self._classes.sizes.double().log1p()
        num = len(self._classes.members)
        super().__init__(Stream(self._draw, length=num, rank=rank, world=world))
        self.seen = expected_seen(self._shares, len(self))

    def _draw(self, number: int, memory: Memory) -> tuple[Tensor, Memory]:
        return self._classes.block(self._shares, self._seed, number), memory
'''

RESAMPLER = '''
from counterpoise.resamplers.problem import Made, Problem
from counterpoise.resamplers.resampler import RandomState, Resampler
from counterpoise.resamplers.strategy import Strategy


class MadeResampler(Resampler):
    """Repeat the first samples of each class.

    Args:
        sampling_strategy: as in imbalanced-learn.
        random_state: not used.

    Shapes: X (N, ...), y (N,) -> (M, ...), (M,), originals first.

    Reference: made for a test.

    >>> len(MadeResampler().fit_resample([[0.0], [1.0], [2.0]], [0, 0, 1])[1])
    4
    """

    def __init__(
        self, *, sampling_strategy: Strategy = "auto", random_state: RandomState = None
    ) -> None:
        self.sampling_strategy = sampling_strategy
        self.random_state = random_state

    def _check_options(self) -> None:
        """Nothing to judge."""

    def _resample(self, problem: Problem) -> Made:
        made = problem.grown()
        for row in range(len(problem.points), len(made.points)):
            own = problem.points[problem.labels == made.labels[row]]
            made.points[row] = own[row % len(own)]
        return made
'''

AUGMENT = '''
from dataclasses import replace

import numpy as np

from counterpoise.augment.augmentation import Augmentation, on_device
from counterpoise.batch import Batch


class MadeAugment(Augmentation):
    """Add noise to each value.

    Args:
        seed: 0 or more.
        size: standard deviation of the noise.

    Shapes: inputs (B, ...) float -> `Batch` of the same shapes.

    Reference: made for a test.

    >>> MadeAugment(seed=0).size
    0.1
    """

    def __init__(self, *, seed: int, size: float = 0.1) -> None:
        super().__init__(seed)
        self.size = size

    def _change(self, batch: Batch, random: np.random.Generator) -> Batch:
        noise = on_device(random.normal(size=tuple(batch.inputs.shape)), batch.inputs)
        return replace(batch, inputs=batch.inputs + self.size * noise)
'''

HEAD = '''
from torch import Tensor, nn


class MadeHead(nn.Linear):
    """A linear layer of half-sized features.

    Args:
        num_features: D.
        num_classes: K.

    Shapes: features (B, D) -> logits (B, K).

    Reference: made for a test.

    >>> MadeHead(4, 3).weight.shape
    torch.Size([3, 4])
    """

    def __init__(self, num_features: int, num_classes: int) -> None:
        super().__init__(num_features, num_classes)

    def forward(self, input: Tensor) -> Tensor:
        return super().forward(input / 2)
'''

STEP = '''
from collections.abc import Callable

from torch import Tensor, nn

from counterpoise.batch import Batch, Mixed
from counterpoise.steps.penalty import with_penalty


class MadeStep:
    """The same batch twice, with an optimizer for each time.

    Shapes: batch of B samples -> loss (), detached.

    Reference: made for a test.

    >>> MadeStep.num_optimizers
    2
    """

    num_optimizers = 2

    def __call__(
        self,
        model: nn.Module,
        batch: Batch | Mixed,
        criterion: nn.Module,
        update: Callable[[Tensor, int], None],
    ) -> Tensor:
        first: Tensor = with_penalty(criterion(model(batch.inputs), batch), model)
        update(first, 0)
        update(with_penalty(criterion(model(batch.inputs), batch), model), 1)
        return first.detach()
'''

POSTHOC = '''
from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from counterpoise.posthoc.checks import FloatArray, check_probabilities
from counterpoise.protocols import Operation, Scores


class MadeRule:
    """Halve the probability of class 0.

    Args:
        factor: of class 0.

    Shapes: probabilities (N, K) -> scores (N, K).

    Reference: made for a test.

    >>> MadeRule()(np.array([[0.6, 0.4]]))
    array([[0.3, 0.4]])
    """

    accepts: tuple[Scores, ...] = ("logits",)

    def __init__(self, *, factor: float = 0.5) -> None:
        self.factor = factor
        self.num_classes: int | None = None

    def fit(self, scores: FloatArray, target: npt.NDArray[np.int64]) -> MadeRule:
        """Learn how many classes there are."""
        self.num_classes = check_probabilities(scores).shape[1]
        return self

    def __call__(self, scores: FloatArray) -> npt.NDArray[np.float64]:
        """Scores (N, K) that decide."""
        table = check_probabilities(scores, self.num_classes)
        return table * self._factors(table.shape[1])

    def operations(self) -> list[Operation] | None:
        """The same as a chain of plain steps."""
        return None if self.num_classes is None else [
            ("multiply", self._factors(self.num_classes))
        ]

    def describe(self) -> str:
        """One line for reports."""
        return "class 0 halved"

    def state_dict(self) -> dict[str, Any]:
        """JSON-able state."""
        return {"factor": self.factor, "num_classes": self.num_classes}

    @classmethod
    def from_state_dict(cls, state: Mapping[str, Any]) -> MadeRule:
        """The posthoc that `state_dict` came from."""
        self = cls(factor=state["factor"])
        self.num_classes = state["num_classes"]
        return self

    def _factors(self, num_classes: int) -> npt.NDArray[np.float64]:
        return np.where(np.arange(num_classes) == 0, self.factor, 1.0)
'''

METRIC = '''
import numpy as np

from counterpoise.metrics.count_metric import CountMetric
from counterpoise.metrics.tallies import Counts, Floats


class Kappa(CountMetric):
    """Cohen's kappa: agreement beyond that of chance."""

    key = "kappa"
    title = "Cohen's kappa"

    def __call__(self, hits: Counts, true: Counts, predicted: Counts) -> Floats:
        total = true.sum(-1)
        with np.errstate(invalid="ignore"):
            chance = (true * predicted).sum(-1) / total**2
            return np.asarray((hits.sum(-1) / total - chance) / (1 - chance))
'''

STAGE = '[[stages]]\nname = "train"\n'
# axis: (class, its source, its recipe)
MADE = {
    "losses": ("MadeLoss", LOSS, f'{STAGE}loss = {{ name = "MadeLoss" }}'),
    "weights": ("MadeWeights", WEIGHTS, f'{STAGE}weights = {{ name = "MadeWeights" }}'),
    "samplers": ("MadeSampler", SAMPLER, f'{STAGE}sampler = {{ name = "MadeSampler" }}'),
    "resamplers": ("MadeResampler", RESAMPLER, f'{STAGE}resampler = {{ name = "MadeResampler" }}'),
    "augment": ("MadeAugment", AUGMENT, f'{STAGE}augment = [{{ name = "MadeAugment" }}]'),
    "heads": ("MadeHead", HEAD, 'head = { name = "MadeHead" }'),
    "steps": ("MadeStep", STEP, f'{STAGE}step = {{ name = "MadeStep" }}'),
    "posthoc": ("MadeRule", POSTHOC, 'posthoc = [{ name = "MadeRule" }]'),
    "metrics": ("Kappa", METRIC, None),
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
    for axis, (name, source, recipe) in MADE.items():
        module = file_of(name)
        (copy / axis / module).write_text(f'"""Made for a test."""\n{source}', "utf-8")
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


@pytest.mark.slow
def test_contracts_run_over_what_was_made(package: Path) -> None:
    options = ("-vv", "-p", "no:cacheprovider", "-p", "no:xdist", "-k", "Made")
    done = run(package, "-m", "pytest", *options, f"--ignore={__file__}", str(CONTRACTS))
    assert done.returncode == 0, done.stdout + done.stderr
    for axis, (name, _, _) in MADE.items():
        passed = rf"contracts/(test_{axis}|{axis}/).*\[.*{name}.* PASSED"
        assert axis == "metrics" or re.search(passed, done.stdout), f"no contract of {axis} ran"
