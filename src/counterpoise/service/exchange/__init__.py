"""Cameras in and out: CSV, JSON and GeoJSON files, and what is wrong with each row of them."""
