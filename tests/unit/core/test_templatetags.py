"""Component tags: what they write, and that they escape, refuse and keep."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, RequestContext, Template, TemplateSyntaxError
from django.test import RequestFactory

from apps.core.components import html_attributes
from apps.core.display import Alignment, Segment, Side, Verdict

ROOT = Path(__file__).resolve().parents[3]
LOAD = "{% load components media formats %}"


def render(source, address="/", **values):
    request = RequestFactory().get(address)
    return Template(LOAD + source).render(RequestContext(request, {"request": request, **values}))


def squeeze(html):
    return re.sub(r"\s+", " ", html).strip()


class TrackForm(forms.Form):
    title = forms.CharField(help_text="As on the sleeve.")
    isrc = forms.CharField(required=False)

    def clean_isrc(self):
        raise forms.ValidationError("Twelve characters.")


def test_every_icon_that_a_template_names_is_in_the_sprite():
    known = {line.strip() for line in (ROOT / "static/src/icons.txt").read_text().splitlines()}
    named = set()
    for file in (ROOT / "templates").rglob("*.html"):
        text = file.read_text()
        named |= set(re.findall(r'{% icon "([a-z0-9-]+)"', text))
        named |= set(re.findall(r'\b(?:submit_)?icon="([a-z0-9-]+)"', text))
    for file in (ROOT / "apps").rglob("*.py"):
        named |= set(re.findall(r'\bicon="([a-z0-9-]+)"', file.read_text()))
    assert len(named) > 20
    assert named - known == set()


INLINE = re.compile(
    r"""\sstyle="|<style|\son(click|change|submit|load|input)=|<script(?![^>]*(src=|type="application/json"))"""
)


def test_no_template_has_an_inline_style_or_script_or_handler():
    templates = [file for file in (ROOT / "templates").rglob("*.html") if "email" not in file.parts]
    assert [str(file.relative_to(ROOT)) for file in templates if INLINE.search(file.read_text())] == []


def test_icon_is_decorative_unless_labelled():
    assert render('{% icon "play" %}') == (
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#play"></use></svg>'
    )
    assert 'role="img" aria-label="Play"' in render('{% icon "play" label="Play" size="sm" %}')


def test_button_is_a_link_with_href_and_escapes_its_label():
    html = render('{% button label href=to kind="primary" hx_get="/y" %}', label="<b>Go</b>", to="/x?a=1&b=2")
    assert html.startswith('<a class="btn btn-primary" href="/x?a=1&amp;b=2" hx-get="/y">')
    assert "&lt;b&gt;Go&lt;/b&gt;" in html
    assert render('{% button "Save" name="action" value="save" %}').startswith(
        '<button class="btn btn-outline" type="submit" name="action" value="save">'
    )


def test_a_disabled_link_is_no_link():
    html = render('{% button "Go" href="/x" disabled=True %}')
    assert html.startswith("<button")
    assert " disabled" in html


def test_an_unknown_kind_or_parameter_is_an_error():
    with pytest.raises(KeyError):
        render('{% button "Go" kind="flashy" %}')
    with pytest.raises(TemplateSyntaxError):
        render('{% status "clear" colour="red" %}')


def test_attributes_are_escaped_and_dropped_when_empty():
    given = {"data_title": '"><script>', "hidden": True, "title": "", "hx_get": None, "class_": "a"}
    assert html_attributes(given) == ' data-title="&quot;&gt;&lt;script&gt;" hidden class="a"'


def test_field_keeps_what_was_typed_and_ties_help_and_errors_to_it():
    form = TrackForm({"title": 'Night "train"', "isrc": "x"})
    html = squeeze(render("{% field form.title %}{% field form.isrc %}", form=form))
    assert 'value="Night &quot;train&quot;"' in html
    assert 'aria-describedby="id_title_errors id_title_help"' in html
    assert '<p class="field-help" id="id_title_help">As on the sleeve.</p>' in html
    assert 'class="input w-full is-wrong" aria-describedby="id_isrc_errors" aria-invalid="true"' in html
    assert "<span>Twelve characters.</span>" in html
    assert html.count('class="field-optional"') == 1


def test_form_has_token_summary_and_all_fields_when_empty():
    form = TrackForm({"title": "", "isrc": "x"})
    html = squeeze(render('{% form form cancel="/back" %}{% endform %}', form=form))
    assert 'name="csrfmiddlewaretoken"' in html
    assert "2 fields need another look." in html
    assert 'name="title"' in html
    assert 'name="isrc"' in html
    assert 'href="/back"' in html
    assert "data-keep" in html
    assert 'action="' not in html.split(">")[0]


