"""What needs no training, against the numbers of the formulas."""

import pytest

from counterpoise.reproduce.computed import COMPUTED

QUANTILES = (800, 400, 1000)
PART = (7, 335, 14, 100, 700, 698, 139, 28)


def test_weights_grow_as_in_the_worked_table() -> None:
    grown = COMPUTED["growing-weights"].function
    settings = {"counts": QUANTILES, "rounds": 200}
    late = grown({**settings, "epoch": 160})
    weights = [late[f"class-{place}", "weight"][0] for place in range(3)]
    assert weights == pytest.approx([0.9693434, 1.3065662, 0.9018988], abs=1e-6)
    final = [late[f"final-{place}", "weight"][0] for place in range(3)]
    assert final == pytest.approx([0.9166667, 1.8333333, 0.7333333], abs=1e-6)


def test_alpha_of_each_temperature() -> None:
    found = COMPUTED["growing-alpha"].function(
        {"temperatures": [10, 40], "rounds": 200, "epoch": 160}
    )
    assert found["temperature-1", "alpha"][0] == pytest.approx(0.3678794412)
    assert found["temperature-0", "alpha"][0] == pytest.approx(0.01831563889)


@pytest.mark.parametrize(("place", "share"), [(0, 0.0292), (3, 0.1593), (4, 0.1670)])
def test_shares_of_a_class_in_a_batch_of_64(place, share) -> None:
    found = COMPUTED["batch-shares"].function(
        {"counts": PART, "batch": 64, "place": place, "draws": 300}
    )
    ours = found["batch-balanced", "share"]
    assert len(ours) == 5
    assert sum(ours) / 5 == pytest.approx(share, abs=0.004)
    plain = found["plain", "share"]
    assert sum(plain) / 5 == pytest.approx(PART[place] / sum(PART), abs=0.003)


@pytest.mark.system
def test_memory_of_a_deep_network_is_linear_and_naively_square() -> None:
    settings = {"batch": 64, "growth": 12, "side": 32, "classes": 10}
    memory = COMPUTED["network-memory"].function
    small, large = memory({**settings, "depth": 22}), memory({**settings, "depth": 40})
    assert large["efficient", "gib"][0] / small["efficient", "gib"][0] < 40 / 22 * 1.1
    assert large["naive", "gib"][0] / small["naive", "gib"][0] > 2.3


@pytest.mark.system
def test_recomputing_in_training_costs_no_operation_in_prediction() -> None:
    found = COMPUTED["forward-cost"].function({"side": 32, "classes": 10})
    assert found["densenet121", "parameters"] == found["e-densenet121", "parameters"]
    ratio = found["e-densenet121", "macs"][0] / found["densenet121", "macs"][0]
    assert 0.9 < ratio < 1.0  # transitions average before they project


ASKED = {
    "growing-alpha": {"temperatures": [10], "rounds": 5, "epoch": 0},
    "growing-weights": {"counts": QUANTILES, "rounds": 5, "epoch": 0},
    "batch-shares": {"counts": PART, "batch": 8, "place": 0, "draws": 1},
    "network-memory": {"batch": 1, "growth": 4, "side": 8, "classes": 2, "depth": 10},
}


@pytest.mark.parametrize(
    "name",
    [pytest.param(n, marks=[pytest.mark.system] * (n == "network-memory")) for n in sorted(ASKED)],
)
def test_every_line_and_metric_that_is_found_is_known(name) -> None:
    for line, metric in COMPUTED[name].function(ASKED[name]):
        assert line in COMPUTED[name].lines
        assert metric in COMPUTED[name].metrics


def test_none_is_left_out_here() -> None:
    assert ASKED.keys() | {"forward-cost", "epoch-length"} == COMPUTED.keys()


def test_an_epoch_of_oversampling_repeats_every_class_up_to_the_largest() -> None:
    counts = " ".join(map(str, PART))
    found = COMPUTED["epoch-length"].function({"counts": counts, "batch": 64})
    assert found["plain", "updates"] == (32.0,)  # 2021 images
    assert found["oversampling", "updates"] == (88.0,)  # 8 x 700
