"""On what a retraining is judged."""

import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra serve: fastapi")

from counterpoise.service.labelling.held_out import LEAST, Judged, held_out, judged


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
    one, other = ["owl"] * 10 + ["cat"] * 20, ["owl"] * 10 + ["dog"] * 20
    labels = one + other + ["fox"] * 100
    groups = ["1"] * 30 + ["2"] * 30 + [str(n // 10) for n in range(30, 130)]
    held = held_out(labels, groups)
    assert np.array(labels)[held].tolist() == ["fox"] * 10


def test_samples_without_a_group_stand_for_themselves() -> None:
    assert held_out(["a", "b"] * 20, [""] * 40).sum() == 4


def test_cameras_that_were_learned_from_judge_nothing() -> None:
    """Nor do their new frames, as the network knows what they look at."""
    labels, groups = ["a", "b"] * 40, [str(n // 8) for n in range(80)]
    first = held_out(labels, groups)
    (drawn,) = set(np.array(groups)[first])
    other = next(n for n in map(str, range(10)) if n != drawn)
    seen = {str(n) for n in range(10)} - {other}
    assert set(np.array(groups)[held_out(labels, groups, seen)]) == {other}
    assert not held_out(labels, groups, {str(n) for n in range(10)}).any()


def test_what_was_held_out_is_held_out_again() -> None:
    """Cameras of a second round judge only if they are new, or have judged before."""
    random = np.random.default_rng(1)
    labels = random.choice(["a", "b", "c"], 400)
    groups = random.integers(0, 20, 400).astype(str)
    first = held_out(labels[:200].tolist(), groups[:200].tolist())
    seen = set(groups[:200][~first])
    second = held_out(labels.tolist(), groups.tolist(), seen)
    assert second.any()
    assert set(groups[second]) == set(groups[:200][first])


def test_a_class_that_is_taught_elsewhere_may_judge_with_all_its_cameras() -> None:
    labels, groups = ["a", "b"] * 40 + ["owl"] * 10, [str(n // 8) for n in range(80)] + ["x"] * 10
    assert not held_out(labels, groups)[80:].any()
    assert held_out(labels, groups, taught={"owl"})[80:].all()
    labels, groups = labels + ["owl"] * 10, groups + ["y"] * 10
    assert held_out(labels, groups, seen={"x"})[90:].all(), "the camera before teaches it"
    assert held_out(labels, groups, seen={"y"})[80:90].all()


def test_few_labels_are_trained_on() -> None:
    """One of each class was held out where others taught it: more than half of ten labels."""
    labels, cameras = [str(n) for n in range(10)] * 2, [str(n // 2) for n in range(20)]
    assert not held_out(labels, cameras, taught=labels).any()


def test_a_camera_with_many_of_the_labels_is_trained_on() -> None:
    labels, half, quarter = ["a", "b"] * 20, ["1", "1", "2", "2"] * 10, ["1"] * 30 + ["2"] * 10
    assert not held_out(labels, half, taught=labels).any()
    assert held_out(labels, quarter, taught=labels).tolist() == [False] * 30 + [True] * 10


def test_balanced_accuracy_on_what_was_held_out(tmp_path) -> None:
    labels = ["a", "b", "a", "a", "a"]
    assert judged(tmp_path, labels, ("a", "b")) == Judged(5, 2, None), "it has no scores"
    said = np.array([[0.9, 0.1], [0.2, 0.8], [0.4, 0.6], [0.6, 0.4], [0.3, 0.7]])
    np.savez(tmp_path / "outputs.npz", test_scores=said)
    assert judged(tmp_path, labels, ("a", "b")) == Judged(5, 2, 0.75)
    assert judged(tmp_path, [*labels, "b"], ("a", "b")) == Judged(6, 2, None), "of another part"


def test_too_few_give_no_number(tmp_path) -> None:
    for labels in (["a"] * LEAST, ["a", "b", "a", "b"], []):
        np.savez(tmp_path / "outputs.npz", test_scores=np.ones((len(labels), 2)))
        found = judged(tmp_path, labels, ("a", "b"))
        assert found == Judged(len(labels), len(set(labels)), None)
