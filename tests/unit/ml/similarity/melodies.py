"""Melodies for tests: seeded tunes in a key, and score files made by independent writers."""

import io
import zipfile

import mido
import numpy as np

from ml.similarity.melody.notes import Melody, Note

SCALE = (0, 2, 4, 5, 7, 9, 11)


def tune(seed, notes=60, title=""):
    """A random walk in C major with leaps and phrases; unlike every other seed's."""
    rng = np.random.default_rng(seed)
    degree, onset, out = int(rng.integers(3, 10)), 0.0, []
    for _ in range(notes):
        length = float(rng.choice([0.5, 0.5, 1.0, 1.5]))
        out.append(Note(onset, length, 60 + 12 * (degree // 7) + SCALE[degree % 7]))
        onset += length
        degree = int(np.clip(degree + rng.choice([-4, -3, -2, -1, -1, 0, 1, 1, 2, 3, 5]), -3, 15))
    return Melody(tuple(out), title or f"Tune {seed}")


def midi_file(tracks, *, tempo=500_000):
    """Bytes by mido. tracks: (name, channel, program, melody); 480 ticks a quarter."""
    file = mido.MidiFile(ticks_per_beat=480)
    for number, (name, channel, program, melody) in enumerate(tracks):
        track = mido.MidiTrack()
        file.tracks.append(track)
        track.append(mido.MetaMessage("track_name", name=name))
        if not number:
            track.append(mido.MetaMessage("set_tempo", tempo=tempo))
            track.append(mido.MetaMessage("time_signature", numerator=3, denominator=4))
        track.append(mido.Message("program_change", channel=channel, program=program))
        events = []
        for note in melody.notes:
            events.append((round(note.onset * 480), 1, note.pitch))
            events.append((round((note.onset + note.duration) * 480), 0, note.pitch))
        now = 0
        for tick, on, pitch in sorted(events):
            kind = "note_on" if on else "note_off"
            track.append(mido.Message(kind, channel=channel, note=pitch, velocity=80 * on, time=tick - now))
            now = tick
    out = io.BytesIO()
    file.save(file=out)
    return out.getvalue()


XML = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" "http://www.musicxml.org/dtds/partwise.dtd">
<score-partwise version="4.0">
  <work><work-title>Three bars</work-title></work>
  <part-list>
    <score-part id="P1"><part-name>Clarinet</part-name></score-part>
  </part-list>
  <part id="P1">
    <measure number="1">
      <attributes><divisions>2</divisions><transpose><chromatic>-2</chromatic></transpose></attributes>
      <direction><sound tempo="120"/></direction>
      <note><pitch><step>D</step><octave>5</octave></pitch><duration>2</duration><voice>1</voice></note>
      <note><grace/><pitch><step>A</step><octave>5</octave></pitch><voice>1</voice></note>
      <note><pitch><step>F</step><alter>1</alter><octave>5</octave></pitch><duration>2</duration><voice>1</voice></note>
      <note><chord/><pitch><step>A</step><octave>4</octave></pitch><duration>2</duration><voice>1</voice></note>
      <note>
        <pitch><step>A</step><octave>5</octave></pitch><duration>4</duration><tie type="start"/><voice>1</voice>
      </note>
    </measure>
    <measure number="2">
      <note>
        <pitch><step>A</step><octave>5</octave></pitch><duration>2</duration><tie type="stop"/><voice>1</voice>
      </note>
      <note><rest/><duration>2</duration><voice>1</voice></note>
      <note><pitch><step>B</step><octave>4</octave></pitch><duration>4</duration><voice>1</voice></note>
    </measure>
  </part>
</score-partwise>
"""


def archive(members):
    """Bytes of a zip file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


CONTAINER = '<container><rootfiles><rootfile full-path="score.xml"/></rootfiles></container>'
