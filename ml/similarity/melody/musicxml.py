"""Notes of MusicXML and compressed MusicXML, streamed: seconds of music21 become milliseconds, memory stays flat.

Repeats are read once through: a melody is compared by stretches, so writing repeats out would only add copies.
Entity declarations are refused (no "billion laughs", no outside files), archives are unpacked within a limit.
"""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass, field
from xml.parsers import expat

from ml.similarity.melody.errors import ScoreError
from ml.similarity.melody.notes import Note

MAX_XML_BYTES = 80 * 1024 * 1024
MAX_NOTES = 500_000
MAX_ARCHIVE_FILES = 2_000
MAX_DEPTH = 60
_SEMITONES = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}


@dataclass(slots=True)
class XmlVoice:
    """Notes of one voice on one staff of one part, in quarters at sounding pitch."""

    part: str
    name: str
    voice: str
    is_drums: bool = False
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class XmlScore:
    """Voices from the top staff down. bars: quarters. tempos: (quarter, seconds a quarter)."""

    voices: tuple[XmlVoice, ...]
    bars: tuple[float, ...]
    tempos: tuple[tuple[float, float], ...]
    title: str


def read_mxl(data: bytes) -> XmlScore:
    """Read compressed MusicXML.

    Raises
    ------
    ScoreError
        not_a_score, damaged, unsafe, too_large or unsupported.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if len(archive.infolist()) > MAX_ARCHIVE_FILES:
                raise _unsafe("holds thousands of files")
            return read_musicxml(_member(archive, _root_file(archive)))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError, KeyError) as error:
        raise _damaged() from error
    except Exception as error:
        if isinstance(error, ScoreError):
            raise
        raise _damaged() from error  # zlib and lzma have error types of their own


def read_musicxml(data: bytes) -> XmlScore:
    """Read MusicXML (score-partwise).

    Raises
    ------
    ScoreError
        not_a_score, damaged, unsafe, too_large or unsupported.
    """
    if len(data) > MAX_XML_BYTES:
        raise _too_large()
    reader = _Reader()
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    parser.EntityDeclHandler = _refuse_entity
    try:
        parser.Parse(data, True)
    except (expat.ExpatError, ValueError, OverflowError) as error:
        raise _damaged() from error
    return reader.result()


def _root_file(archive: zipfile.ZipFile) -> str:
    """The score's name, by the container file, or else the first XML file."""
    names = archive.namelist()
    if "META-INF/container.xml" in names:
        found: list[str] = []

        def start(tag: str, attributes: dict[str, str]) -> None:
            if tag.endswith("rootfile") and "full-path" in attributes:
                found.append(attributes["full-path"])

        parser = expat.ParserCreate()
        parser.StartElementHandler = start
        parser.EntityDeclHandler = _refuse_entity
        try:
            parser.Parse(_member(archive, "META-INF/container.xml"), True)
        except expat.ExpatError:
            found = []
        if found and found[0] in names:
            return found[0]
    scores = [n for n in names if n.lower().endswith((".xml", ".musicxml")) and not n.startswith("META-INF")]
    if not scores:
        raise ScoreError("not_a_score", "This archive holds no MusicXML. Export the score as .mxl or .musicxml again.")
    return scores[0]


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    with archive.open(name) as stream:
        data = stream.read(MAX_XML_BYTES + 1)
    if len(data) > MAX_XML_BYTES:
        raise _unsafe("unpacks to more than 80 MB")
    return data


def _refuse_entity(*_args: object) -> None:
    raise _unsafe("declares XML entities")


def _unsafe(why: str) -> ScoreError:
    return ScoreError("unsafe", f"This file {why} and was not read. Export the score from your notation program again.")


def _too_large() -> ScoreError:
    return ScoreError("too_large", "This score is too large. Upload one movement or song at a time.")


def _damaged() -> ScoreError:
    return ScoreError("damaged", "This MusicXML is damaged. Export the score again and upload the new file.")


