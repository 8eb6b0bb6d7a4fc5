"""On what a retraining is judged."""

import csv

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.labelling.held_out import held_out, judged


def test_a_tenth_of_each_class_in_whole_cameras() -> None:
    random = np.random.default_rng(0)
    labels = np.array(["cat"] * 300 + ["dog"] * 150 + ["owl"] * 30)
    groups = random.integers(0, 30, len(labels)).astype(str)
    held = held_out(labels.tolist(), groups.tolist())
    assert not set(groups[held]) & set(groups[~held])
    for name in ("cat", "dog", "owl"):
        assert 0.05 < held[labels == name].mean() < 0.2


def test_a_class_of_one_camera_is_trained_on() -> None:
    """It was refused, as training, validation and test needed a camera each."""
    labels = ["cat", "dog"] * 20 + ["owl"] * 3
    groups = [f"{n // 8}" for n in range(40)] + ["9"] * 3
    held = held_out(labels, groups)
    assert held[:40].any()
    assert not held[40:].any()
    assert not held_out(["a", "b"], ["1", "1"]).any(), "nothing can be held out"


def test_classes_that_are_bound_together_leave_the_others_to_judge() -> None:
    """Each of the two groups of "owl" has all of another class."""
    labels = ["owl", "cat", "cat", "owl", "dog", "dog"] + ["fox"] * 10
    groups = ["1"] * 3 + ["2"] * 3 + [str(n) for n in range(3, 13)]
    held = held_out(labels, groups)
    assert np.array(labels)[held].tolist() == ["fox"]


def test_samples_without_a_group_stand_for_themselves() -> None:
    assert held_out(["a", "b"] * 20, [""] * 40).sum() == 4


def test_balanced_accuracy_on_what_was_held_out(tmp_path) -> None:
    data = tmp_path / "labels.csv"
    rows = [("a", "test"), ("b", "train"), ("b", "test"), ("a", "test"), ("a", "train")]
    with data.open("w", newline="") as stream:
        csv.writer(stream).writerows([("label", "split"), *rows])
    assert judged(tmp_path, data, ("a", "b")) is None, "it has no scores"
    scores = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6]])
    np.savez(tmp_path / "outputs.npz", test_scores=scores)
    assert judged(tmp_path, data, ("a", "b")) == 0.75
    arrays = tmp_path / "labels.npz"
    np.savez(arrays, y_train=np.array(["a"]), y_test=np.array(["b", "b", "a"]))
    assert judged(tmp_path, arrays, ("a", "b")) == 0.25
    np.savez(arrays, y_train=np.array(["a"]))
    assert judged(tmp_path, arrays, ("a", "b")) is None
