"""Machine listening and learning: pure functions over paths, arrays and dataclasses. Imports no Django and nothing
of `apps`.
"""
