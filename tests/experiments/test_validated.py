"""Bootstrap samples of validation samples keep every class, and groups together."""

import numpy as np

from counterpoise.experiments.validated import Validated, drawn

TARGET = np.repeat([0, 1], [9, 2])


def test_each_class_is_drawn_as_often_as_it_is_there() -> None:
    for rows in drawn(TARGET, None, 20):
        assert np.bincount(TARGET[rows]).tolist() == [9, 2]


def test_samples_of_a_group_come_together() -> None:
    groups = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3])
    for rows in drawn(TARGET, groups, 20):
        counts = np.bincount(rows, minlength=len(TARGET))
        assert all(len(set(counts[groups == g].tolist())) == 1 for g in range(4))


def test_the_same_seed_draws_the_same_rows() -> None:
    first, again, other = (np.concatenate(list(drawn(TARGET, None, 5, seed))) for seed in (0, 0, 1))
    assert first.tolist() == again.tolist() != other.tolist()


def test_a_metric_of_some_rows() -> None:
    scores = np.zeros((11, 2))
    scores[:, 0] = 1
    found = Validated(scores, None, TARGET)
    assert found.value("balanced_accuracy") == 0.5
    assert found.value("accuracy", np.array([0, 1, 10])) == 2 / 3
    assert np.isnan(found.value("nll")), "of margins there is none"
