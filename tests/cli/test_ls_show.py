"""`ls` and `show` know every name there is, and the near one for a name there is not."""

import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import counterpoise
from counterpoise.data import NAMED
from counterpoise.metrics import METRICS
from counterpoise.models import NAMES
from counterpoise.recipes.shipped import method_names
from counterpoise.registry import AXES, members


@pytest.mark.parametrize(
    ("what", "names"),
    [("methods", method_names()), ("models", NAMES), ("data", tuple(NAMED))]
    + [(axis, tuple(members(axis))) for axis in AXES if axis != "metrics"]
    + [("metrics", tuple(METRICS))],  # what --select takes
)
def test_ls_has_one_line_per_name(what, names, command) -> None:
    listed = [line.split()[0] for line in command("ls", what).out.splitlines() if line[0] != " "]
    assert listed[: len(names)] == list(names)


def test_ls_alone_lists_every_section(command) -> None:
    answer = command("ls")
    for word in ("methods:", "models:", "data:", "losses:", "two-phase-over", "digits", "lenet5"):
        assert word in answer.out
    assert "resnet50" not in answer.out
    assert "resnet50" in command("ls", "models").out


def test_ls_models_says_size_licence_and_speed_of_pretrained_weights(command) -> None:
    said = " ".join(command("ls", "models").out.split())
    assert "mobilenet_v2 torchvision; ImageNet weights 14 MB (BSD-3-Clause), 38 images/s at" in said
    assert "ImageNet weights 19 MB (Apache-2.0), 31 images/s at 224 x 224 on one core" in said


@pytest.mark.parametrize("name", method_names())
def test_show_prints_a_recipe_and_what_it_resolves_to(name, command) -> None:
    answer = command("show", name)
    assert answer.code == 0, answer.err
    assert answer.out.startswith("# ")
    resolved = tomllib.loads(answer.out.partition("# With the defaults")[2].partition("\n")[2])
    assert resolved["name"] == name
    assert resolved["stages"]


def test_show_says_how_a_method_differs_from_its_paper(command) -> None:
    shown = command("show", "cnusvm").out
    assert "\ndiffers from the paper: batch 64, paper 1\n" in shown
    assert "\nexactly as published: counterpoise show cnusvm-as-published\n" in shown
    exact = command("show", "cnusvm-as-published").out
    assert "differs from the paper" not in exact
    assert "batch_size = 1\n" in exact


def test_show_explains_a_member_with_its_arguments(command) -> None:
    for name in ("CrossEntropy", "losses.CrossEntropy"):
        answer = command("show", name)
        assert "from counterpoise.losses import CrossEntropy" in answer.out
        assert "label_smoothing  float = 0.0" in answer.out


@pytest.mark.parametrize("name", ["lenet5", "resnet18", "digits", "ece"])
def test_show_explains_models_and_data(name, command) -> None:
    assert command("show", name).out.startswith(f"{name}: ")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("show", "oversampel"), "did you mean 'oversampling'?"),
        (("show", "zzzzzz"), "`counterpoise ls`"),
        (("ls", "modls"), "did you mean 'models'?"),
    ],
)
def test_unknown_names(arguments, expected, command) -> None:
    answer = command(*arguments)
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")
    assert expected in answer.err


def test_a_reader_that_leaves_is_no_error() -> None:
    env = os.environ | {"PYTHONPATH": str(Path(counterpoise.__file__).parent.parent)}
    command = f"'{sys.executable}' -m counterpoise.cli ls models | head -n 1"
    done = subprocess.run(
        ["bash", "-c", command], env=env, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("lenet5")
    assert done.stderr == ""
