"""Covers: other performances of the same music, by harmony and melody.

`features` (the print of a recording), `search` (index and answers). Nothing is imported here, so that results can be
read without loading the compiled kernels.
"""
