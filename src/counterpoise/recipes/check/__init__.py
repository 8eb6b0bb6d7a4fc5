"""Checks of recipe tables, before anything is built."""
