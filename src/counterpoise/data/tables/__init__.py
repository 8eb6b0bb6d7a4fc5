"""Rows of columns: how cells become numbers, and what is learned of the training rows for that."""
