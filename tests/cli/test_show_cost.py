"""`show MODEL --input`: a table that adds up, or why there is none."""

import json

import pytest


def test_a_table_per_block_with_its_total(command) -> None:
    answer = command("show", "lenet5", "--input", "1x28x28")
    assert answer.code == 0, answer.err
    lines = answer.out.splitlines()
    assert lines[0] == "lenet5 for 1x28x28, 10 classes"
    assert [line.split()[0] for line in lines[2:5]] == ["block", "backbone.conv1", "backbone.conv2"]
    (total,) = (line for line in lines if line.startswith("total"))
    assert " ".join(total.split()) == "total 431 080 2 293 000 108 176"
    assert "0.431 M parameters, 2.29 MMACs, 108 kB kept" in answer.out
    assert "is 2 FLOP" in answer.out


def test_json_has_the_same_numbers(command) -> None:
    options = ("--classes", "3", "--set", "model.hidden=[64]", "--json")
    said = json.loads(command("show", "mlp", "--input", "20", *options).out)
    assert (said["model"], said["input"], said["classes"]) == ("mlp", [20], 3)
    assert said["options"] == {"hidden": [64]}
    assert said["macs"] == 20 * 64 + 64 * 3
    for key in ("parameters", "macs", "saved_bytes"):
        assert sum(block[key] for block in said["blocks"]) == said[key]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("lenet --input 1x28x28", "did you mean 'lenet5'?"),
        ("oversampling --input 1x28x28", "no model named 'oversampling'"),
        ("lenet5 --input 1x8x8", "at least 16x16"),
        ("lenet5 --input 1x28x", "--input takes the sizes of one sample joined by x"),
        ("lenet5 --input 0x28", "--input takes the sizes"),
        ("lenet5 --input 1x28x28 --classes 1", "--classes is at least 2; got 1"),
        ("mlp --input 20 --set model.hiden=[3]", "did you mean 'hidden'?"),
        ("mlp --input 20 --set train.lr=3", "--set train.lr: beside --input"),
        ("mlp --input 20 --set model.weights=x", "--set model.weights: beside --input"),
        ("mlp --json --classes 3", "--classes, --json: only together with --input"),
    ],
)
def test_user_errors(arguments, expected, command) -> None:
    answer = command("show", *arguments.split())
    assert (answer.code, answer.out) == (2, "")
    assert answer.err.startswith("error: ")
    assert expected in answer.err
