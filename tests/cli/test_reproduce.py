"""``counterpoise reproduce`` on the command line; trainings are in tests/reproduce."""

import subprocess
import sys

import pytest

from counterpoise.cli import main


def test_the_list_names_every_paper(capsys) -> None:
    assert main(["reproduce"]) == 0
    said = capsys.readouterr().out
    for name in ("buda2018", "cnusvm2015", "iwce2023", "le2019", "tlc2023"):
        assert f"{name}: " in said
    assert max(map(len, said.splitlines())) <= 130


def test_a_plan_counts_and_trains_nothing(capsys, tmp_path) -> None:
    words = ["cnusvm2015/table4-gtsrb", "--plan", "--seeds", "2", "--grid", "tau_1=0.2,0.4"]
    assert main(["reproduce", *words, "--out", str(tmp_path / "out")]) == 0
    assert "cells 8, runs 32" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()


def test_values_of_an_axis_add_up(capsys) -> None:
    words = ["--grid", "rho=10", "--grid", "rho=1000,10", "--grid", "mu=0.2", "--seeds", "1"]
    assert main(["reproduce", "buda2018/fig3-mnist", "--plan", *words]) == 0
    assert "cells 2, runs 10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cnusvm2015"], "is several entries"),
        (["buda2018/fig3-mnist", "--scale", "2"], "--scale is above 0 and at most 1"),
        (["buda2018/fig3-mnist", "--plan", "--grid", "rho"], "as rho=10,100; got 'rho'"),
        (["le2019/table2-ilsvrc-part1"], "not below the data root: ilsvrc-part1"),
        (["cnusvm2015/table3-gtsrb", "--budget", "5"], "--budget"),
        (["buda2018/fig3-mnist", "--plan", "--budget", "5"], "--budget"),
        (["nothing"], "no paper has an entry 'nothing'"),
    ],
)
def test_what_cannot_be_is_refused(capsys, tmp_path, words, said) -> None:
    assert main(["reproduce", *words, "--out", str(tmp_path / "out")]) == 2
    assert said in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_list_loads_nothing_that_only_runs_and_reports_need() -> None:
    """It answers within two seconds on a busy machine, too: half of it was scipy and reports."""
    code = (
        "import sys; from counterpoise.cli import main; main(['reproduce']); "
        "print('loaded', *(m for m in sys.modules if m in {'scipy', 'torch', "
        "'counterpoise.report', 'counterpoise.comparison', 'counterpoise.experiments.options'}))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "buda2018: " in done.stdout
    assert done.stdout.splitlines()[-1].split() == ["loaded"]
