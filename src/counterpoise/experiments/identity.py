"""Names of stages and runs, made from everything that determines their numbers."""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import platform
from collections.abc import Sequence
from functools import cache

from counterpoise import registry
from counterpoise.data.preprocess import REVISION
from counterpoise.experiments.cost import CostRule
from counterpoise.experiments.machine import cores
from counterpoise.metrics.names import EXPECTED_COST, REVISIONS
from counterpoise.models.catalog import Entry, about
from counterpoise.recipes.contrast import contrast_rule
from counterpoise.recipes.resolve import stage_rounds
from counterpoise.recipes.schema import Component, Recipe, Stage, Value
from counterpoise.records import EnvironmentRecord
from counterpoise.train import NUMERICS
from counterpoise.version import __version__

SELECT = "balanced_accuracy"  # which chose the kept round when an identity did not say


def digest(content: object) -> str:
    """Sixteen hexadecimal digits that change with any part of `content`."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def stage_settings(
    recipe: Recipe,
    number: int,
    *,
    data: str,
    seed: int,
    device: str,
    threads: int,
    parent: str | None,
    dtype: str = "uint8",
    select: str = SELECT,
    cost: CostRule | None = None,
    devices: int = 1,
) -> dict[str, object]:
    """Everything that determines what stage `number` of a resolved recipe learns.

    The names of the method and of the stage are left out: two methods that begin alike share
    the beginning. `dtype` is that of the inputs: what is not bytes is standardised in float64.
    """
    stage = recipe.stages[number]
    entry = about(recipe.model.name)
    if entry.fitted_by is not None:
        return _fitted_settings(recipe, data, seed, entry.fitted_by, dtype)
    boosting = (
        {}
        if recipe.boosting is None or not number
        else {"boosting": {"learning_rate": recipe.boosting.learning_rate}}
    )
    content = {k: v for k, v in stage.as_dict().items() if k != "name"}
    content["sampler"] = _as_recorded("samplers", stage.sampler)
    rule = contrast_rule(recipe)
    # Not in the identity of a recipe without one: there is nothing that it could change.
    contrast = {} if rule is None else {"contrast": [rule.share, rule.kind]}
    # The metric of a kept round; not in identities of the usual one, nor where the last is kept.
    chosen_by: dict[str, object] = {}
    if recipe.train.checkpoint == "best" and select != SELECT:
        chosen_by = {"select": select} | costs_in(select, cost)
        loss = registry.find("losses", stage.loss.name)
        if loss is not None and loss.scores == "margins" and select in REVISIONS:
            chosen_by["select_revision"] = REVISIONS[select]
    # Each device sums its own part of a batch, so numbers are those of one but for rounding.
    shared = {} if devices == 1 else {"devices": devices}
    maker = {} if entry.package is None else {entry.package: _version(entry.package)}
    return {
        **maker,
        **shared,
        **boosting,
        **contrast,
        **chosen_by,
        "data": data,
        "seed": seed,
        "model": recipe.model.as_dict(),
        "head": recipe.head.as_dict(),
        "stage": {**content, "rounds": stage_rounds(recipe, stage)},
        "train": _train(recipe),
        "optimizer": recipe.optimizer.as_dict(),
        "schedule": recipe.schedule.as_dict(),
        "parent": parent,
        "numerics": _numerics(recipe, stage, entry, dtype),
        "torch": _installed("torch"),
        "device": device.partition(":")[0],
        "threads": threads,
    }


def _train(recipe: Recipe) -> dict[str, Value]:
    """How a stage trains; what a run measures once, at its end, is nothing of the stage."""
    table = recipe.train.as_dict()
    return {k: v for k, v in table.items() if k != "record" or v == "rounds"}


def _numerics(recipe: Recipe, stage: Stage, model: Entry, dtype: str) -> int | list[Value]:
    """The version of the loop, and of preprocessing, model and pieces that have a revision."""
    pieces = [
        ("losses", stage.loss), ("weights", stage.weights), ("samplers", stage.sampler),
        ("steps", stage.step), ("heads", stage.head or recipe.head),
        ("resamplers", stage.resampler), *(("augment", piece) for piece in stage.augment),
    ]  # fmt: skip
    pieces += [("augment", piece) for piece in stage.offline.augment] if stage.offline else []
    members = [registry.find(axis, piece.name) for axis, piece in pieces if piece is not None]
    found = sorted({_revised(m) for m in members if m is not None and m.revision > 1})
    found += [f"{recipe.model.name} {model.revision}"] if model.revision > 1 else []
    packages = sorted({m.package for m in members if m is not None and m.package is not None})
    found += [f"{package} {_version(package)}" for package in packages]
    return _versions(recipe, found, dtype)


def _versions(recipe: Recipe, found: Sequence[Value], dtype: str) -> int | list[Value]:
    """The version of the loop, before the revisions `found` and that of preprocessing."""
    if dtype != "uint8" and recipe.train.preprocess != "none":
        found = [*found, f"preprocess {REVISION}"]
    return [NUMERICS, *found] if found else NUMERICS


def _revised(member: registry.Member) -> str:
    return f"{member.identity_name} {member.revision}"


def _as_recorded(axis: str, component: Component) -> Value:
    """A component by the name that identities know it by."""
    found = registry.find(axis, component.name)
    table = component.as_dict()
    return {**table, "name": found.identity_name} if found is not None else table


@cache
def _installed(package: str) -> str:
    """Version of a package; read once, as each run asks, and its file takes milliseconds."""
    return importlib.metadata.version(package)


def _version(package: str) -> str:
    """Of an optional package; empty where it is missing, which is said when it is needed."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return ""


