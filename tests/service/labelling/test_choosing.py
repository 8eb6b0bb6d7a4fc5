"""Which frames of a pool are asked about, and why."""

from collections import Counter

import numpy as np
import pytest

from counterpoise.service.labelling.choosing import Pool, choose
from counterpoise.service.labelling.deficit import Need, need
from counterpoise.service.labelling.reasons import DEFICIT, DIVERSITY, RANDOM, UNCERTAINTY

CLASSES = ("a", "b", "c")
EVEN = {UNCERTAINTY: 1 / 3, DEFICIT: 1 / 3, DIVERSITY: 1 / 3}


def only(reason: str) -> dict[str, float]:
    return {name: float(name == reason) for name in EVEN}


def pool_of(number: int, seed: int = 0, **other) -> Pool:
    rng = np.random.default_rng(seed)
    table = rng.dirichlet(np.ones(3), number)
    given = {
        "results": list(range(100, 100 + number)),
        "cameras": [n % 4 for n in range(number)],
        "predicted": table.argmax(1),
        "table": table,
        "uniform": list(range(number)),
        "outlines": [rng.integers(0, 256, 256, dtype=np.uint8).tobytes() for _ in range(number)],
        "features": rng.normal(size=(number, 5)),
    }
    return Pool(**{**given, **other})


def rare():
    return need({}, CLASSES, [90, 9, 1])


def test_a_tenth_is_random_and_the_rest_is_shared() -> None:
    picks = choose(pool_of(200), 100, EVEN, rare(), CLASSES)
    assert Counter(pick.reason for pick in picks) == {
        RANDOM: 10, UNCERTAINTY: 30, DEFICIT: 30, DIVERSITY: 30,
    }  # fmt: skip
    assert len({pick.index for pick in picks}) == 100
    assert [pick.index for pick in picks if pick.reason == RANDOM] == list(range(10))
    assert all(pick.why for pick in picks)


def test_the_random_tenth_has_the_shares_of_all_frames() -> None:
    """Whatever else is chosen, and however the model sees them."""
    drawn = Counter()
    for seed in range(300):
        order = np.random.default_rng(seed).permutation(60).tolist()
        picks = choose(pool_of(60, uniform=order), 20, EVEN, rare(), CLASSES)
        drawn.update(pick.index for pick in picks if pick.reason == RANDOM)
    counts = np.array([drawn[i] for i in range(60)])
    chi2 = ((counts - 10) ** 2 / 10).sum()
    assert counts.sum() == 600
    assert chi2 < 97  # .999 of 59 degrees of freedom


def test_uncertain_ones_have_the_smallest_margins() -> None:
    pool = pool_of(50)
    picks = choose(pool, 20, only(UNCERTAINTY), rare(), CLASSES)
    top = np.sort(pool.table, axis=1)
    margins = top[:, -1] - top[:, -2]
    chosen = [pick.index for pick in picks if pick.reason == UNCERTAINTY]
    left = [i for i in range(50) if i not in {pick.index for pick in picks}]
    assert max(margins[chosen]) <= min(margins[left])
    assert picks[-1].why.startswith("unsure: ")


def test_a_rare_class_is_looked_for_where_the_model_sees_it_most() -> None:
    pool = pool_of(100, uniform=[])
    picks = choose(pool, 10, only(DEFICIT), need({}, CLASSES, [99, 99, 0]), CLASSES)
    assert {pick.index for pick in picks} >= set(np.argsort(-pool.table[:, 2])[:9].tolist())
    assert sum(pick.why.startswith("c is rare (0 of 198 frames)") for pick in picks) >= 9


def test_a_class_with_a_low_f1_says_so() -> None:
    lacks = need({("a", "a"): 30, ("b", "a"): 30}, CLASSES, [1, 1, 1])
    picks = choose(pool_of(100), 20, only(DEFICIT), lacks, CLASSES)
    assert any("b has an F1 of 0.00 on labels that no training saw" in pick.why for pick in picks)


