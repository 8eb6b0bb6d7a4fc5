"""How long to train: doubled while the baseline gains on validation, kept, and the same for all."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from counterpoise import models
from counterpoise.experiments.driver import conduct
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.experiments.search import rounds
from counterpoise.experiments.search.rounds import Validated, gain_interval
from counterpoise.recipes.load import load_file


def validated(predicted: Any, target: Any, sure: float = 0.9) -> Validated:
    """Of two classes, each prediction as sure as the others."""
    scores = np.full((len(target), 2), 1 - sure)
    scores[np.arange(len(target)), predicted] = sure
    return Validated(scores, scores, np.asarray(target))


TARGET = np.repeat([0, 1], [40, 8])


def test_no_gain_has_an_interval_of_nothing() -> None:
    same = validated(TARGET, TARGET)
    assert gain_interval(same, same, "balanced_accuracy") == (0, 0)


def test_a_gain_in_most_samples_is_above_zero_and_a_loss_below() -> None:
    wrong = np.where(np.arange(48) % 2, TARGET, 1 - TARGET)
    short, long = validated(wrong, TARGET), validated(TARGET, TARGET)
    low, high = gain_interval(short, long, "balanced_accuracy") or (0, 0)
    assert 0 < low < 0.5 < high
    low, high = gain_interval(long, short, "balanced_accuracy") or (0, 0)
    assert low < -0.5 < high < 0


def test_a_gain_in_one_sample_is_not_significant() -> None:
    wrong = TARGET.copy()
    wrong[-1] = 0
    low, high = gain_interval(validated(wrong, TARGET), validated(TARGET, TARGET), "g_mean") or (
        1,
        0,
    )
    assert low == 0
    assert high > 0.1


def test_a_lower_loss_is_a_gain() -> None:
    low, _ = gain_interval(
        validated(TARGET, TARGET, 0.6), validated(TARGET, TARGET, 0.9), "nll"
    ) or (0, 0)
    assert low == pytest.approx(np.log(0.9 / 0.6))


def test_samples_of_one_group_are_drawn_together() -> None:
    wrong = np.where(np.arange(48) < 20, 1, TARGET)  # half of class 0, one group
    groups = np.where(np.arange(48) < 20, 0, np.where(TARGET == 0, 1, np.arange(48)))
    short, long = validated(wrong, TARGET), validated(TARGET, TARGET)
    alone = gain_interval(short, long, "balanced_accuracy")
    together = gain_interval(short, long, "balanced_accuracy", groups)
    assert alone is not None
    assert together is not None
    assert alone[0] > 0.1
    assert together == (0, 0.5)  # both draws are of the other group, or both of this one


class Said(list[str]):
    """A silent display that remembers what was said."""

    def display(self) -> Display:
        made = display("silent")
        made.say = self.append  # type: ignore[method-assign]
        return made


@pytest.fixture(scope="module")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from safetensors.torch import save_file

    path = tmp_path_factory.mktemp("weights") / "w.safetensors"
    save_file(models.create("small-cnn", (3, 8, 8), 7).state_dict(), path)
    return path


def ask(out: Path, weights: Path, **changes: Any) -> list[str]:
    """Compare heads on features of digits, with rounds of two updates; what was said."""
    said = Said()
    asked: dict[str, Any] = {
        "dataset": "digits",
        "profile": "step:rho=20,mu=0.5",
        "methods": ("baseline", "weighted"),
        "seeds": 1,
        "frozen": True,
        "model": "small-cnn",
        "size": 8,
        "out": out,
        "settings": {
            "model.weights": str(weights),
            "optimizer.weight_decay": 0.01,
            "train.updates_per_round": 2,
        },
    }
    conduct(Options.of({**asked, **changes}), said.display())
    return [line for line in said if " for each training" in line]


def trained(out: Path) -> dict[str, int]:
    """Rounds of each run."""
    folders = sorted(out.glob("runs/*/seed-0"))
    return {f.parent.name: load_file(f / "recipe.toml").train.rounds for f in folders}


def test_doubling_ends_where_nothing_is_gained_and_a_restart_trains_as_many(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gains = iter([(0.01, 0.2), (-0.01, 0.1)])
    monkeypatch.setattr(rounds, "_interval", lambda *runs: next(gains))
    (line,) = ask(tmp_path, weights)
    assert line.startswith("32 rounds for each training: with the last 16 of them the baseline's")
    assert " improved by " in line  # of NLL and ECE, too, a gain is what is above 0
    assert line.endswith("[-0.010, +0.100]")
    assert trained(tmp_path) == {"baseline": 32, "weighted": 32}
    (found,) = json.loads((tmp_path / "rounds.json").read_text())["found"].values()
    assert [one["rounds"] for one in found["tried"]] == [8, 16, 32]
    assert len(list(tmp_path.glob("stages/*/done.json"))) == 4  # the longest is the baseline's run
    assert not list(tmp_path.glob("rounds/**/predictor.json"))
    assert ask(tmp_path, weights, methods=("oversampling",)) == [line]
    assert trained(tmp_path)["oversampling"] == 32


def test_rounds_that_are_said_are_obeyed(tmp_path: Path, weights: Path) -> None:
    assert ask(tmp_path, weights, rounds=3) == []
    assert trained(tmp_path) == {"baseline": 3, "weighted": 3}
    assert not (tmp_path / "rounds.json").exists()


def test_doubling_has_an_end(
    tmp_path: Path, weights: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rounds, "_interval", lambda *runs: (0.1, 0.2))
    ask(tmp_path, weights, methods=("weighted",))
    assert trained(tmp_path) == {"weighted": 64}
