"""Covers: other performances of the same music, by its harmony."""
