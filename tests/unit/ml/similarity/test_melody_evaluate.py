import json

import pytest

from ml.cli import main as ml_main
from ml.similarity.melody.evaluate import sharing
from ml.similarity.melody.variants import Pair

HEAD = "X:{number}\nT:{title}\nM:4/4\nL:1/8\nK:C\n"
TUNES = (
    "CEGc BAGF|EGce dcBA|GEFD CDEF|G2c2 e2d2|cAFA GECE|DFAd c4|",
    "c2BA G2FE|DEFG A2B2|cdcB AGAB|c2G2 E2C2|FGAF DEFD|G4 C4|",
    "EDEG cBcA|GFGE DCDE|FAcA dBGB|c3d e2c2|afdf ecAc|BGDG C4|",
)


def book(folder, titles, *, key):
    folder.mkdir()
    text = "\n".join(
        (HEAD.format(number=k + 1, title=title) + TUNES[k]).replace("K:C", f"K:{key}") + "\n"
        for k, title in enumerate(titles)
    )
    (folder / "book.abc").write_text(text)
    return str(folder)


def test_pairs_of_one_title_are_searched_both_ways(tmp_path, capsys):
    titles = ("The Blue Heron", "Lark at Dawn", "Winter Harbour")
    folders = [book(tmp_path / "one", titles, key="C"), book(tmp_path / "two", titles, key="G")]
    out = tmp_path / "figures.json"
    assert ml_main(["melody", "evaluate", *folders, "--variants", "--json", str(out)]) == 0
    figures = json.loads(out.read_text())
    kinds = {Pair("".join(t.lower().replace("the ", "").split()), ("", 0), ("", 0)).is_held_out for t in titles}
    halves = {"held out" if held else "development" for held in kinds}
    assert set(figures["places"]) == {f"variants, whole, {half}" for half in halves}
    ranks = [hit["rank"] for kind, hits in figures["hits"].items() if "whole" in kind for hit in hits]
    assert ranks == [0] * 6  # each of three pairs, both ways
    assert [p for places in figures["places"].values() for p in places] == [0.0] * 6
    assert figures["unknown"] == {}
    assert "about 100% share a melody" in capsys.readouterr().out


def test_the_share_of_pairs_with_something_in_common():
    # Evenly spread places mean nothing in common; half at the top and half evenly spread mean half.
    even = [k / 200 for k in range(1, 201)]
    assert sharing(even) == pytest.approx(0.0)
    assert sharing([0.0] * 200 + even) == pytest.approx(0.5)
