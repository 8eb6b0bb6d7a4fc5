"""The version of this package, for those who must not import its door."""

__version__ = "0.1.0"
