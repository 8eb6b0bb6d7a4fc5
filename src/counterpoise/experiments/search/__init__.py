"""Choosing settings: each candidate is trained once on the first split, validation decides."""
