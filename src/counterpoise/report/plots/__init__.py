"""The pictures of a report; matplotlib is imported when the first one is drawn."""

from counterpoise.report.plots.picture import Picture, draw_all, search_picture

__all__ = ["Picture", "draw_all", "search_picture"]
