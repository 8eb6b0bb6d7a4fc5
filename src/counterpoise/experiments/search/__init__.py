"""Choosing settings: each candidate is trained once on the first split, and validation chooses."""
