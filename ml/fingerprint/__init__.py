"""Recognising recordings: `extract` (peaks and landmarks), `blocks` and `store` (postings), `match` (search and
verification).

Nothing is imported here, so that the codec can be used without loading the compiled kernels.
"""
