"""Labels of methods; a choice on test data is in them, with that on validation beside it."""

from dataclasses import replace

from counterpoise.reproduce.labels import labels
from counterpoise.reproduce.page import page
from counterpoise.reproduce.plan import cells, trials
from counterpoise.sweep.measured import Measured

SEARCH = {
    "seeds": 2,
    "select_on": "test",
    "grids": [{"values": {"optimizer.lr": [0.05, 0.005]}}],
}


def test_methods_that_are_asked_for_or_finished(known, asked) -> None:
    part = replace(asked, methods=("oversampling",))
    assert labels(known, part, []) == {"oversampling": "ROS"}
    done = Measured({"rho": 5}, {("baseline", "balanced_accuracy"): (0.5,)})
    assert labels(known, part, [done]) == {"baseline": "CE", "oversampling": "ROS"}


def test_a_choice_on_test_is_labelled_and_validation_stands_beside_it(known, asked) -> None:
    searching = replace(known, entry=known.entry.model_copy(update={"search": SEARCH}))
    names = ("baseline", "baseline-by-validation", "oversampling")
    done = Measured({"rho": 5}, {(name, "balanced_accuracy"): (0.5,) for name in names})
    assert labels(searching, asked, [done]) == {
        "baseline": "CE, chosen on test (optimistic)",
        "baseline-by-validation": "CE, chosen on validation",
        "oversampling": "ROS, chosen on test (optimistic)",
    }
    text = page(searching, asked, [done])
    assert "| cell | CE, chosen on test (optimistic) | CE, chosen on validation |" in text
    assert "so their numbers are optimistic" in text


def test_every_method_of_such_an_entry_searches(known, asked) -> None:
    searching = replace(known, entry=known.entry.model_copy(update={"search": SEARCH}))
    assert [trials(searching, replace(asked, seeds=n)) for n in (1, 3)] == [2, 4]
    assert trials(known, asked) == 0
    for recipe in cells(searching, asked)[0].options["recipes"]:
        assert (recipe.search.seeds, recipe.search.select_on) == (2, "test")
        assert recipe.search.points == ({"optimizer.lr": 0.05}, {"optimizer.lr": 0.005})
