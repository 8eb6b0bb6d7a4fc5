"""Charts as SVG: what is drawn as plain values, and their drawing; no library is needed."""

from counterpoise.report.svg.chart import Axis, Bars, Chart, Dots, Line, Panel, Rule
from counterpoise.report.svg.draw import drawn, legend_of

__all__ = ["Axis", "Bars", "Chart", "Dots", "Line", "Panel", "Rule", "drawn", "legend_of"]
