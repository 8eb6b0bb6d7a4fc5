"""The [search] table: its points, what is wrong with it, and what leaves it alone."""

from pathlib import Path

import pytest

from counterpoise.errors import RecipeError
from counterpoise.estimator import CounterpoiseClassifier
from counterpoise.recipes import toml
from counterpoise.recipes.load import expand, load_file, load_methods
from counterpoise.recipes.schema import Search, SearchGrid
from counterpoise.recipes.settings import apply_setting, at_point
from counterpoise.recipes.shipped import method_names

HEAD = """
base = "focal"
[search]
"""


def written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "mine.toml"
    path.write_text(text)
    return path


def test_a_product_is_every_pair_and_pairs_are_a_line() -> None:
    values = {"a": (1, 2), "b": (8, 9)}
    product, pairs = SearchGrid("", values), SearchGrid("", values, "pairs")
    assert [tuple(p.values()) for p in product.points] == [(1, 8), (1, 9), (2, 8), (2, 9)]
    assert [tuple(p.values()) for p in pairs.points] == [(1, 8), (2, 9)]
    assert Search((product, pairs)).points == product.points  # both points of the line were there


def test_the_search_of_the_paper() -> None:
    """CNUSVM, section IV-C: 16 points, then 9 on the line, of which 4 are among the 16."""
    (recipe,) = load_methods(["cnusvm-search"], {}, {})
    search = recipe.search
    assert search is not None
    grid, line = search.grids
    assert (len(grid.points), len(line.points), len(search.points)) == (16, 9, 21)
    for point in line.points:
        low, high = point["tau_minority"], point["tau_majority"]
        assert isinstance(low, float)
        assert high == pytest.approx(10 * (1 - low))
    assert (search.select, search.classes) == ("g_mean", 2)
    assert recipe.train.clip_norm == 2.0  # the squared hinge diverges at uneven tau without


def test_a_point_sets_its_values_and_takes_the_search_away() -> None:
    (recipe,) = load_methods(["cnusvm-search"], {}, {})
    point = {"tau_minority": 0.4, "tau_majority": 6.0}
    chosen = at_point(recipe, point)
    assert chosen.stages[0].loss.parameters == point
    assert chosen.search is None
    assert recipe.stages[0].loss.parameters == {}


def test_a_search_survives_being_written(tmp_path: Path) -> None:
    (recipe,) = load_methods(["cnusvm-search"], {}, {})
    text = toml.dumps(recipe.as_dict())
    assert text.count("[[search.grids]]") == 2
    assert load_file(written(tmp_path, text)) == recipe


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("select = 'gmean'\ngrids = []", "search.select is a metric; got 'gmean'; did you mean"),
        ("classes = 1\ngrids = []", "search.classes is a whole number from 2; got 1"),
        ("seeds = 0\ngrids = []", "search.seeds is a whole number from 1; got 0"),
        ("select_on = 'train'\ngrids = []", "search.select_on is 'validation' or 'test'; got"),
        (
            "select_on = 'test'\n[[search.grids]]\nvalues = { gamma = [1.0] }",
            "is for files of papers that chose so",
        ),
        ("grids = []", r"at least one \[\[search.grids\]\] table"),
        ("grid = [1]", "unknown key 'search.grid'; did you mean 'grids'"),
        ("[[search.grids]]\nvalue = {}", r"grids\[0\]: unknown key 'value'; did you mean 'values'"),
        ("[[search.grids]]\nvalues = []", "values is a table of lists"),
        ("[[search.grids]]\nvalues = { gamma = 1 }", "values.gamma is a list of values to try"),
        ("[[search.grids]]\nvalues = { gamma = [] }", "values.gamma is a list of values to try"),
        (
            "[[search.grids]]\ncombine = 'zip'\nvalues = { gamma = [1.0] }",
            "combine is 'product' or 'pairs'; got 'zip'",
        ),
        (
            "[[search.grids]]\ncombine = 'pairs'\n"
            "values = { gamma = [1.0, 2.0], 'optimizer.lr' = [0.1] }",
            "as many values of each setting; got 2 of 'gamma', 1 of 'optimizer.lr'",
        ),
        (
            "[[search.grids]]\nvalues = { gama = [1.0] }",
            "search: mine has no parameter 'gama'; did you mean 'gamma'",
        ),
        (
            "[[search.grids]]\nvalues = { gamma = [1.0, 'x'] }",
            "search: stages.0..loss: Focal takes a number for 'gamma'; got 'x'",
        ),
        (
            "[[search.grids]]\nvalues = { 'optimizer.lr' = [0.1, -1.0] }",
            "search: optimizer.lr is above 0; got -1.0",
        ),
    ],
)
def test_a_wrong_search_says_what_is_wrong(tmp_path: Path, text: str, says: str) -> None:
    with pytest.raises(RecipeError, match=says):
        load_file(written(tmp_path, HEAD + text))