def test_form_with_content_shows_only_that():
    html = render("{% form form %}{% field form.title %}{% endform %}", form=TrackForm())
    assert 'name="title"' in html
    assert 'name="isrc"' not in html


def test_a_get_form_has_no_token():
    assert "csrfmiddlewaretoken" not in render('{% form form method="get" %}{% endform %}', form=TrackForm())


def test_status_says_the_state_in_words_and_tone():
    html = squeeze(render('{% status "conflict" %}'))
    assert 'class="status-badge tone-attention"' in html
    assert "<span>Conflict</span>" in html
    assert "<span>&lt;i&gt;odd</span>" in render("{% status value %}", value="<i>odd")


def test_pagination_keeps_the_address():
    page = Paginator(range(95), 10).page(3)
    html = render("{% pagination page %}", address="/t?sort=-title&page=3&q=a%26b", page=page)
    assert 'href="?sort=-title&amp;q=a%26b&amp;page=4"' in html
    assert 'aria-current="page">3<' in html


def test_verdict_says_how_sure_with_dots_word_and_figure():
    verdict = Verdict("Found", "possible", "1 in 90", model="Landmarks", version="1.0", wrong="Say so", wrong_href="/w")
    html = squeeze(render("{% verdict v %}<p>proof</p>{% endverdict %}", v=verdict))
    assert html.count('<i class="on"></i>') == 2
    assert "<strong>possible</strong>" in html
    assert 'title="1 in 90"' in html
    assert "<p>proof</p>" in html
    assert "Landmarks 1.0" in html
    assert '<a class="text-link" href="/w">Say so</a>' in html


def job(**values):
    base = {"id": "j1", "state": "running", "progress": 0.5, "sentence": "", "error_sentence": "", "started_at": None}
    return SimpleNamespace(**{**base, "is_open": values.get("state", "running") in ("queued", "running"), **values})


def test_job_card_offers_what_its_state_allows():
    card = '{% job_card job title="Check" poll="/p" cancel="/c" retry="/r" done="/d" %}'
    running = render(card, job=job())
    assert 'value="0.5"' in running
    assert 'data-poll="/p"' in running
    assert 'action="/c"' in running
    assert 'action="/r"' not in running
    failed = render(card, job=job(state="failed", error_sentence="Broken <file>"))
    assert "Broken &lt;file&gt;" in failed
    assert 'action="/r"' in failed
    assert 'action="/c"' not in failed
    done = render(card, job=job(state="succeeded"))
    assert 'href="/d"' in done
    assert 'action="/r"' not in done


def test_media_data_is_json_that_a_title_cannot_break():
    evil = "</script><script>alert(1)</script>"
    alignment = Alignment(Side(evil, duration_s=10), Side("B"), [Segment(1.25, 2, 3, 4)])
    html = render("{% ab_player a %}", a=alignment)
    assert "<script>alert" not in html
    assert "\\u003C/script\\u003E" in html
    assert '"query_start_s": 1.25' in html
    assert "0:01.3 – 0:02.0" in squeeze(html)


def test_a_side_without_audio_says_so():
    alignment = Alignment(Side("A", audio_url="/a"), Side("B"), [])
    assert render("{% ab_player a %}", a=alignment).count("does not share audio") == 1


def test_uploader_is_a_plain_multipart_form():
    html = squeeze(render('{% uploader action="/up" max_bytes=1048576 %}<p>more</p>{% enduploader %}'))
    assert 'method="post" action="/up" enctype="multipart/form-data"' in html
    assert 'type="file" name="files"' in html
    assert " multiple" in html
    assert "up to 1.0 MB each" in html
    assert 'data-max-bytes="1048576"' in html
    assert "<p>more</p>" in html


def test_facts_show_a_dash_for_nothing():
    html = render('{% facts %}{% fact "ISRC" %}{% endfact %}{% fact "Codec" %}FLAC{% endfact %}{% endfacts %}')
    assert "<dt>ISRC</dt><dd>–</dd>" in html
    assert "<dt>Codec</dt><dd>FLAC</dd>" in html


def test_url_if_is_empty_for_pages_that_do_not_exist():
    assert render('[{% url_if "no_such_page" %}]') == "[]"
    assert render('[{% url_if "landing" %}]') == "[/]"


def test_a_component_outside_a_template_is_refused():
    from apps.core.components import render_component

    with pytest.raises(RuntimeError):
        render_component(Context(), "status", {})
