"""The 24 works of the demo: which score, whose music, under which terms, and how it is played.

Every score lies in music21's corpus (the music21 wheel). Chosen are works long out of copyright
whose encoding says that it is free (public domain, CC0, CC BY, CC BY-SA), and tunes of printed
collections of 1778–1883 whose ABC transcriptions carry no claim. Corpus files marked for
non-commercial use or with rights reserved (Essen, Palestrina, CCARH) are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from ml.symbolic.arranging import Arrangement

LabelKey = Literal["parlour", "ceilidh"]

_CC_BY_SA_4 = "Music: public domain. Score: CC BY-SA 4.0, typeset by Cypressdome for IMSLP."
_CC_BY_SA_3 = "Music: public domain. Score: CC BY-SA 3.0, Michael Scott Cuthbert, 2010."
_CC0 = "Music: public domain. Score: CC0, Michael Scott Asato Cuthbert."
_PUBLIC = "Music and score: public domain, as the score says."
_CC_BY = "Music: public domain. Score: CC BY, 2014."
_CC_SA_BEACH = "Music: public domain (1914). Score: CC BY-SA, Michael Scott Cuthbert, 2017."
_AIRD = "Tune: public domain (Aird's Selection, Glasgow 1778–1801). ABC by Jack Campin, no claim."
_RYAN = "Tune: public domain (Ryan's Mammoth Collection, Boston 1883). ABC transcription, no claim."


@dataclass(frozen=True, slots=True)
class DemoWork:
    """A work, its source and its demo recording's metadata.

    Attributes
    ----------
    key : str
        Stable name; the file's stem.
    label : str
        ``parlour`` or ``ceilidh``: which of the two demo labels releases it.
    title, composer, artist, release : str
        Credits; every artist is marked as a demo artist.
    source, number : str, int or None
        File in music21's corpus; tune number in an ABC book.
    licence : str
        Terms of music and encoding.
    plan : Arrangement
    suffix : str
        File format.
    repeats : bool
        Whether the score's repeats are played.
    """

    key: str
    label: LabelKey
    title: str
    composer: str
    artist: str
    release: str
    source: str
    licence: str
    plan: Arrangement
    number: int | None = None
    suffix: str = ".flac"
    repeats: bool = True


_SALON, _CHAPEL = "Linden Square Salon (demo)", "Linden Square Consort (demo)"
_BAND, _STRINGS = "Quayside Ceilidh Band (demo)", "Harbour Lights Strings (demo)"
_POLONAISES, _VOICES = "Polonaises and Parlour Pieces", "Songs Without Singers"
_REELS, _AIRS = "Reels, Jigs and Hornpipes", "Airs from the Harbour"

PARLOUR: tuple[DemoWork, ...] = (
    DemoWork(
        "polonaise-in-e-flat", "parlour", "Polonaise in E-flat, Op. 1 No. 1", "Clara Schumann",
        _SALON, _POLONAISES, "schumann_clara/polonaise_op1n1.mxl", _CC_BY_SA_4,
        Arrangement(100, 76, ((0,),)), repeats=False,
    ),
    DemoWork(
        "polonaise-in-c", "parlour", "Polonaise in C, Op. 1 No. 2", "Clara Schumann",
        _SALON, _POLONAISES, "schumann_clara/polonaise_op1n2.mxl", _CC_BY_SA_4,
        Arrangement(92, 69, ((46, 42), (73, 46))), repeats=False,
    ),
    DemoWork(
        "polonaise-in-d", "parlour", "Polonaise in D, Op. 1 No. 3", "Clara Schumann",
        _SALON, _POLONAISES, "schumann_clara/polonaise_op1n3.mxl", _CC_BY_SA_4,
        Arrangement(108, 79, ((48, 48), (68, 70))), repeats=False,
    ),
    DemoWork(
        "polonaise-in-c-vibes", "parlour", "Polonaise in C, Op. 1 No. 4", "Clara Schumann",
        _SALON, _POLONAISES, "schumann_clara/polonaise_op1n4.mxl", _CC_BY_SA_4,
        Arrangement(116, 60, ((11, 12), (8, 12))), repeats=False,
    ),
    DemoWork(
        "concertino", "parlour", "Concertino for Clarinet (opening)", "Carl Maria von Weber",
        _SALON, _POLONAISES, "weber/concertino_clarinet.mxl", _PUBLIC,
        Arrangement(76, 86, ((71, 0, 0),), start=0, end=160),
    ),
    DemoWork(
        "prayer-of-a-tired-child", "parlour", "Prayer of a Tired Child, Op. 75 No. 4", "Amy Beach",
        _SALON, _POLONAISES, "beach/prayer_of_a_tired_child.musicxml", _CC_SA_BEACH,
        Arrangement(88, 61, ((68, 69, 41, 42, 4, 4),)),
    ),
    DemoWork(
        "lift-every-voice", "parlour", "Lift Every Voice and Sing", "J. Rosamond Johnson",
        _CHAPEL, _VOICES, "johnson_j_r/lift_every_voice.mxl", _CC0,
        Arrangement(66, 70, ((56, 60, 57, 58), (61, 61, 57, 58))), suffix=".mp3",
    ),
    DemoWork(
        "aloha-oe", "parlour", "Aloha ʻOe", "Queen Liliʻuokalani",
        _CHAPEL, _VOICES, "liliuokalani/aloha_oe.mxl", _CC0,
        Arrangement(84, 81, ((26, 25, 24, 32, 73, 24, 24), (22, 25, 24, 32, 26, 24, 24))),
    ),
    DemoWork(
        "jeanie", "parlour", "Jeanie with the Light Brown Hair", "Stephen Foster",
        _CHAPEL, _VOICES, "leadSheet/fosterBrownHair.mxl", _PUBLIC,
        Arrangement(80, 75, ((75,), (40,)), "arpeggio", 46, 43),
    ),
    DemoWork(
        "sonata-da-chiesa", "parlour", "Sonata da chiesa, Op. 3 No. 1: Grave", "Arcangelo Corelli",
        _CHAPEL, _VOICES, "corelli/opus3no1/1grave.xml", _CC_BY,
        Arrangement(63, 60, ((40, 40, 19),)),
    ),
    DemoWork(
        "quod-jactatur", "parlour", "Quod jactatur", "Johannes Ciconia",
        _CHAPEL, _VOICES, "ciconia/quod_jactatur.xml", _CC_BY_SA_3,
        Arrangement(72, 60, ((74,), (69,)), "drone", 20),
    ),
    DemoWork(
        "gloria", "parlour", "Gloria", "D. Luca",
        _CHAPEL, _VOICES, "luca/gloria.xml", _CC_BY_SA_3,
        Arrangement(84, 85, ((52, 53, 52),)),
    ),
)  # fmt: skip

CEILIDH: tuple[DemoWork, ...] = (
    DemoWork(
        "white-cockade", "ceilidh", "The White Cockade", "Traditional",
        _BAND, _REELS, "airdsAirs/book1.abc", _AIRD,
        Arrangement(92, 65, ((110,), (72,), (21,)), "offbeat", 25, 32, (36, 42)), number=1,
    ),
    DemoWork(
        "soldiers-joy", "ceilidh", "Soldier’s Joy", "Traditional",
        _BAND, _REELS, "airdsAirs/book1.abc", _AIRD,
        Arrangement(84, 72, ((105,), (110,)), "offbeat", 24, 43, (39,), transpose=-2), number=109,
    ),
    DemoWork(
        "irish-washerwoman", "ceilidh", "The Irish Washerwoman", "Traditional",
        _BAND, _REELS, "airdsAirs/book4.abc", _AIRD,
        Arrangement(112, 66, ((72,), (110,), (22,)), "offbeat", 21, 32, (54,)), number=619,
    ),
    DemoWork(
        "off-she-goes", "ceilidh", "Off She Goes", "Traditional",
        _BAND, _REELS, "ryansMammoth/OffSheGoesJig.abc", _RYAN,
        Arrangement(104, 60, ((21,), (40,)), "arpeggio", 15, 32, (70, 42), transpose=3),
    ),
    DemoWork(
        "colberths-hornpipe", "ceilidh", "Colberth’s Hornpipe", "Traditional",
        _BAND, _REELS, "ryansMammoth/ColberthsHornpipe.abc", _RYAN,
        Arrangement(78, 62, ((13,), (71,)), "offbeat", 0, 32, (37, 42), transpose=-3),
    ),
    DemoWork(
        "great-eastern-reel", "ceilidh", "Great Eastern Reel", "Clem Titus",
        _BAND, _REELS, "ryansMammoth/GreatEasternReel.abc", _RYAN,
        Arrangement(88, 60, ((40,), (64,)), "offbeat", 26, 33, (36, 38), transpose=5),
    ),
    DemoWork(
        "saddle-the-pony", "ceilidh", "Saddle the Pony", "Traditional",
        _STRINGS, _AIRS, "ryansMammoth/SaddleThePonyJig.abc", _RYAN,
        Arrangement(96, 60, ((109,), (110,)), "drone", 42, None, (36,)),
    ),
    DemoWork(
        "macgregor-aruaro", "ceilidh", "MacGregor Aruaro", "Traditional",
        _STRINGS, _AIRS, "airdsAirs/book4.abc", _AIRD,
        Arrangement(66, 78, ((42,), (41,)), "block", 48, 43, transpose=-5), number=637,
    ),
    DemoWork(
        "bonny-charlie", "ceilidh", "Bonny Charlie", "Traditional",
        _STRINGS, _AIRS, "airdsAirs/book2.abc", _AIRD,
        Arrangement(104, 99, ((73,), (46,)), "arpeggio", 6, 42), number=309,
    ),
    DemoWork(
        "tam-glen", "ceilidh", "Tam Glen", "Traditional",
        _STRINGS, _AIRS, "airdsAirs/book6.abc", _AIRD,
        Arrangement(76, 70, ((68,), (48,)), "block", 19, 43, transpose=1), number=1100,
    ),
    DemoWork(
        "craigie-burn-wood", "ceilidh", "Craigie Burn Wood", "Traditional",
        _STRINGS, _AIRS, "airdsAirs/book5.abc", _AIRD,
        Arrangement(48, 63, ((46,), (40,)), "arpeggio", 45, 32, transpose=-4), number=918,
        suffix=".mp3",
    ),
    DemoWork(
        "pastheen-fuen", "ceilidh", "Pastheen Fuen", "Traditional",
        _STRINGS, _AIRS, "airdsAirs/book6.abc", _AIRD,
        Arrangement(40, 91, ((107,), (78,)), "arpeggio", 108, 43), number=1109,
    ),
)  # fmt: skip

WORKS: tuple[DemoWork, ...] = PARLOUR + CEILIDH
