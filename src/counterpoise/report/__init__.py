"""Run folders in, tables, intervals, pictures and pages out. Numpy only: imports no torch."""

from counterpoise.report.collect import collect
from counterpoise.report.report import Report
from counterpoise.report.results import Difference, Estimate, MethodResult

__all__ = ["Difference", "Estimate", "MethodResult", "Report", "collect"]
