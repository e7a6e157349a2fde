"""What a job says is read in the reader's language, whoever started it."""

from django.utils import translation

from apps.jobs import said
from apps.jobs.models import Job

COMPARING = said.ngettext(
    "Comparing with %(count)d registered recording", "Comparing with %(count)d registered recordings", 3
)


def _read(job, language):
    with translation.override(language):
        return job.sentence, job.error_sentence


def test_a_message_is_translated_when_it_is_read():
    job = Job(message=COMPARING.english, said=COMPARING.kept())
    assert job.message == "Comparing with 3 registered recordings"
    assert _read(job, "en")[0] == "Comparing with 3 registered recordings"
    assert _read(job, "zh-hans")[0] == "正在与 3 段已登记录音比对"


def test_parameters_are_only_signs():
    told = said.gettext("%(number)d of %(total)d: %(title)s", number=1, total=2, title="100 %(number)d %")
    assert said.told(told.kept(), "") == "1 of 2: 100 %(number)d %"
    assert str(said.gettext("100 % sure")) == "100 % sure"


def test_rows_of_before_show_what_they_have():
    assert _read(Job(message="Wird verglichen", error_message="Kaputt"), "zh-hans") == ("Wird verglichen", "Kaputt")


def test_an_error_in_one_language_is_traced_back_to_its_text():
    for language in ("en", "zh-hans"):
        with translation.override(language):
            shown = translation.gettext("The recording was replaced meanwhile. Start a new check.")
            parts = said.recovered(shown)
        assert parts == said.Said("The recording was replaced meanwhile. Start a new check.")
        assert _read(Job(error_message=shown, error_said=parts.kept()), "en")[1] == parts.text
    with translation.override("zh-hans"):
        assert said.recovered("这句话没有人翻译过") is None
        assert said.recovered("") is None
