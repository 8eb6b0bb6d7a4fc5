"""Validation beside the training samples, or none: training counts are exactly the profile's."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.data import LabelledSet, load, parse
from counterpoise.data.splits.split import make_splits
from counterpoise.data.splits.validation import NO_VALIDATION, OWN_UNUSED
from counterpoise.errors import ArgumentError, DataError

MakeSet = Callable[..., LabelledSet]


def repeated(counts: Sequence[int]) -> list[int]:
    return [k for k, n in enumerate(counts) for _ in range(n)]


def counts_of(dataset: LabelledSet, indices: np.ndarray) -> list[int]:
    return np.bincount(dataset.labels[indices], minlength=dataset.num_classes).tolist()


def with_test(make_set: MakeSet, counts: Sequence[int], **more: object) -> LabelledSet:
    """A set whose last 10 samples of each class are its own test part."""
    labels = repeated(counts) + repeated([10] * len(counts))
    part = [0] * sum(counts) + [2] * 10 * len(counts)
    return make_set(labels, part=part, **more)


def test_the_share_lies_beside_exact_counts(make_set: MakeSet) -> None:
    dataset = with_test(make_set, [500, 500, 500])
    (split,) = make_splits(dataset, parse("counts:300,30,2"), seeds=[0], validation="beside")
    assert split.counts.values == (300, 30, 2)
    assert counts_of(dataset, split.validation) == [60, 6, 1]  # a fifth, at least one
    assert not set(split.train) & set(split.validation)
    assert "67 samples that it leaves out of training" in " ".join(split.notes)


def test_the_class_with_the_fewest_to_spare_scales_all(make_set: MakeSet) -> None:
    dataset = with_test(make_set, [500, 310, 500])
    (split,) = make_splits(dataset, parse("counts:300,300,30"), seeds=[0], validation="beside")
    assert split.counts.values == (300, 300, 30)
    assert counts_of(dataset, split.validation) == [10, 10, 1]  # 10 of class 1 are left


def test_the_share_is_a_key(make_set: MakeSet) -> None:
    dataset = with_test(make_set, [500, 500])
    (split,) = make_splits(
        dataset, parse("counts:300,30"), seeds=[0], validation="beside", validation_share=0.5
    )
    assert counts_of(dataset, split.validation) == [150, 15]


@pytest.mark.parametrize(
    ("profile", "advice"),
    [
        ("step:rho=10,minority=1", "train on fewer, as with n_max=416, carve"),
        ("none", "take a profile that trains on fewer, carve"),
        ("counts:500,20,500", "take a profile that trains on fewer, carve"),
    ],
)
def test_nothing_beside_is_refused_with_what_was_there(
    make_set: MakeSet, profile: str, advice: str
) -> None:
    dataset = with_test(make_set, [500, 500, 500])
    with pytest.raises(DataError) as caught:
        make_splits(dataset, parse(profile), seeds=[0], validation="beside")
    said = str(caught.value)
    assert f"profile {profile} trains on all of class 'c0'" in said
    assert "(the smallest has 500)" in said
    assert advice in said
    assert "--validation profiled), or have none (--validation none)" in said


def test_no_validation_is_empty_and_said(make_set: MakeSet) -> None:
    dataset = with_test(make_set, [500, 500])
    (split,) = make_splits(dataset, parse("counts:500,1"), seeds=[0], validation="none")
    assert split.counts.values == (500, 1)
    assert split.validation.dtype == np.int64
    assert len(split.validation) == 0
    assert split.notes[0] == NO_VALIDATION
    assert not any("validation sample" in note for note in split.notes)


def test_a_part_of_the_sets_own_lies_beside_already(make_set: MakeSet) -> None:
    labels = repeated([50, 50]) * 2 + repeated([10, 10])
    dataset = make_set(labels, part=[0] * 100 + [1] * 100 + [2] * 20)
    (beside,) = make_splits(dataset, parse("counts:50,10"), seeds=[0], validation="beside")
    (usual,) = make_splits(dataset, parse("counts:50,10"), seeds=[0])
    assert beside.checksum == usual.checksum
    assert counts_of(dataset, beside.validation) == [50, 10]
    (none,) = make_splits(dataset, parse("counts:50,10"), seeds=[0], validation="none")
    assert OWN_UNUSED in none.notes
    assert none.counts.values == (50, 10)


def test_a_carved_test_set_and_folds_leave_counts_exact(make_set: MakeSet) -> None:
    dataset = make_set(repeated([100, 100]))
    for kind in ("beside", "none"):
        profile = parse("counts:40,4")
        (split,) = make_splits(dataset, profile, seeds=[1], validation=kind)
        assert split.counts.values == (40, 4)
        for fold in make_splits(dataset, profile, folds=4, validation=kind):
            assert fold.counts.values == (40, 4)
            assert len(fold.test) == 50


def test_the_balanced_control_meets_no_validation_sample(make_set: MakeSet) -> None:
    dataset = with_test(make_set, [100, 100])
    (split,) = make_splits(
        dataset, parse("counts:60,6"), seeds=[0], validation="beside", subset="balanced-same-size"
    )
    assert split.counts.values == (33, 33)
    assert not set(split.train) & set(split.validation)


@given(
    sizes=st.lists(st.integers(6, 12), min_size=2, max_size=4),
    group_size=st.integers(1, 4),
    share=st.floats(0.05, 0.9),
    seed=st.integers(0, 2**31),
)
def test_counts_are_exact_and_groups_never_straddle(
    make_set: MakeSet, sizes: list[int], group_size: int, share: float, seed: int
) -> None:
    counts = [size * group_size for size in sizes]
    labels = repeated(counts) + repeated([2] * len(counts))
    groups = [1000 * label + i // group_size for i, label in enumerate(repeated(counts))]
    groups += [10**6 + i for i in range(2 * len(counts))]
    dataset = make_set(labels, groups=groups, part=[0] * sum(counts) + [2] * 2 * len(counts))
    wanted = [3 * group_size, *(group_size for _ in counts[1:])]
    profile = parse(f"counts:{','.join(map(str, wanted))}")
    (split,) = make_splits(
        dataset, profile, seeds=[seed], validation="beside", validation_share=share
    )
    assert list(split.counts.values) == wanted
    assert 0 not in counts_of(dataset, split.validation)
    assert dataset.groups is not None
    held = {int(g) for g in dataset.groups[split.validation]}
    assert not held & {int(g) for g in dataset.groups[split.train]}


@pytest.mark.parametrize("rho", [10, 2500, 5000])
@pytest.mark.data("MNIST")
def test_the_counts_that_buda_et_al_print(rho: int) -> None:
    mnist = load("mnist")
    few = {10: 500, 2500: 2, 5000: 1}[rho]
    for kind in ("beside", "none"):
        step, linear = (
            make_splits(mnist, parse(f"{text},n_max=5000"), seeds=[0], validation=kind)[0]
            for text in (f"step:rho={rho},mu=0.5", f"linear:rho={rho}")
        )
        assert sorted(step.counts.values) == [few] * 5 + [5000] * 5
        assert linear.counts.values[0] == few
        assert linear.counts.total == {10: 27500, 2500: 25010, 5000: 25005}[rho]


def test_kinds_are_named(make_set: MakeSet) -> None:
    with pytest.raises(ArgumentError, match='"profiled", "balanced", "beside" or "none"; got'):
        make_splits(make_set([0, 1] * 10), parse("none"), seeds=[0], validation="all")