def test_a_search_that_is_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=r"\[search\] is a table; got 3"):
        load_file(written(tmp_path, 'base = "focal"\nsearch = 3'))


def test_setting_what_is_searched_is_refused() -> None:
    with pytest.raises(RecipeError, match="'cnusvm-search' searches it"):
        load_methods(["cnusvm-search"], {}, {"cnusvm-search.tau_minority": 0.4})
    (other,) = load_methods(["cnusvm-search"], {}, {"cnusvm-search.p": 1})
    assert other.stages[0].loss.parameters == {"p": 1}


def test_setting_for_all_what_one_of_them_searches_is_refused() -> None:
    faults: list[str] = []
    searching = {"search": {"grids": [{"values": {"optimizer.lr": [0.1, 0.2]}}]}}
    tables = {"baseline": {}, "mine": searching}
    apply_setting(tables, "optimizer.lr", "0.3", ["baseline"], faults)
    assert faults == ["--set optimizer.lr: 'mine' searches it (leave one of them out)"]
    faults.clear()
    apply_setting(tables, "optimizer.momentum", "0.3", ["baseline"], faults)
    assert faults == []


def test_all_leaves_searches_out_and_a_name_takes_them() -> None:
    assert "cnusvm-search" in method_names()
    assert "cnusvm-search" not in expand("all")
    assert expand("cnusvm-search") == ("cnusvm-search",)


def test_an_estimator_refuses_a_search() -> None:
    with pytest.raises(RecipeError, match="GridSearchCV"):
        CounterpoiseClassifier("cnusvm-search").fit([[0.0], [1.0], [2.0]], [0, 1, 1])


def test_only_the_file_of_a_paper_may_choose_on_test(tmp_path: Path, monkeypatch) -> None:
    """A method of a paper's folder may; one of the user's that begins with it may not."""
    from counterpoise.recipes import load, published, shipped

    text = HEAD + "seeds = 2\nselect_on = 'test'\n[[search.grids]]\nvalues = { gamma = [1.0, 2.0] }"
    path = tmp_path / "focal-as-published.toml"
    path.write_text(text)
    known = {**published.published(), "focal-as-published": path}
    for module in (load, shipped):
        monkeypatch.setattr(module, "published", lambda: known)
    shipped._parsed.cache_clear()
    (recipe,) = load_methods(["focal-as-published"], {}, {})
    assert recipe.search is not None
    assert (recipe.search.seeds, recipe.search.select_on) == (2, "test")
    assert recipe.search.as_dict()["select_on"] == "test"
    mine = written(tmp_path, 'base = "focal-as-published"')
    with pytest.raises(RecipeError, match=r"select_on = 'test' makes results look better"):
        load_methods([str(mine)], {}, {})
    with pytest.raises(RecipeError, match="use select_on = 'validation'"):
        load_file(mine)
    shipped._parsed.cache_clear()
