"""Cue sheets as files: CSV with everything, JSON, a CUE file for players, and the sheet that broadcasters file."""

from apps.monitoring.exports.formats import FORMATS, Export, export

__all__ = ["FORMATS", "Export", "export"]
