"""The figures of a report; matplotlib is imported when the first one is drawn."""

from counterpoise.report.plots.figures import DrawnFigure, draw_all, figures_of

__all__ = ["DrawnFigure", "draw_all", "figures_of"]
