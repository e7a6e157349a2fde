"""The browser files: icons become a sprite, packages are copied, nothing is done twice."""

import json
from pathlib import Path

import pytest

from config import build_static
from config.build_static import BuildError, build, node_is_new_enough, sprite


@pytest.mark.parametrize(
    ("version", "expected"),
    [("v24.19.0\n", True), ("v18.0.0", True), ("v17.9.9", False), ("v12.22.9", False), ("", False), ("node?", False)],
)
def test_node_is_new_enough(version: str, expected: bool) -> None:
    assert node_is_new_enough(version) is expected


def icon(folder: Path, name: str, body: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.svg").write_text(f'<!-- licence -->\n<svg\n  class="x"\n  width="24"\n>\n  {body}\n</svg>\n')


def test_sprite_has_one_symbol_an_icon(tmp_path: Path) -> None:
    icon(tmp_path, "disc", '<circle cx="12" cy="12" r="10" />')
    icon(tmp_path, "x", '<path d="M18 6 6 18" />')

    text = sprite(["disc", "x"], tmp_path)

    assert text.count("<symbol ") == 2
    assert (
        '<symbol id="disc" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
        'stroke-linecap="round" stroke-linejoin="round"><circle cx="12" cy="12" r="10" /></symbol>'
    ) in text


def test_sprite_names_an_icon_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match="no icon 'nonesuch'"):
        sprite(["nonesuch"], tmp_path)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A small checkout whose one stylesheet is not built (there is no css entry)."""
    source = tmp_path / "static" / "src"
    (source / "js").mkdir(parents=True)
    (source / "js" / "app.js").write_text("export {};\n")
    (source / "icons.txt").write_text("# icons\nx   # close\n\nx\n")
    (source / "build.json").write_text(
        json.dumps(
            {
                "copy_folders": {"js": "js", "absent": "absent"},
                "copy_packages": {"vendor/lib.js": "lib/dist/lib.js"},
                "icons": {"list": "icons.txt", "package": "lucide/icons", "target": "icons.svg"},
            }
        )
    )
    library = tmp_path / "node_modules" / "lib" / "dist"
    library.mkdir(parents=True)
    (library / "lib.js").write_text("lib\n")
    icon(tmp_path / "node_modules" / "lucide" / "icons", "x", "<path />")
    (tmp_path / "package-lock.json").write_text("{}")
    return tmp_path


def test_build_fills_dist_once(project: Path) -> None:
    assert build(project) is True
    dist = project / "static" / "dist"
    assert sorted(str(file.relative_to(dist)) for file in dist.rglob("*") if file.is_file()) == [
        ".stamp",
        "icons.svg",
        "js/app.js",
        "vendor/lib.js",
    ]
    assert build(project) is False


def test_build_notices_a_changed_input_and_forgets_removed_files(project: Path) -> None:
    build(project)
    (project / "static" / "src" / "js" / "app.js").rename(project / "static" / "src" / "js" / "main.js")

    assert build(project) is True
    assert [file.name for file in (project / "static" / "dist" / "js").iterdir()] == ["main.js"]


def test_build_notices_a_changed_template(project: Path) -> None:
    build(project)
    (project / "templates").mkdir()
    (project / "templates" / "page.html").write_text('<p class="mt-4">')

    assert build(project) is True


def test_a_failed_build_keeps_the_last_good_one(project: Path) -> None:
    build(project)
    (project / "static" / "src" / "icons.txt").write_text("nonesuch\n")

    with pytest.raises(BuildError, match="nonesuch"):
        build(project)

    assert (project / "static" / "dist" / "vendor" / "lib.js").read_text() == "lib\n"
    assert [folder.name for folder in (project / "static").iterdir() if folder.name.startswith("dist")] == ["dist"]


def test_build_names_a_package_file_that_is_not_installed(project: Path) -> None:
    (project / "node_modules" / "lib" / "dist" / "lib.js").unlink()
    with pytest.raises(BuildError, match=r"lib/dist/lib\.js is in no installed package"):
        build(project)


def test_packages_are_fetched_again_only_when_the_lock_changes(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (project / "package.json").write_text("{}")
    npm = project / "npm"
    npm.write_text('#!/bin/sh\necho "$@" >> calls\n')
    npm.chmod(0o755)
    monkeypatch.setattr(build_static, "_npm_of_the_machine", lambda: [str(npm)])

    assert build_static.install_packages(project) is True
    assert build_static.install_packages(project) is False
    (project / "package-lock.json").write_text('{"lockfileVersion": 3}')
    assert build_static.install_packages(project) is True

    assert (project / "calls").read_text().splitlines() == [" ".join(build_static.NPM_ARGUMENTS)] * 2
