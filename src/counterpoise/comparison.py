"""The notebook door: one function that compares remedies on a data set."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import partial
from textwrap import fill, indent
from typing import Unpack

from counterpoise.data.sets.refused import as_given
from counterpoise.data.sets.stored import stored
from counterpoise.errors import ArgumentError
from counterpoise.experiments.compare_options import CompareOptions
from counterpoise.experiments.driver import conduct, load_data
from counterpoise.experiments.engines.engine import Engine
from counterpoise.experiments.options import Options
from counterpoise.experiments.progress import Display, display
from counterpoise.python_words import errors_as_asked, python_call, python_data
from counterpoise.report import Report, collect

SILENT = ("command", "progress")  # no part of the question


@dataclass(frozen=True)
class Beside:
    """What a comparison is given that goes on beside others.

    Args:
        engine: that all of them share.
        display: of its own lines.
    """

    engine: Engine
    display: Display


def compare(dataset: object, *further: object, **options: Unpack[CompareOptions]) -> Report:
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
    if further:
        raise ArgumentError(
            "compare takes the data as one argument, a pair for arrays: compare((X, y)), "
            'compare(df, label="churned") or compare("folder"); other arguments go by their names; '
            f"got {1 + len(further)} without a name"
        )
    command = options.get("command") or _call(dataset, options)
    with errors_as_asked(command), as_given(dataset):
        source, asked = stored(dataset, options)
        return report_of(Options.of({"dataset": source, **asked, "command": command}))


def _call(dataset: object, options: CompareOptions) -> str:
    """The call that repeats the comparison, with the data as they were given."""
    data, note = python_data(dataset)
    asked = {name: value for name, value in options.items() if name not in SILENT}
    return python_call("counterpoise.compare", [data], asked, note)


def report_of(options: Options, begun: float | None = None, beside: Beside | None = None) -> Report:
    """Conduct a comparison that began `begun`, and write its report into the output folder.

    Args:
        options: what was asked.
        begun: by the monotonic clock.
        beside: what it has of others that go on at the same time.
    """
    shown = display(options.progress, options.command) if beside is None else beside.display
    conduct(options, shown, begun, None if beside is None else beside.engine)
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
    (dataset, *_) = given.parameters.values()
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
