"""What one method changes, put over another: two methods of different axes as one."""

from __future__ import annotations

from counterpoise.recipes.check.pieces import Table
from counterpoise.recipes.check.stage import DEFAULT_STAGE
from counterpoise.recipes.merge import merge_key
from counterpoise.recipes.schema import Value

# of a method, not of its training
SAID = {"title", "control", "reference", "costly", "name", "differs"}


def cross(under: Table, over: Table, plain: Table) -> Table:
    """`under` with what `over` changes in `plain`, in every stage.

    Args:
        under: tables of a method, without a base.
        over: of another, which has one stage.
        plain: of the method that changes nothing.

    Raises:
        ValueError: both change the same, or `over` has several stages.

    >>> plain = {"stages": [{"name": "train", "loss": {"name": "CrossEntropy"}}]}
    >>> loss = {"stages": [{"name": "train", "loss": {"name": "Focal"}}]}
    >>> draw = {"stages": [{"name": "train", "sampler": {"name": "RandomOver"}}]}
    >>> cross(draw, loss, plain)["stages"]
    [{'name': 'train', 'sampler': {'name': 'RandomOver'}, 'loss': {'name': 'Focal'}}]
    """
    stages = _stages(over)
    if len(stages) != 1:
        raise ValueError(f"only a method of one stage goes over another; got {len(stages)}")
    made = {key: value for key, value in under.items() if key != "differs"}  # of it alone
    for key, value in _changes(over, plain).items():
        if key in under and under[key] not in (value, plain.get(key)):
            raise ValueError(f"both have their own {key}")
        merge_key(made, key, value)
    ours = _changes(stages[0], _first(plain))
    own: list[Value] = []
    for before in _stages(under) or [{}]:
        stage = dict(before)
        for key, value in ours.items():
            if stage.get(key, value) not in (value, _first(plain).get(key)):
                raise ValueError(f"both have their own {key}")
            merge_key(stage, key, value)
        own.append(stage)
    made["stages"] = own
    return made


def _changes(over: Table, plain: Table) -> Table:
    return {
        key: value
        for key, value in over.items()
        if key not in SAID and key != "stages" and value != plain.get(key)
    }


def _stages(table: Table) -> list[Table]:
    stages = table.get("stages", [])
    assert isinstance(stages, list)
    return [stage for stage in stages if isinstance(stage, dict)]


def _first(plain: Table) -> Table:
    return {**DEFAULT_STAGE, **next(iter(_stages(plain)), {})}
