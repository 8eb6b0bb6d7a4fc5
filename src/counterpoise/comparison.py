"""The notebook door: one function that compares remedies on a data set."""

from __future__ import annotations

import inspect
from functools import partial
from textwrap import fill, indent
from typing import Unpack

from counterpoise.data.sets.stored import stored
from counterpoise.errors import CounterpoiseError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.experiments.driver import conduct, load_data
from counterpoise.experiments.option_words import said_in_python
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import display
from counterpoise.report import Report, collect


def compare(dataset: object, **options: Unpack[CompareOptions]) -> Report:
    """Train every method with the same number of updates, and say which one to use.

    Runs that are finished in `out` are not trained again, so the same call resumes. Test data
    are read once, after training; the best method is chosen on validation data.

    Args:
        {options}

    Raises:
        CounterpoiseError: anything that the user has to change; nothing half-made is left.

    Returns:
        The report; ``report.html`` and ``report.json`` lie in `out` too.
    """
    try:
        source, asked = stored(dataset, options)
        return report_of(Options.of({"dataset": source, **asked}))
    except CounterpoiseError as error:
        error.args = tuple(
            said_in_python(part, CompareOptions.__annotations__) if isinstance(part, str) else part
            for part in error.args
        )
        raise


def report_of(options: Options, begun: float | None = None) -> Report:
    """Conduct a comparison that began `begun`, and write its report into the output folder."""
    conduct(options, display(options.progress), begun)
    report = collect(options.out)
    report.write(options.out, load=partial(load_data, options))
    return report


def _describe() -> None:
    """Give `compare` its signature and the list of its arguments from `Options`, once."""
    fields = {
        name: Options.model_fields[name] for name in ("dataset", *CompareOptions.__annotations__)
    }
    lines = [
        fill(f"{name}: {field.description}", 95, initial_indent=" " * 4, subsequent_indent=" " * 8)
        for name, field in fields.items()
    ]
    text = inspect.cleandoc(str(compare.__doc__)).replace("    {options}", "\n".join(lines))
    compare.__doc__ = indent(text, " " * 4).lstrip()  # as if it stood there, in any Python
    given = inspect.signature(compare)
    (dataset, _) = given.parameters.values()
    named = [
        inspect.Parameter(
            name,
            inspect.Parameter.KEYWORD_ONLY,
            default=fields[name].default,
            annotation=kind.__forward_arg__,
        )
        for name, kind in CompareOptions.__annotations__.items()
    ]
    compare.__signature__ = given.replace(parameters=[dataset, *named])  # type: ignore[attr-defined]


_describe()
