"""Symbolic music: scores read, arranged and rendered to sound (Django-free)."""
