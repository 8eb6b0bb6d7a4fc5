"""Methods x splits -> the distinct stages to train, and the runs that end in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from counterpoise import registry
from counterpoise.data.labelled import Kind
from counterpoise.data.splits.split import Split
from counterpoise.experiments.cost import CostRule
from counterpoise.experiments.identity import SELECT, digest, run_identity, stage_settings
from counterpoise.experiments.tasks import RUNS, RunTask, StageTask
from counterpoise.models.catalog import about
from counterpoise.recipes.fine_tune import heads_first
from counterpoise.recipes.resolve import resolve, stage_rounds, stage_updates
from counterpoise.recipes.schema import Recipe, Subset
from counterpoise.recipes.shared import require_shareable

MEMBER_SEEDS = 1_000_003  # between the seeds of an ensemble's networks; repeats are next to each


@dataclass(frozen=True)
class Grid:
    """What a plan ranges over: splits (one per seed or fold) for each subset, and how they run."""

    kind: Kind
    input_shape: tuple[int, ...]
    data: str  # identity of the inputs the models see
    splits: Mapping[Subset, Sequence[Split]]
    seeds: Mapping[str, int]  # split name -> seed of initialisation and sampling
    device: str
    threads: int
    dtype: str = "uint8"  # of the inputs the models see
    select: str = SELECT  # the metric that chooses the round that is kept, where the best is
    cost: CostRule | None = None  # of that metric
    devices: int = 1  # that share each training


@dataclass(frozen=True)
class Work:
    """Distinct stages, parents first, and runs."""

    stages: tuple[StageTask, ...]
    runs: tuple[RunTask, ...]

    def needed(self, unfinished: Sequence[RunTask]) -> Work:
        """The part of the work that `unfinished` runs depend on."""
        wanted = {stage for run in unfinished for stage in run.stages}
        return Work(tuple(s for s in self.stages if s.id in wanted), tuple(unfinished))


def first_split(grid: Grid, number: int = 1) -> Grid:
    """The grid on its first split alone, or the first few: where settings are chosen."""
    first = list(grid.seeds)[:number]
    return replace(
        grid,
        splits={k: [s for s in v if s.name in first] for k, v in grid.splits.items()},
        seeds={name: grid.seeds[name] for name in first},
    )


def data_split_name(split: str, subset: Subset) -> str:
    """Name of the stored index arrays: a control with its own training data has its own."""
    return split if subset == "profile" else f"{split}.{subset}"


def plan(recipes: Sequence[Recipe], grid: Grid, folder: str = RUNS) -> Work:
    """Every recipe on every split; stages with the same content are planned once.

    Args:
        recipes: one of each name.
        grid: splits and conditions.
        folder: runs live in ``folder/<method>/<split>``.
    """
    stages: dict[str, StageTask] = {}
    runs: list[RunTask] = []
    for recipe in recipes:
        for split in grid.splits[recipe.subset]:
            run = _run(recipe, split, grid, folder, stages)
            runs.append(run)
    runs.sort(key=lambda run: list(grid.seeds).index(run.split))
    order = dict.fromkeys(stage for run in runs for stage in run.stages)
    return Work(tuple(stages[identity] for identity in order), tuple(runs))


def _run(
    recipe: Recipe, split: Split, grid: Grid, folder: str, stages: dict[str, StageTask]
) -> RunTask:
    resolved = resolve(recipe, grid.kind, grid.input_shape, len(split.train))
    if grid.devices > 1:
        require_shareable(resolved, grid.devices)
    seed = grid.seeds[split.name]
    data_split = data_split_name(split.name, recipe.subset)
    ids: list[str] = []
    for member in range(1 if recipe.ensemble is None else recipe.ensemble.members):
        ids += _stages(resolved, split, seed, member, grid, stages)
    return RunTask(
        recipe=resolved,
        split=split.name,
        data_split=data_split,
        seed=seed,
        stages=tuple(ids),
        folder=Path(folder, recipe.name, split.name),
        identity=run_identity(
            ids,
            [c.as_dict() for c in recipe.posthoc],
            recipe.train.record,
            None if recipe.ensemble is None else recipe.ensemble.mean,
        ),
        notes=(*_notes(recipe), *_boosted(resolved)),
    )


def _stages(
    resolved: Recipe,
    split: Split,
    seed: int,
    member: int,
    grid: Grid,
    stages: dict[str, StageTask],
) -> list[str]:
    """Identities of the stages of one network, which are added to `stages`.

    The first network of an ensemble is the one that the recipe alone would train.
    """
    parent: str | None = None
    ids: list[str] = []
    own = seed + MEMBER_SEEDS * member
    for number, stage in enumerate(resolved.stages):
        settings = stage_settings(
            resolved,
            number,
            data=f"{grid.data}/{split.checksum}",
            seed=own,
            device=grid.device,
            threads=grid.threads,
            parent=parent,
            dtype=grid.dtype,
            select=grid.select,
            cost=grid.cost,
            devices=grid.devices,
        )
        identity = digest(settings)
        stages.setdefault(
            identity,
            StageTask(
                id=identity,
                recipe=resolved,
                number=number,
                split=split.name,
                data_split=data_split_name(split.name, resolved.subset),
                seed=own,
                parent=parent,
                settings=settings,
                updates=stage_updates(resolved, stage)
                if about(resolved.model.name).fitted_by is None
                else 0,
                member=member,
            ),
        )
        parent = identity
        ids.append(identity)
    return ids


def _notes(recipe: Recipe) -> tuple[str, ...]:
    """What a reader must know of a method before comparing it."""
    notes = []
    if recipe.subset == "balanced-same-size":
        notes.append("uses extra labels: its training set is balanced, drawn beyond the profile")
    correcting = _correcting(recipe)
    if len(correcting) > 1:
        notes.append(f"corrects the same imbalance twice: {' and '.join(correcting)}")
    own = recipe.stages[1:] if heads_first(recipe) else recipe.stages
    scale = sum(stage.rounds_scale for stage in own)
    absolute = [stage for stage in own if stage.is_absolute]
    for stage in absolute:
        length = f"{stage.rounds} rounds" if stage.updates is None else f"{stage.updates} updates"
        notes.append(f"its stage '{stage.name}' trains {length}, however many rounds others have")
    if len(own) > 1 and scale > 1 and not absolute:
        notes.append(f"trains in {len(own)} stages: {scale:g} times the updates of one")
    first = recipe.stages[0]
    weights = recipe.model.parameters.get("weights", "none")
    random = about(recipe.model.name).learns_features and weights in ("none", "")
    frozen = next((stage for stage in recipe.stages if stage.freeze), None)
    if random and all(glob.startswith("head.") or glob == "@output" for glob in first.train):
        notes.append(
            f"its first stage, '{first.name}', trains the head on random features: a warm-up is "
            "for a backbone with pretrained weights (--set model.weights=DEFAULT)"
        )
    elif random and frozen is not None:
        notes.append(
            f"its stage '{frozen.name}' freezes {', '.join(frozen.freeze)} of a network with "
            "random weights: freezing is for pretrained ones (--set model.weights=DEFAULT)"
        )
    if recipe.optimistic:
        notes.append("its settings were chosen on test data, as in its paper: optimistic")
    if recipe.train.checkpoint == "best":
        notes.append("keeps the best round on validation, not the last")
    return tuple(notes)


def _correcting(recipe: Recipe) -> list[str]:
    """Pieces of the last stage and decision rules that make up for the class prior."""
    last = recipe.stages[-1]
    pieces = [
        ("losses", last.loss),
        ("samplers", last.sampler),
        ("weights", last.weights),
        *(("posthoc", rule) for rule in recipe.posthoc),
        ("resamplers", last.resampler),
    ]
    found = [(p.name, registry.find(axis, p.name)) for axis, p in pieces if p is not None]
    return [name for name, member in found if member is not None and member.corrects_prior]


def _boosted(recipe: Recipe) -> Iterator[str]:
    """In what a resolved recipe that boosts differs from one network and its updates."""
    model = about(recipe.model.name)
    if model.fitted_by is not None:
        yield f"is no network: {model.summary} that {model.fitted_by} fits, without updates"
    if recipe.ensemble is not None:
        yield (
            f"its {recipe.ensemble.members} networks make {recipe.ensemble.members} times the "
            "updates of one"
        )
    if recipe.boosting is not None:
        members, rounds = len(recipe.stages), recipe.train.rounds
        share = sum(stage_rounds(recipe, stage) for stage in recipe.stages) / rounds
        yield (
            f"its {members} members share the updates that others train one network with"
            if share == 1
            else f"its {members} members make {share:g} times the updates of one network"
        )
