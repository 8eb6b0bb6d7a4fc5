"""What a reader sees: the verdict first, measured beside printed, and how to go on."""

from dataclasses import replace
from pathlib import Path

from counterpoise.reproduce.page import is_faithful, page, summary, verdicts
from counterpoise.sweep.measured import Measured


def measured() -> list[Measured]:
    values = {
        ("baseline", "balanced_accuracy"): (0.70, 0.72),
        ("oversampling", "balanced_accuracy"): (0.80, 0.81),
        ("baseline", "recall 3"): (0.5, 0.6),
        ("oversampling", "recall 3"): (0.7, 0.7),
    }
    return [Measured({"rho": 5}, values, ("seed-0", "seed-1"), ("not converged",)),
            Measured({"rho": 10})]  # fmt: skip


def test_measured_stands_beside_printed(known, asked) -> None:
    text = page(known, asked, measured())
    assert "0.7100 ± 0.0141 (2)<br>[0.5829, 0.8371]<br>*paper 0.7500*" in text
    assert "| rho=10 | – | – |" in text
    assert "1 of 2 cells are finished (the paper has 2), 2 repeats of the paper's 10" in text
    assert "* rho=5: not converged" in text
    assert "counterpoise reproduce ab2020/table1 --seeds 2" in text


def test_the_summary_comes_first(known, asked) -> None:
    lines = page(known, asked, measured()).splitlines()
    assert lines[4] == "**Of 2 claims: 1 undecided, 1 not run.**"
    assert summary(verdicts(known, asked, measured())) in lines[4]


def test_a_shortened_training_says_so_and_is_not_faithful(known, asked) -> None:
    short = replace(asked, scale=0.5, grid={"rho": (5,)})
    text = page(known, short, measured())
    assert "shortened to 0.5 of the paper's length" in text
    assert "--scale 0.5 --grid rho=5" in text
    assert is_faithful(known, asked)
    assert not is_faithful(known, short)
    differs = known.entry.model_copy(update={"differs": ("Another network.",)})
    assert not is_faithful(replace(known, entry=differs), asked)


def test_the_command_goes_on_in_the_same_folder(known, asked) -> None:
    part = replace(asked, grid={"rho": (5, 10)}, methods=("baseline",), out=Path("my runs"))
    text = page(known, part, measured())
    assert (
        "counterpoise reproduce ab2020/table1 --seeds 2 --methods baseline --grid rho=5,10 "
        "--out 'my runs' --device cpu\n" in text
    )


def test_a_length_is_said_as_trained(known, asked) -> None:
    text = page(known, replace(asked, scale=0.01), measured())
    assert "1 round a training" in text
    assert "shortened to 0.5 of the paper's length" in text
    assert is_faithful(known, replace(asked, scale=0.99))


def test_printed_numbers_are_found_whatever_the_order_of_their_axes(known, asked) -> None:
    printed = known.entry.printed[0].model_copy(update={"at": {"mu": 0.5, "rho": 5}})
    entry = known.entry.model_copy(
        update={"printed": (printed,), "grid": {"rho": (5,), "mu": (0.5,)}}
    )
    cell = replace(measured()[0], point={"rho": 5, "mu": 0.5})
    assert "*paper 0.7500*" in page(replace(known, entry=entry), asked, [cell])


def test_methods_that_an_earlier_command_ran_stay_in_the_table(known, asked) -> None:
    text = page(known, replace(asked, methods=("baseline",)), measured())
    assert "| cell | CE | ROS |" in text
