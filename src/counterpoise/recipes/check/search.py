"""The ``[search]`` table of a recipe: settings to be chosen on validation."""

from __future__ import annotations

from collections.abc import Callable

from counterpoise.errors import near
from counterpoise.metrics.names import METRICS
from counterpoise.recipes.schema import Search, SearchGrid, Value

Fault = Callable[[str], None]
_KEYS = {"select", "classes", "seeds", "select_on", "grids"}
_GRID_KEYS = {"title", "combine", "values"}


def search_from(value: Value, fault: Fault) -> Search | None:
    """The search that a table describes, or None with every fault told to `fault`.

    Whether there are settings of those names, and whether they take those values, is for
    whoever holds the whole recipe.
    """
    if not isinstance(value, dict):
        fault(f"[search] is a table; got {value!r}")
        return None
    for key in set(value) - _KEYS:
        fault(f"unknown key 'search.{key}'{near(key, _KEYS)}")
    select, classes, tables = value.get("select"), value.get("classes"), value.get("grids")
    if select is not None and (not isinstance(select, str) or select not in METRICS):
        fault(f"search.select is a metric; got {select!r}{near(str(select), METRICS)}")
    whole = isinstance(classes, int) and not isinstance(classes, bool)
    if classes is not None and (not whole or classes < 2):  # type: ignore[operator]
        fault(f"search.classes is a whole number from 2; got {classes!r}")
    seeds, on = value.get("seeds", 1), value.get("select_on", "validation")
    if isinstance(seeds, bool) or not isinstance(seeds, int) or seeds < 1:
        fault(f"search.seeds is a whole number from 1; got {seeds!r}")
    if on not in ("validation", "test"):
        fault(f"search.select_on is 'validation' or 'test'; got {on!r}")
    if not isinstance(tables, list) or not tables:
        fault(f"search has at least one [[search.grids]] table; got {tables!r}")
        return None
    grids = [_grid(number, table, fault) for number, table in enumerate(tables)]
    return Search(
        grids=tuple(grid for grid in grids if grid is not None),
        select=select if isinstance(select, str) else None,
        classes=classes if isinstance(classes, int) else None,
        seeds=seeds if isinstance(seeds, int) else 1,
        select_on="test" if on == "test" else "validation",
    )


def choice_faults(search: Search | None) -> list[str]:
    """A choice on test data, which only the file of a paper that chose so may make."""
    if search is None or search.select_on == "validation":
        return []
    return [
        "search.select_on = 'test' makes results look better than they are, and is for files of "
        "papers that chose so (below recipes/papers); use select_on = 'validation'"
    ]


def _grid(number: int, table: Value, fault: Fault) -> SearchGrid | None:
    where = f"search.grids[{number}]"
    if not isinstance(table, dict):
        fault(f"{where} is a table; got {table!r}")
        return None
    for key in set(table) - _GRID_KEYS:
        fault(f"{where}: unknown key '{key}'{near(key, _GRID_KEYS)}")
    values, combine = table.get("values"), table.get("combine", "product")
    if combine not in ("product", "pairs"):
        fault(f"{where}.combine is 'product' or 'pairs'; got {combine!r}")
    if not isinstance(values, dict) or not values:
        fault(
            f"{where}.values is a table of lists, such as {{ gamma = [0.5, 1.0] }}; got {values!r}"
        )
        return None
    columns: dict[str, tuple[Value, ...]] = {}
    for key, column in values.items():
        if isinstance(column, list) and column:
            columns[key] = tuple(column)
        else:
            fault(f"{where}.values.{key} is a list of values to try; got {column!r}")
    lengths = {key: len(column) for key, column in columns.items()}
    if combine == "pairs" and len(set(lengths.values())) > 1:
        given = ", ".join(f"{length} of '{key}'" for key, length in lengths.items())
        fault(f"{where}: 'pairs' takes as many values of each setting; got {given}")
        return None
    title = str(table.get("title", " x ".join(columns)))
    return SearchGrid(title, columns, "pairs" if combine == "pairs" else "product")
