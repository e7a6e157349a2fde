"""Similarity of music that shares no sound: other performances of a work (`cover`), other uses of a melody (`melody`)."""
