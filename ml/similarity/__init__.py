"""Similarity of music that shares no sound: other performances (`cover`), other uses of a melody (`melody`)."""
