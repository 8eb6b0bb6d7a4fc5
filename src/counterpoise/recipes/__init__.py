"""Recipes: what to train, as data. One TOML file per remedy in `methods/`."""
