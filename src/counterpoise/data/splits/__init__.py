"""Profiles, and the parts that a data set is divided into."""