def _fitted_settings(
    recipe: Recipe, data: str, seed: int, fitter: str, dtype: str
) -> dict[str, object]:
    """Of a model that a package fits: no optimizer, no rounds and no device, but which package."""
    return {
        "data": data,
        "seed": seed,
        "model": recipe.model.as_dict(),
        "preprocess": recipe.train.preprocess,
        "numerics": _versions(recipe, (), dtype),
        fitter: importlib.metadata.version(fitter),
    }


def costs_in(select: str, cost: CostRule | None) -> dict[str, object]:
    """What an identity says of costs: nothing, unless the metric that chooses depends on them."""
    return {} if select != EXPECTED_COST or cost is None else {"cost": cost.parameters()}


def run_identity(
    stages: list[str], posthoc: list[Value], record: str = "usual", mean: str | None = None
) -> str:
    """Identity of a run: its stages in order, what follows training, and what is measured.

    `mean` is that of an ensemble of networks.
    """
    names = [str(rule["name"]) for rule in posthoc if isinstance(rule, dict)]
    members = [registry.find("posthoc", name) for name in names]
    revised = [_revised(member) for member in members if member is not None and member.revision > 1]
    content: dict[str, object] = {"stages": stages, "posthoc": posthoc}
    if revised:
        content["revised"] = revised
    if record != "usual":
        content["record"] = record
    if mean is not None:
        content["ensemble"] = mean
    return digest(content)


def environment(device: str, threads: int) -> EnvironmentRecord:
    """Versions and machine, for reports; no host name and no path."""
    return EnvironmentRecord(
        counterpoise=__version__,
        numerics=NUMERICS,
        python=platform.python_version(),
        torch=_installed("torch"),
        torchvision=_installed("torchvision"),
        lightning_fabric=_installed("lightning-fabric"),
        numpy=_installed("numpy"),
        scikit_learn=_installed("scikit-learn"),
        system=f"{platform.system()} {platform.machine()}",
        processor=_processor(),
        cores=cores(),
        device=device,
        threads=threads,
    )


@cache
def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as lines:
            for line in lines:
                if line.startswith("model name"):
                    return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or "unknown"
