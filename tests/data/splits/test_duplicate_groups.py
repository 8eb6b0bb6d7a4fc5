"""Exact copies go into one part where that can be, and are counted where it cannot."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from counterpoise.data import ArrayInputs, LabelledSet, Split, labelled_set, make_splits, parse
from counterpoise.data.splits.duplicate_groups import first_way, straddling_copies, ways_to_divide
from counterpoise.errors import DataError

NONE = parse("none")


def with_contents(
    values: Sequence[int],
    labels: Sequence[int],
    *,
    groups: Sequence[int] | None = None,
    part: Sequence[int] | None = None,
) -> LabelledSet:
    """Vectors of one feature; equal values are copies."""
    return labelled_set(
        "made",
        "vector",
        ArrayInputs(np.array(values, dtype=np.float32)[:, None]),
        np.array(labels, dtype=np.int64),
        [f"c{k}" for k in range(max(labels) + 1)],
        part=np.full(len(values), -1, np.int8) if part is None else np.array(part, dtype=np.int8),
        input_shape=(1,),
        groups=None if groups is None else np.array(groups, dtype=np.int64),
    )


def copied(**changes: object) -> LabelledSet:
    """100 samples of two classes, of which every content is there twice."""
    made = with_contents([i // 2 for i in range(100)], [int(i >= 60) for i in range(100)])
    return replace(made, **changes)  # type: ignore[arg-type]


def straddling(dataset: LabelledSet, split: Split) -> int:
    held = [set(dataset.contents[p].tolist()) for p in (split.train, split.validation, split.test)]
    return sum(len(one & other) for one, other in combinations(held, 2))


@pytest.mark.parametrize("arguments", [{"seeds": range(5)}, {"folds": 5}])
@pytest.mark.parametrize("profile", ["none", "step:rho=3,minority=lowest"])
def test_copies_are_kept_in_one_part(arguments: dict[str, object], profile: str) -> None:
    dataset = copied()
    for split in make_splits(dataset, parse(profile), **arguments):  # type: ignore[arg-type]
        assert straddling(dataset, split) == 0
        assert split.groups is not None
        assert not any("copies" in note for note in split.notes)


def test_a_published_split_stays_as_it_is() -> None:
    unlike = with_contents(range(100), copied().labels.tolist())
    published = copied(published=True)
    (split,) = make_splits(published, NONE, seeds=[0])
    (expected,) = make_splits(unlike, NONE, seeds=[0])
    for part in ("train", "validation", "test"):
        assert np.array_equal(getattr(split, part), getattr(expected, part))
    assert split.groups is None
    assert straddling(published, split) > 0
    assert split.notes == expected.notes


def test_copies_in_parts_of_the_source_stay_there() -> None:
    """20 contents in train, each twice, and once more in the given test part."""
    values = [*range(20), *range(20), *range(20)]
    dataset = with_contents(values, [i % 2 for i in values], part=[0] * 40 + [2] * 20)
    (split,) = make_splits(dataset, NONE, seeds=[0])
    assert split.test.tolist() == list(range(40, 60))
    held = [set(dataset.contents[part].tolist()) for part in (split.train, split.validation)]
    assert not held[0] & held[1]
    assert not any("copies" in note for note in split.notes)


def test_groups_that_hold_copies_of_one_sample_are_one(make_set: Callable[..., object]) -> None:
    values, groups = [0, 1, 1, 2, 2, 3, 4, 5], [0, 0, 1, 1, 2, 3, 4, 4]
    dataset = with_contents(values, [0] * 4 + [1] * 4, groups=groups)
    strict, own = ways_to_divide(dataset)
    assert own is dataset
    assert strict.groups is not None
    assert strict.groups.tolist() == [0, 0, 0, 0, 0, 3, 4, 4]


def test_nothing_is_added_where_nothing_is_repeated() -> None:
    plain = with_contents(range(20), [i % 2 for i in range(20)])
    assert ways_to_divide(plain) == (plain,)
    grouped = with_contents([0, 0, 1, 1], [0, 0, 1, 1], groups=[7, 7, 5, 5])
    assert ways_to_divide(grouped) == (grouped,)
    given = with_contents([0, 1, 2, 0], [0, 1, 0, 0], part=[0, 0, 0, 2])
    assert ways_to_divide(given) == (given,)


def test_a_class_of_too_few_contents_is_divided_all_the_same_and_said() -> None:
    """As every set was before copies were looked for."""
    values = [*range(40), *[40, 41] * 10]
    dataset = with_contents(values, [0] * 40 + [1] * 20)
    for split in make_splits(dataset, NONE, seeds=range(2)):
        assert split.groups is None
        (note,) = (note for note in split.notes if "copies" in note)
        assert note.startswith(f"{split.name}: some class has too few different samples")
        assert "and 4 test samples are copies of samples seen before" in note


def test_equal_answers_are_no_copies() -> None:
    """Two yes-or-no questions have four answers, which say little of the label."""
    values = np.random.default_rng(0).integers(0, 4, 200)
    dataset = with_contents(values.tolist(), (np.arange(200) % 4 == 0).astype(int).tolist())
    (split,) = make_splits(dataset, NONE, seeds=[0])
    (expected,) = make_splits(replace(dataset, published=True), NONE, seeds=[0])
    assert np.array_equal(split.test, expected.test)
    assert (split.groups, split.notes) == (None, expected.notes)
    images = replace(dataset, kind="image")  # an image in two class folders is a copy
    assert len(ways_to_divide(images)) == 2


def test_a_seed_gives_the_same_split_in_any_company_and_with_any_subset() -> None:
    dataset = copied()
    profile = parse("step:rho=5,minority=lowest")
    alone = [make_splits(dataset, profile, seeds=[seed])[0].checksum for seed in range(4)]
    assert [s.checksum for s in make_splits(dataset, profile, seeds=range(4))] == alone
    control = make_splits(dataset, profile, seeds=[0], subset="balanced-same-size")[0]
    (split,) = make_splits(dataset, profile, seeds=[0])
    assert np.array_equal(control.test, split.test)
    assert np.array_equal(control.validation, split.validation)
    assert straddling(dataset, control) == 0


def test_the_checksum_of_a_split_knows_its_groups() -> None:
    """Contrast sets are carved by them, so two that differ there are two trainings."""
    dataset = copied()
    (one,) = make_splits(dataset, NONE, seeds=[0])
    contents = dataset.contents.copy()
    spare = one.train[-2:]  # the last content of the training set is no copy any more
    contents[spare] = spare
    (other,) = make_splits(replace(dataset, contents=contents), NONE, seeds=[0])
    assert one.checksum != other.checksum


def test_the_last_way_says_why_there_is_none() -> None:
    ways = ways_to_divide(copied())

    def step(dataset: LabelledSet) -> str:
        if dataset is not ways[-1]:
            raise DataError("copies")
        return "found"

    assert first_way(ways, step) == (ways[1:], "found")
    with pytest.raises(DataError, match="own"):
        first_way(ways, lambda dataset: _refuse("own" if dataset is ways[-1] else "copies"))


def _refuse(why: str) -> None:
    raise DataError(why)


def test_copies_in_given_parts_are_no_fault_of_a_split() -> None:
    dataset = with_contents([0, 1, 2, 3, 0, 0], [0, 1, 0, 1, 0, 0], part=[0, 0, 0, 0, 1, 2])
    parts = (np.array([0, 1]), np.array([2, 4]), np.array([5]))
    assert straddling_copies(dataset, "seed-0", *parts) == ()
    free = replace(dataset, part=np.full(6, -1, np.int8))
    assert straddling_copies(free, "seed-0", *parts) == (
        "seed-0: some class has too few different samples to keep exact copies in one part: 1 "
        "validation and 1 test samples are copies of samples seen before",
    )
