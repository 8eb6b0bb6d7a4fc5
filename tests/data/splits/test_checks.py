"""What a split needs, and what is said of classes that are small."""

from collections.abc import Callable, Sequence

import pytest

from counterpoise.data import LabelledSet, make_splits, parse
from counterpoise.errors import ArgumentError, DataError

MakeSet = Callable[..., LabelledSet]


def repeated(counts: Sequence[int]) -> list[int]:
    return [k for k, n in enumerate(counts) for _ in range(n)]


def test_few_validation_samples_are_said_in_words(make_set: MakeSet) -> None:
    dataset = make_set(repeated([500, 19]), part=[0] * 519)
    (split,) = make_splits(make_set(repeated([500, 19])), parse("none"), seeds=[0])
    assert (
        "class 'c1': 3 validation samples: recall moves in steps of .33; use --folds 5"
        in split.notes
    )
    fold = make_splits(dataset, parse("none"), folds=5)[0]
    assert "class 'c1': 3 validation samples: recall moves in steps of .33" in fold.notes
    many = make_splits(make_set(repeated([20] * 12)), parse("none"), seeds=[0])[0]
    assert len(many.notes) == 2  # one line for validation, one for test, not 24
    assert "12 of 12 classes have under 30" in many.notes[0]
    assert make_splits(make_set(repeated([400, 400])), parse("none"), seeds=[0])[0].notes == ()


def test_folds_are_advised_where_they_are_possible_and_of_use(make_set: MakeSet) -> None:
    few = make_set(repeated([500, 4]))
    (split,) = make_splits(few, parse("none"), seeds=[0])
    assert any(note.endswith("; use --folds 4") for note in split.notes)
    official = make_set(repeated([500, 19]), part=[*[0] * 514, *[2] * 5])
    (split,) = make_splits(official, parse("none"), seeds=[0])
    assert split.notes
    assert not any("--folds" in note for note in split.notes)


def test_too_few_samples(make_set: MakeSet) -> None:
    with pytest.raises(DataError) as caught:
        make_splits(make_set(repeated([9, 2, 1])), parse("none"), seeds=[0])
    message = str(caught.value)
    assert "'c1' has 2, 'c2' has 1" in message
    assert "at least 3 samples of each class" in message
    with pytest.raises(
        DataError,
        match=r"'c1' has 4; 5 folds need .* of each class .add data, drop the class or take 4 f",
    ):
        make_splits(make_set(repeated([9, 4])), parse("none"), folds=5)
    with pytest.raises(DataError, match=r"'c1' has 2; .* at least 3 groups"):
        make_splits(
            make_set(repeated([9, 8]), groups=[*range(9), *[20] * 4, *[21] * 4]),
            parse("none"),
            seeds=[0],
        )


def test_groups_may_not_lie_in_two_parts_of_the_source(make_set: MakeSet) -> None:
    dataset = make_set([0, 1, 0, 1, 0, 1], groups=[0, 1, 2, 3, 0, 1], part=[0, 0, 0, 0, 2, 2])
    with pytest.raises(DataError, match="of 4 groups 2 lie in more than one"):
        make_splits(dataset, parse("none"), seeds=[0])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either seeds or folds"),
        ({"seeds": [0], "folds": 2}, "either seeds or folds"),
        ({"seeds": []}, "at least 1 seed"),
        ({"seeds": [1, 1]}, r"distinct and not negative; got \[1, 1\]"),
        ({"seeds": [-1]}, "not negative"),
        ({"folds": 1}, "at least 2 folds are needed; got 1"),
        ({"seeds": [0], "test_share": 1.0}, "test_share lies between 0 and 1; got 1.0"),
        ({"seeds": [0], "validation_share": 0.0}, "validation_share lies between"),
        ({"seeds": [0], "validation": "even"}, "validation is"),
        ({"seeds": [0], "subset": "half"}, "subset is"),
    ],
)
def test_bad_arguments(make_set: MakeSet, options: dict[str, object], message: str) -> None:
    with pytest.raises(ArgumentError, match=message):
        make_splits(make_set(repeated([20, 20])), parse("none"), **options)  # type: ignore[arg-type]