def test_a_class_has_its_share_though_its_first_frames_are_taken_or_look_alike() -> None:
    """Nothing of its share goes to other classes."""
    pool = pool_of(100, uniform=[])
    first = np.argsort(-pool.table[:, 2])[:8].tolist()
    pool.uniform = first[:2]  # drawn at random
    pool.cameras = [9 if i in first[2:] else camera for i, camera in enumerate(pool.cameras)]
    for i in first[2:]:
        pool.outlines[i] = bytes(256)
    needed = Need(np.array([0.25, 0.25, 0.5]), None, np.array([9, 9, 1]))
    picks = choose(pool, 18, only(DEFICIT), needed, CLASSES)
    asked = Counter(pick.why[0] for pick in picks if pick.reason == DEFICIT)
    assert asked == {"a": 4, "b": 4, "c": 8}
    assert first[2] in {pick.index for pick in picks}
    assert not {pick.index for pick in picks if pick.reason == DEFICIT} & set(first[3:])


def test_diverse_ones_cover_the_features() -> None:
    """Four far clusters of 25: k-center takes one of each before a second of any."""
    centers = np.array([[0, 0], [100, 0], [0, 100], [100, 100]])
    rng = np.random.default_rng(1)
    features = np.repeat(centers, 25, axis=0) + rng.normal(size=(100, 2))
    picks = choose(pool_of(100, features=features, uniform=[]), 4, only(DIVERSITY), rare(), CLASSES)
    assert sorted(pick.index // 25 for pick in picks) == [0, 1, 2, 3]
    assert "by features" in picks[1].why


def test_diverse_ones_are_far_from_what_is_labelled_already() -> None:
    """Three of four clusters have a label each: what is not like these comes first."""
    corners = np.array([[0, 0], [100, 0], [0, 100], [100, 100]])
    rng = np.random.default_rng(1)
    features = np.repeat(corners, 25, axis=0) + rng.normal(size=(100, 2))
    pool = pool_of(100, features=features, uniform=[], centers=corners[:3].astype(float))
    (pick,) = choose(pool, 1, only(DIVERSITY), rare(), CLASSES)
    assert pick.index // 25 == 3
    assert "away from the nearest" in pick.why
    picks = choose(pool, 100, only(DIVERSITY), rare(), CLASSES)
    assert len(picks) == 100, "the others follow"


def test_a_greedy_choice_is_that_of_the_published_algorithm() -> None:
    """As a slow loop: again and again the frame whose nearest center is farthest."""
    rng = np.random.default_rng(3)
    features, labelled = rng.normal(size=(40, 3)), rng.normal(size=(5, 3))
    picks = choose(
        pool_of(40, features=features, uniform=[], centers=labelled), 10, only(DIVERSITY), rare(),
        CLASSES,
    )  # fmt: skip
    known, wanted = labelled.tolist(), []
    for _ in range(10):
        away = [min(np.linalg.norm(one - np.array(k)) for k in known) for one in features]
        wanted.append(int(np.argmax(away)))
        known.append(features[wanted[-1]].tolist())
    assert [pick.index for pick in picks] == wanted


def test_without_features_probabilities_stand_in_and_that_is_said() -> None:
    picks = choose(pool_of(40, features=None), 10, only(DIVERSITY), rare(), CLASSES)
    assert all("by probabilities" in pick.why for pick in picks if pick.reason == DIVERSITY)


def test_what_looks_alike_from_one_camera_counts_once() -> None:
    same = bytes(256)
    pool = pool_of(40, outlines=[same] * 40, uniform=[])
    for reason in EVEN:
        picks = choose(pool, 20, only(reason), rare(), CLASSES)
        assert len(picks) == 4, "one of each camera"
    seen = pool_of(40, outlines=[same] * 40, uniform=[], known={0: [same], 1: [same]})
    assert {seen.cameras[p.index] for p in choose(seen, 20, EVEN, rare(), CLASSES)} == {2, 3}


def test_a_tenth_is_random_of_what_there_is() -> None:
    """Where most look alike, fewer are asked about, and fewer of these are random."""
    same = pool_of(60, outlines=[bytes(256)] * 60)
    picks = choose(same, 200, EVEN, rare(), CLASSES)
    assert Counter(pick.reason for pick in picks)[RANDOM] == 1
    picks = choose(pool_of(60), 200, EVEN, rare(), CLASSES)
    assert (len(picks), Counter(pick.reason for pick in picks)[RANDOM]) == (60, 6)


@pytest.mark.parametrize("number", [0, 1, 3])
def test_small_pools(number: int) -> None:
    picks = choose(pool_of(number), 20, EVEN, rare(), CLASSES)
    assert len(picks) == number
