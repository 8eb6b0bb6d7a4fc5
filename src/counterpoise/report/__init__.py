"""Run folders in; tables, intervals, figures and pages out. Imports no torch."""

from counterpoise.report.collect import collect, finished_runs
from counterpoise.report.report import Report
from counterpoise.report.results import Difference, Estimate, MethodResult

__all__ = ["Difference", "Estimate", "MethodResult", "Report", "collect", "finished_runs"]
