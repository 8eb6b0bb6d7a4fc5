"""The figures of a report."""

from counterpoise.report.plots.figures import Figure, figures_of

__all__ = ["Figure", "figures_of"]
