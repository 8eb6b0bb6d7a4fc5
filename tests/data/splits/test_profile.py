"""Profiles: what the text means, what the counts are, and what is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from counterpoise.data import parse
from counterpoise.errors import ArgumentError


def test_none_keeps_everything() -> None:
    assert parse("none").class_counts([5, 9, 2]) == (5, 9, 2)


def test_n_max_is_what_the_smallest_class_can_supply() -> None:
    counts = parse("step:rho=10,mu=0.5,minority=lowest").class_counts([120, 200, 150, 100])
    assert counts == (10, 10, 100, 100)


def test_n_max_may_be_set() -> None:
    counts = parse("step:rho=10,minority=1,n_max=1800").class_counts([1860, 210])
    assert counts == (1800, 180)


def test_minority_of_a_list_needs_no_mu() -> None:
    counts = parse("step:rho=50,minority=3+7").class_counts([5000] * 10)
    assert [k for k, n in enumerate(counts) if n == 100] == [3, 7]
    assert parse("step:rho=50,mu=.2,minority=3+7").class_counts([5000] * 10) == counts


def test_minority_by_class_name_wins_over_the_index() -> None:
    profile = parse("step:rho=2,minority=dog+1")
    assert profile.class_counts([4, 4, 4, 4], classes=("ant", "bee", "cat", "dog")) == (4, 2, 4, 2)
    named = parse("step:rho=2,minority=2").class_counts([4, 4, 4], classes=("1", "10", "2"))
    assert named == (4, 4, 2)
    assert parse("step:rho=2,minority=10").class_counts([4, 4, 4], classes=("1", "10", "2"))[1] == 2


def test_random_minority_depends_on_the_seed_only() -> None:
    profile = parse("step:rho=10,mu=0.3,minority=random")
    drawn = [profile.class_counts([100] * 10, seed=seed) for seed in range(20)]
    assert drawn == [profile.class_counts([100] * 10, seed=seed) for seed in range(20)]
    assert len(set(drawn)) > 10
    assert all(counts.count(10) == 3 for counts in drawn)
    touched = {k for counts in drawn for k in range(10) if counts[k] == 10}
    assert touched == set(range(10))


def test_a_seed_has_several_draws_of_the_minority() -> None:
    drawn = [
        parse(f"step:rho=10,mu=0.5,n_max=100,draw={draw}").class_counts([100] * 19 + [50], seed=3)
        for draw in range(5)
    ]
    assert drawn[0] == parse("step:rho=10,mu=0.5,n_max=100").class_counts([100] * 19 + [50], seed=3)
    assert len(set(drawn)) == 5
    assert all(counts.count(10) == 10 and counts[19] == 10 for counts in drawn)


def test_classes_below_n_max_are_always_in_the_minority() -> None:
    profile = parse("step:rho=10,mu=0.5,n_max=100")
    for seed in range(10):
        counts = profile.class_counts([100, 50, 100, 100], seed=seed)
        assert counts[1] == 10
        assert counts.count(10) == 2


@pytest.mark.parametrize(
    ("text", "available", "expected"),
    [
        ("linear:rho=10", [10, 10, 10], (1, 6, 10)),
        ("linear:rho=10,order=2+1+0", [10, 10, 10], (10, 6, 1)),
        ("linear:rho=10,order=by-size,n_max=10", [30, 9, 20], (10, 1, 6)),
        ("exp:ratio=100", [100, 100, 100], (100, 10, 1)),
        ("exp:ratio=100,order=2+0+1", [100, 100, 100], (10, 1, 100)),
        ("exp:ratio=100,order=by-size,n_max=100", [10, 100, 20], (1, 100, 10)),
        ("counts:3,1,2", [5, 5, 5], (3, 1, 2)),
    ],
)
def test_order(text: str, available: list[int], expected: tuple[int, ...]) -> None:
    assert parse(text).class_counts(available) == expected


def test_the_order_of_a_published_long_tail() -> None:
    order = (8, 6, 0, 4, 9, 2, 7, 1, 5, 3)  # ship, frog, airplane, ... dog, cat
    counts = parse(f"exp:ratio=50,order={'+'.join(map(str, order))}").class_counts([5000] * 10)
    assert [counts[k] for k in order] == [5000, 3237, 2096, 1357, 878, 568, 368, 238, 154, 100]


def test_random_order_is_a_permutation() -> None:
    profile = parse("exp:ratio=10,order=random")
    plain = parse("exp:ratio=10").class_counts([90] * 6)
    drawn = {profile.class_counts([90] * 6, seed=seed) for seed in range(10)}
    assert len(drawn) > 3
    assert all(sorted(counts) == sorted(plain) for counts in drawn)


@pytest.mark.parametrize(
    ("text", "available", "message"),
    [
        ("step:rho=500", [100, 139], "at most n_max = 100, all that class '0' has"),
        ("linear:rho=500,n_max=200", [300, 300], "at most n_max = 200; got 500"),
        ("exp:ratio=101", [100, 139], "at most n_max = 100"),
        ("step:rho=2,mu=0.1", [9, 9], "0 of 2 classes would be in the minority"),
        ("step:rho=2,mu=1", [9, 9], "2 of 2 classes would be in the minority"),
        ("step:rho=2,minority=5", [9, 9], "no class '5'"),
        ("step:rho=2,minority=0+0", [9, 9, 9], "lists a class twice"),
        ("step:rho=2,mu=.5,minority=0", [9] * 4, "mu=0.5 means 2 minority classes, the list has 1"),
        ("step:rho=2,n_max=50,minority=0", [9, 90], "'0' has 9, 25 asked"),
        ("step:rho=2,n_max=50,mu=.5", [9, 9, 9, 90], "3 classes have fewer than n_max = 50"),
        ("exp:ratio=2,order=0", [9, 9], "order lists 1 of 2 classes"),
        ("counts:1,2,3", [9, 9], "2 classes need 2 counts; got 3"),
        ("counts:10,2", [9, 9], "'0' has 9, 10 asked"),
    ],
)
def test_profiles_that_do_not_fit(text: str, available: list[int], message: str) -> None:
    with pytest.raises(ArgumentError, match=message) as caught:
        parse(text).class_counts(available)
    assert "\n" not in str(caught.value)


@given(
    available=st.lists(st.integers(20, 500), min_size=2, max_size=12),
    rho=st.floats(1, 20),
    mu=st.floats(0, 1),
    minority=st.sampled_from(["random", "lowest"]),
    seed=st.integers(0, 2**40),
)
def test_step_has_its_rho_and_mu(
    available: list[int], rho: float, mu: float, minority: str, seed: int
) -> None:
    num = len(available)
    few = int(mu * num + 0.5)
    profile = parse(f"step:rho={rho!r},mu={mu!r},minority={minority}")
    if not 0 < few < num:
        with pytest.raises(ArgumentError):
            profile.class_counts(available, seed)
        return
    counts = profile.class_counts(available, seed)
    assert max(counts) == min(available)
    assert all(n <= have for n, have in zip(counts, available, strict=True))
    assert abs(min(counts) - max(counts) / rho) <= 0.5 + 1e-6
    if min(counts) < max(counts):
        assert counts.count(min(counts)) == few
