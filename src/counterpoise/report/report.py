"""The report of a comparison: ranked methods, verdict, and the forms it is read in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.metrics import METRICS
from counterpoise.report import structured, tabular
from counterpoise.report.folder import Experiment, Run
from counterpoise.report.results import MethodResult

if TYPE_CHECKING:
    from pandas import DataFrame


@dataclass(frozen=True, eq=False)
class Report:
    """A finished comparison.

    Ranked by the selecting metric on *validation*; everything that is said about differences is
    measured on *test*. `indistinguishable` leaves the best itself out.

    Args:
        experiment: the settings that all runs shared.
        methods: ranked methods first, then controls, then those that diverged or failed.
        best: name of the best method; None when no method finished.
        indistinguishable: methods that the test set does not show to be worse than the best,
            cheapest first.
        better_on_test: those among them that it shows to be better.
        warnings: what to know before believing the table, in sentences.
        runs: method -> its runs, in the order of the splits.
    """

    experiment: Experiment
    methods: tuple[MethodResult, ...]
    best: str | None
    indistinguishable: tuple[str, ...]
    warnings: tuple[str, ...]
    runs: Mapping[str, Sequence[Run]]
    better_on_test: tuple[str, ...] = ()

    @property
    def rows(self) -> tuple[MethodResult, ...]:
        """The methods less those that gave the same scores as an earlier one, as tables show."""
        return tuple(method for method in self.methods if method.alias_of is None)

    @property
    def failed(self) -> bool:
        """Whether any method failed (diverging is a result, not a failure)."""
        return any(method.status == "failed" for method in self.methods)

    @property
    def undecided(self) -> bool:
        """Whether no ranked method is shown to be worse than the best, or one to be better."""
        ranked = sum(method.rank is not None for method in self.rows)
        alike = ranked > 1 and len(self.indistinguishable) == ranked - 1
        return alike or bool(self.better_on_test)

    @property
    def verdict(self) -> str:
        """The last line: the best, and every method that is not distinguishable from it."""
        if self.best is None:
            return f"No method finished with a {METRICS[self.experiment.select].lower()}."
        by = f"by {METRICS[self.experiment.select].lower()} on validation"
        equal = ", ".join(m for m in self.indistinguishable if m not in self.better_on_test)
        if self.better_on_test:
            rest = f"; not distinguishable from it, cheapest first: {equal}" if equal else ""
            return (
                f"Undecided: {self.best} is best {by}, yet on test better than it: "
                f"{', '.join(self.better_on_test)}{rest}."
            )
        if self.undecided:
            return (
                f"Undecided: {self.best} is best {by}, but on test no method can be told from "
                f"it; cheapest first: {equal}."
            )
        if not equal:
            ranked = sum(method.rank is not None for method in self.rows)
            others = "; on test every other method is worse" if ranked > 1 else ""
            return f"Best {by}: {self.best}{others}."
        return (
            f"Best {by}: {self.best}. On test not distinguishable from it, cheapest first: {equal}."
        )

    def table(self) -> list[dict[str, object]]:
        """One flat row for each method; test metrics carry their own names.

        Keys: rank, method, status, converged, validation, the ten metrics, their `_sd`, seconds,
        difference, difference_low, difference_high; `validation` and the difference to the
        baseline are in the selecting metric.
        """
        return tabular.rows(self.experiment, self.methods)

    def to_frame(self) -> DataFrame:
        """`table` as a pandas DataFrame with one row for each method."""
        from pandas import DataFrame

        return DataFrame(self.table())

    def text(self, width: int = 100) -> str:
        """Ranked table for a terminal, warnings, and the verdict as the last line.

        Args:
            width: columns of the terminal; metrics that do not fit are left out.
        """
        return tabular.text(self, width)

    def markdown(self, metrics: Sequence[str] = tabular.MARKDOWN_METRICS) -> str:
        """Table for a page of documentation: test mean and sd, difference to the baseline.

        Args:
            metrics: test metrics to show after the selecting one.
        """
        return tabular.markdown(self, metrics)

    def as_json(self) -> dict[str, object]:
        """What report.json holds; see docs/report.md."""
        return structured.as_json(self)

    def write(self, out: str | Path) -> Path:
        """Write report.json, report.html and the pictures; return the path of report.html.

        Raises:
            OutputError: the folder cannot be written.
        """
        from counterpoise.report.write import write

        return write(self, Path(out))

    def _repr_html_(self) -> str:
        from counterpoise.report.page import fragment

        return fragment(self)