class _Reader:
    """Follows the cursor of each part through its measures."""

    def __init__(self) -> None:
        self.path: list[str] = []
        self.buffer: list[str] = []
        self.title = self.movement = ""
        self.names: dict[str, str] = {}
        self.voices: dict[tuple[str, str, str], XmlVoice] = {}
        self.bars: list[float] = []
        self.tempos: list[tuple[float, float]] = []
        self.count = 0
        self.part = self.listed = ""
        self.part_number = 0
        self._new_part("")

    def _new_part(self, part: str) -> None:
        self.part, self.divisions, self.shift = part, 1.0, 0
        self.bar = self.cursor = self.reach = self.chord_onset = 0.0
        self.open: dict[tuple[str, int], int] = {}
        self.note: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        if not self.path:
            self.root = tag
            if tag == "score-timewise":
                raise ScoreError("unsupported", "Time-wise MusicXML is not read. Export it as part-wise MusicXML.")
            if tag != "score-partwise":
                raise ScoreError(
                    "not_a_score", "This XML is no MusicXML. Export the score as MusicXML and upload that."
                )
        if len(self.path) > 60:
            raise _unsafe("nests elements too deeply")
        self.path.append(tag)
        self.buffer.clear()
        if tag == "part":
            self._new_part(attributes.get("id", ""))
            self.part_number += 1
        elif tag == "measure":
            self.bar = self.cursor = self.reach
            if self.part_number == 1:
                self.bars.append(self.bar)
        elif tag == "note":
            self.note = {}
        else:
            self._mark(tag, attributes)

    def _mark(self, tag: str, attributes: dict[str, str]) -> None:
        """Elements that say everything by being there."""
        if tag == "score-part":
            self.listed = attributes.get("id", "")
        elif tag in ("grace", "chord", "rest", "cue", "unpitched"):
            self.note[tag] = "1"
        elif tag == "tie":
            self.note["tie_" + attributes.get("type", "")] = "1"
        elif tag == "sound" and "tempo" in attributes:
            self._tempo(attributes["tempo"])

    def text(self, data: str) -> None:
        """Text inside an element."""
        self.buffer.append(data)

    def end(self, tag: str) -> None:
        """An element ends."""
        self.path.pop()
        text = "".join(self.buffer).strip()
        self.buffer.clear()
        parent = self.path[-1] if self.path else ""
        if tag == "note":
            self._note()
        elif tag == "duration":
            self._duration(parent, text)
        elif parent in ("note", "pitch"):
            self.note[tag] = text
        elif tag == "divisions":
            self.divisions = max(_number(text), 1e-3) or 1.0
        elif parent == "transpose" and tag in ("chromatic", "octave-change"):
            step = round(_number(text))
            self.shift = step if tag == "chromatic" else self.shift + 12 * step
        elif tag == "part-name":
            self.names[self.listed] = text
        elif tag == "work-title":
            self.title = text
        elif tag == "movement-title":
            self.movement = text

    def _duration(self, parent: str, text: str) -> None:
        quarters = _number(text) / self.divisions
        if parent == "note":
            self.note["quarters"] = str(quarters)
        elif parent == "backup":
            self.cursor = max(self.bar, self.cursor - quarters)
        elif parent == "forward":
            self._move(quarters)

    def _move(self, quarters: float) -> None:
        self.cursor += quarters
        self.reach = max(self.reach, self.cursor)

    def _tempo(self, text: str) -> None:
        beats = _number(text)
        if beats > 0:
            self.tempos.append((self.cursor, 60 / beats))

    def _note(self) -> None:
        note = self.note
        quarters = float(note.get("quarters", "0"))
        if "grace" in note or "cue" in note:
            return
        onset = self.chord_onset if "chord" in note else self.cursor
        if "chord" not in note:
            self.chord_onset = self.cursor
            self._move(quarters)
        if "rest" in note or quarters <= 0:
            return
        key = (self.part, note.get("staff", "1"), note.get("voice", "1"))
        voice = self.voices.get(key)
        if voice is None:
            voice = self.voices[key] = XmlVoice(self.part, self.names.get(self.part, ""), key[2])
        if "unpitched" in note or note.get("step", "") not in _SEMITONES:
            voice.is_drums = True
            pitch = 38
        else:
            octave, alter = round(_number(note.get("octave", "4"))), round(_number(note.get("alter", "0")))
            pitch = 12 * (octave + 1) + _SEMITONES[note["step"]] + alter + self.shift
        self._sound(voice, onset, quarters, min(max(pitch, 0), 127))

    def _sound(self, voice: XmlVoice, onset: float, quarters: float, pitch: int) -> None:
        self.count += 1
        if self.count > MAX_NOTES:
            raise _too_large()
        at = self.open.get((voice.voice, pitch))
        if "tie_stop" in self.note and at is not None and at < len(voice.notes):
            before = voice.notes[at]
            if abs(before.onset + before.duration - onset) < 1e-3:
                voice.notes[at] = Note(before.onset, onset + quarters - before.onset, pitch)
                return
        self.open[voice.voice, pitch] = len(voice.notes)
        voice.notes.append(Note(onset, quarters, pitch))

    def result(self) -> XmlScore:
        """Everything read."""
        voices = tuple(v for v in self.voices.values() if v.notes)
        for voice in voices:
            voice.notes.sort(key=lambda n: (n.onset, n.pitch))
        return XmlScore(voices, tuple(self.bars), tuple(sorted(self.tempos)), self.title or self.movement)


def _check_root(tag: str) -> None:
    if tag == "score-timewise":
        raise ScoreError("unsupported", "Time-wise MusicXML is not read. Export it as part-wise MusicXML.")
    if tag != "score-partwise":
        raise ScoreError("not_a_score", "This XML is no MusicXML. Export the score as MusicXML and upload that.")


def _number(text: str) -> float:
    value = float(text or "0")
    if not abs(value) < 1e6:
        raise ValueError(text)
    return value
