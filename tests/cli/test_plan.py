"""``counterpoise plan`` says what to rent first, then how good that is, then what to do next."""

import importlib
import json
import os

import pytest

plan = importlib.import_module("counterpoise.cli.plan")

PRICES = """
[[instance]]
name = "small"
price = 0.10
cpu = 2
memory = 4
network = 500
[[instance]]
name = "large"
price = 0.19
cpu = 4
memory = 8
network = 1000
"""


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "prices.toml").write_text(PRICES)
    lines = [f"camera {n},0.5" for n in range(100)]
    (tmp_path / "cameras.csv").write_text("\n".join(["name,interval", *lines]) + "\n")
    return tmp_path


def test_what_to_rent_comes_first(files, command) -> None:
    words = ("plan", "--cameras", "cameras.csv", "--instances", "prices.toml", "--seconds", "1")
    answer = command(*words, "--cpu-per-frame", "0.02", "--out", "plan.json")
    assert answer.code == 0
    assert answer.out.startswith("Rent 1 x small, 1 x large: 0.29 an hour, 212 a month, for 100")
    assert "No other choice from this price list is cheaper." in answer.out
    assert "a machine for each camera would cost 10.00" in answer.out
    assert "which camera goes on which machine: plan.json" in answer.out
    written = json.loads((files / "plan.json").read_text())
    names = [c["name"] for machine in written["machines"] for c in machine["cameras"]]
    assert sorted(names) == sorted(f"camera {n}" for n in range(100))


def test_what_is_missing_is_said(files, command) -> None:
    words = ("plan", "--cameras", "cameras.csv", "--instances", "prices.toml")
    assert "nothing says what a frame costs" in command(*words).err
    answer = command(*words, "--cpu-per-frame", "0.02", "--model", "x")
    assert (answer.code, "name one of them" in answer.err) == (2, True)
    answer = command(*words, "--cpu-per-frame", "9")
    assert "'camera 0' needs 18 cores" in answer.err


def test_what_the_solver_prints_stays_off_the_page(capfd) -> None:
    with plan._nothing_printed():
        os.write(1, b"from a library")
    os.write(1, b"ours")
    assert capfd.readouterr().out == "ours"
