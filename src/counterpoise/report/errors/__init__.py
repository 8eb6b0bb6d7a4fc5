"""What a method got wrong, sample by sample, and which labels are likely wrong."""

from counterpoise.report.errors.found import ErrorsFound, Mistake, errors_of, find_errors

__all__ = ["ErrorsFound", "Mistake", "errors_of", "find_errors"]
