"""Tables that are models: each fault in words, all at once, and the sound keys kept."""

import pytest

from counterpoise.recipes.check.tables import table_from
from counterpoise.recipes.members import Boosting
from counterpoise.recipes.schema import Data, Train


@pytest.mark.parametrize(
    ("model", "name", "given", "said"),
    [
        (Train, "train", {"rounds": "x"}, "train.rounds is a whole number; got 'x'"),
        (Train, "train", {"rounds": 2.5}, "train.rounds is a whole number; got 2.5"),
        (Train, "train", {"rounds": True}, "train.rounds is a whole number; got True"),
        (Train, "train", {"rounds": -1}, "train.rounds is not negative; got -1"),
        (Train, "train", {"batch_size": 0}, "train.batch_size is at least 1; got 0"),
        (Train, "train", {"clip_norm": "x"}, "train.clip_norm is a number; got 'x'"),
        (Train, "train", {"clip_norm": True}, "train.clip_norm is a number; got True"),
        (Train, "train", {"clip_norm": -0.5}, "train.clip_norm is not negative; got -0.5"),
        (Train, "train", {"clip_norm": float("nan")}, "train.clip_norm is a number; got nan"),
        (Train, "train", {"checkpoint": "x"}, "train.checkpoint is 'last' or 'best'; got 'x'"),
        (
            Train,
            "train",
            {"precision": "32"},
            "unknown train.precision '32'; known: 16-mixed",
        ),
        (Train, "train", {"precision": 32}, "train.precision is '32-true'"),
        (Train, "train", {"round": 3}, "unknown key 'train.round'; did you mean 'rounds'?"),
        (Train, "train", 3, "[train] is a table with batch_size, rounds, "),
        (Boosting, "boosting", {"members": 1}, "boosting.members is at least 2; got 1"),
        (Boosting, "boosting", {"learning_rate": 0}, "boosting.learning_rate is above 0; got 0"),
        (Data, "data", {"folds": "5"}, "data.folds is a whole number; got '5'"),
        (Data, "data", {"validation_share": 0}, "data.validation_share is above 0; got 0"),
        (Data, "data", {"validation_share": 1}, "data.validation_share is below 1; got 1"),
        (Data, "data", {"size": 1.5}, "data.size is a whole number or a word; got 1.5"),
        (Data, "data", {"skip_corrupt": 1}, "data.skip_corrupt is true or false; got 1"),
        (Data, "data", {"features": "resnet18"}, "data.features is a table; got 'resnet18'"),
        (
            Data,
            "data",
            {"validation": "test"},
            "unknown data.validation 'test'; known: balanced, beside, none, profiled",
        ),
    ],
)
def test_a_fault_is_said_in_words(model: type, name: str, given: object, said: str) -> None:
    faults: list[str] = []
    assert table_from(model, name, given, faults.append) == model()
    (fault,) = faults
    assert fault.startswith(said)


def test_all_faults_at_once_and_the_rest_is_kept() -> None:
    faults: list[str] = []
    given = {"rounds": 7, "batch_size": "x", "clip_norm": -1, "round": 2}
    assert table_from(Train, "train", given, faults.append) == Train(rounds=7)
    assert len(faults) == 3


def test_a_whole_number_stays_one() -> None:
    """Identities of stages are digests of JSON, where 5 and 5.0 differ."""
    found = table_from(Train, "train", {"clip_norm": 5}, list[str]().append)
    assert repr(found.clip_norm) == "5"
    assert repr(Train().clip_norm) == "0.0"
