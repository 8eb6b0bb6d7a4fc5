"""How far a sweep is, each method against the baseline, and the text of a terminal."""

import dataclasses
import math

from counterpoise.sweep.results import status


def test_how_far_it_is(made) -> None:
    assert [status(cell) for cell in made.cells] == ["finished", "waiting", "not run"]
    assert made.state == "1 of 3 cells are finished; 1 waiting, 1 not run"
    assert made.failed == [("rho=999,model=mlp", "class 3 has too few")]
    assert not made.broken
    part = dataclasses.replace(made.cells[0], unfinished=2, failed=("<b>",))
    open_ = dataclasses.replace(made, cells=[part])
    assert open_.state == "0 of 1 cells are finished; 1 unfinished"
    assert open_.broken


def test_a_gain_counts_where_its_interval_leaves_zero_out(made) -> None:
    (gain,) = made.gains
    assert (gain.method, gain.mean, gain.better, gain.worse, gain.cells) == ("<b>", 0.25, 1, 0, 1)
    first = made.cells[0]
    low = dataclasses.replace(first, gains={("<b>", "nll"): (-0.2, (-0.3, -0.1))})
    (gain,) = dataclasses.replace(made, select="nll", cells=[low]).gains
    assert (gain.better, gain.worse) == (1, 0), "of NLL a fall is better"
    across = dataclasses.replace(first, gains={("<b>", made.select): (0.1, (-0.1, 0.3))})
    (gain,) = dataclasses.replace(made, cells=[first, across]).gains
    assert (gain.better, gain.worse, gain.cells) == (1, 0, 2)


def test_a_terminal_has_intervals_and_what_validation_chose(made) -> None:
    text = made.text(80).splitlines()
    assert text[1] == (
        "Balanced accuracy on test, mean [95 % interval]; *: best on validation of its cell."
    )
    assert text[3].split() == ["baseline", "<b>"]
    assert text[4].split("  ", 1)[0] == "rho=10,model=mlp"
    assert ".600 [.450, .750]" in text[4]
    assert text[4].endswith(".850 ± .071*")
    assert "not run: rho=999,model=mlp: class 3 has too few" in text
    assert text[-1] == (
        "<b>: better than the baseline in 1 of 1 cells, worse in 0; mean difference +.250"
    )
    assert max(map(len, made.text(30).splitlines()[3:5])) <= 40, "one column at a time"


def test_the_record_has_every_number_and_null_for_what_is_undefined(made) -> None:
    first = dataclasses.replace(
        made.cells[0], values={("baseline", "auc"): (0.5, math.nan), ("<b>", "auc"): (0.25,)}
    )
    record = dataclasses.replace(made, cells=[first, *made.cells[1:]]).record()
    estimate = record.cells[0].methods["baseline"]["auc"]
    assert (estimate.mean, estimate.sd, estimate.values) == (None, None, (0.5, None))
    assert record.cells[0].methods["<b>"]["auc"].mean == 0.25
    assert record.cells[1].status == "waiting"
    assert type(record).parse(record.text(), "it") == record
