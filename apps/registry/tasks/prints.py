"""The kinds of prints that the registry keeps beside fingerprints: how they are read, and which index searches them.

A version names what a print says, not how prints are searched: prints of another version are not compared.
"""

from apps.registry.tasks.similarity import COVER, MELODY, TRANSCRIPTION, Kind
from ml.similarity.cover.features import CoverPrint
from ml.similarity.cover.search import CoverIndex
from ml.similarity.melody.notes import Melody
from ml.similarity.melody.search import MelodyIndex

COVERS: Kind[CoverPrint] = Kind(COVER, "cover-1", CoverPrint.from_bytes, CoverIndex)
"""Harmony and tune of recordings."""
MELODIES: Kind[Melody] = Kind(MELODY, "melody-1", Melody.from_bytes, MelodyIndex)
"""Melodies of works, read from their scores."""
TRANSCRIPTIONS: Kind[Melody] = Kind(TRANSCRIPTION, "transcription-1", Melody.from_bytes, MelodyIndex)
"""Lead voices of recordings, transcribed."""
