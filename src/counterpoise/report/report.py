"""The report of a comparison: its results, in the forms in which they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from counterpoise.errors import ArgumentError
from counterpoise.python_words import errors_as_asked
from counterpoise.report import classes, page, report_json, tables, write
from counterpoise.report.advice.advise import advise, advised
from counterpoise.report.errors.samples import Load
from counterpoise.report.results import Results

if TYPE_CHECKING:
    from pandas import DataFrame

    from counterpoise.predict import Ensemble


class Report(Results):
    """A finished comparison, as table, page, JSON and files; the values are those of `Results`."""

    def __str__(self) -> str:
        """What the terminal shows: `text` at its usual width."""
        return self.text()

    def __repr__(self) -> str:
        """One line; `Results` has thousands of numbers."""
        return f"<Report of {len(self.methods)} methods in {str(self.folder)!r}>"

    @property
    def advice(self) -> tuple[str, ...]:
        """What to do, in sentences: which method, for rare and for other classes, how sure, next.

        A class that the method to use never finds is the first sentence; see docs/report.md for
        the arithmetic.
        """
        return advise(self)

    def predictor(self, method: str | None = None, device: str = "cpu") -> Ensemble:
        """All saved runs of one method, which predict together.

        Args:
            method: by default the one that the advice names; where it recommends none, the best
                on validation.
            device: where it predicts: auto, cpu, cuda or cuda:N.

        Raises:
            ArgumentError: no method was chosen, or the report was not read from a folder.
            CheckpointError: that method has no saved run.
        """
        from counterpoise.predict import Ensemble

        chosen = method or advised(self) or self.best
        if chosen is None or self.folder is None:
            raise ArgumentError(
                "no method of this report was chosen on validation, or it has no folder; name one "
                "of report.methods, of a report that collect(FOLDER) reads"
            )
        return Ensemble.load(self.folder, chosen, device)

    def table(self) -> list[dict[str, object]]:
        """One flat row for each method; test metrics carry their own names.

        Keys: rank, method, status, converged, validation, the ten metrics, their `_sd`, seconds,
        difference, difference_low, difference_high; `validation` and the difference to the
        baseline are in the selecting metric.
        """
        return tables.rows(self)

    def to_frame(self) -> DataFrame:
        """`table` as a pandas DataFrame with one row for each method."""
        from pandas import DataFrame

        return DataFrame(self.table())

    def text(self, width: int = 100) -> str:
        """Ranked table for a terminal, warnings, and the advice.

        Args:
            width: columns of the terminal; metrics that do not fit are left out.
        """
        return tables.text(self, width)

    def by_class(self, method: str) -> str:
        """Recall, precision and F1 of every class by one method, the rarest class first.

        Raises:
            ArgumentError: there is no such method, or it has no finished runs.
        """
        return classes.text(self, method)

    def markdown(self, metrics: Sequence[str] = tables.MARKDOWN_METRICS) -> str:
        """Table for a page of documentation: test mean and sd, difference to the baseline.

        Args:
            metrics: test metrics to show after the selecting one.
        """
        return tables.markdown(self, metrics)

    def as_json(self) -> dict[str, object]:
        """What report.json holds; see docs/report.md."""
        return report_json.record(self).as_json()

    def write(self, out: str | Path, *, load: Load | None = None) -> Path:
        """Write report.json, predictions.csv and report.html; return the path of report.html.

        Args:
            out: folder to write into.
            load: reads the data set, whose samples are shown among the errors; by default by its
                name alone.

        Raises:
            OutputError: the folder cannot be written.
        """
        with errors_as_asked(self.experiment.command):
            return write.write(self, Path(out), load)

    def _repr_html_(self) -> str:
        return page.fragment(self)
