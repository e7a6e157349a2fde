"""Melodies: notes in, aligned notes of similar melodies out."""
