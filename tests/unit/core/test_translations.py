"""Every text that a person may read is there in Simplified Chinese, with the same places to fill in."""

import ast
import io
import re
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parents[3]
CATALOGUE = ROOT / "locale/zh_Hans/LC_MESSAGES/django.po"
PLACES = re.compile(r"%\(\w+\)[\d.]*[sdf]|%%s|%s")
NAMES = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy", "pgettext", "pgettext_lazy"}
TEMPLATE_CALL = re.compile(
    r"""\b(?:n|p)?gettext(?:_noop)?\((?:u?)(".*?(?<!\\)"|'.*?(?<!\\)')[,)]|_\(("[^"]*"|'[^']*')\)""", re.S
)


@pytest.fixture(scope="module")
def messages() -> dict[str, Message]:
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    found = {}
    for message in catalogue:
        if message.id:
            found[message.id if isinstance(message.id, str) else message.id[0]] = message
    return found


def texts_of(message):
    return [message.string] if isinstance(message.string, str) else list(message.string)


def said_in_python(file: Path):
    tree = ast.parse(file.read_text())
    translators = NAMES | {
        alias.asname
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for alias in node.names
        if alias.asname and alias.name in NAMES
    }
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        first = node.args[0]
        if name in translators and isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def said_in_template(file: Path):
    pseudo = templatize(file.read_text(), origin=str(file))
    for double, single in TEMPLATE_CALL.findall(pseudo):
        yield ast.literal_eval(double or single)


def test_every_text_is_translated(messages):
    said = set()
    for file in (ROOT / "apps").rglob("*.py"):
        said |= set(said_in_python(file))
    for file in (ROOT / "templates").rglob("*.*"):
        if file.suffix in (".html", ".txt"):
            said |= set(said_in_template(file))
    assert len(said) > 500
    assert sorted(said - set(messages) - {""}) == []


def test_no_translation_is_empty_or_unsure(messages):
    wrong = [key for key, message in messages.items() if message.fuzzy or not all(texts_of(message))]
    assert wrong == []


def test_translations_have_the_same_places_to_fill_in(messages):
    def places(text):
        return sorted(PLACES.findall(text))

    wrong = []
    for key, message in messages.items():
        source = message.id if isinstance(message.id, str) else message.id[-1]
        wrong += [key for text in texts_of(message) if places(text) != places(source)]
    assert wrong == []


def test_the_catalogue_compiles_and_has_one_plural_form():
    from babel.messages.mofile import write_mo

    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    assert catalogue.num_plurals == 1
    assert compiled.tell() > 20_000
