"""Intervals by resampling splits and test samples."""
