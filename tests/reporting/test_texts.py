import re
from pathlib import Path

import pytest

import taojin.reporting
from taojin.reporting.axes_page import AXES_PAGE
from taojin.reporting.human_page import HUMAN_PAGE
from taojin.reporting.sections.explorer import SCRIPT_SENTENCES
from taojin.reporting.texts import ENGLISH, Texts
from taojin.reporting.texts_media import MEDIA

EVERY_PAGE = {**AXES_PAGE, **HUMAN_PAGE, **MEDIA}
ROOM = Path(taojin.reporting.__path__[0])
SOURCES = [
    path.read_text(encoding="utf-8")
    for pattern in ("**/*.py", "templates/*.j2")
    for path in ROOM.glob(pattern)
    if not path.name.startswith("texts")
]
BUILT_NAMES = {*SCRIPT_SENTENCES, "documents", "bytes", "at_least", "at_most"}
LOOKED_UP_BY_KIND = ("noun.", "name.", "reason.")


def test_every_sentence_that_is_said_exists() -> None:
    said = {
        key
        for source in SOURCES
        for key in re.findall(r"""(?i:say)\(\s*["']([a-z_.]+)["']\s*[,)]""", source)
    }
    assert len(said) > 80
    assert said <= EVERY_PAGE.keys()


def test_every_sentence_of_a_page_is_said_somewhere() -> None:
    everything = "".join(SOURCES)
    built = re.compile(
        r"axes\.(diversity|realism|legality|usability|higher|lower|like_real)"
        r"|robustness\.(topic|likelihood|(by_|chart_)?(shifts|groups))"
        r"|human\.(krippendorff_alpha|fleiss_kappa)"
    )
    idle = [
        key
        for key in EVERY_PAGE.keys() - ENGLISH.keys()
        if not key.startswith(LOOKED_UP_BY_KIND)
        and not re.search(rf"""["']{re.escape(key)}["']""", everything)
        and not built.fullmatch(key)
    ]
    assert idle == []


def test_every_sentence_is_said_somewhere() -> None:
    everything = "".join(SOURCES)
    sections = re.compile(
        r"^(came_in|dropped|explorer|sources|findings|checks|training|samples|scores"
        r"|label_efficiency|gate|made)"
    )
    idle = [
        key
        for key in ENGLISH
        if not key.startswith(LOOKED_UP_BY_KIND)
        and not (key.endswith(".heading") and sections.match(key))
        and not re.search(rf"""["']{re.escape(key)}["']""", everything)
        and not re.fullmatch(r"scores\.(bits|task)_(better|worse|overlap)", key)
        and key not in {"dropped.value", "dropped.threshold"}
        and not key.startswith("dropped.bin_")
        and key not in {"sources.languages", "sources.licences"}
        and key not in {f"explorer.{name}" for name in BUILT_NAMES}
    ]
    assert idle == []


def test_the_script_says_every_sentence_that_it_is_given() -> None:
    script = (ROOM / "templates" / "explorer.js").read_text(encoding="utf-8")
    said = set(re.findall(r"\bsay\.([a-z_]+)", script))
    assert said == {*SCRIPT_SENTENCES, "language"}
    assert {f"explorer.{name}" for name in SCRIPT_SENTENCES} <= ENGLISH.keys()


def test_counts_agree_with_their_nouns(say: Texts) -> None:
    assert say.count(1, "document") == "1 document"
    assert say.count(0, "document") == "0 documents"
    assert say.count(2300, "document") == "2,300 documents"


def test_unknown_names_and_reasons_stay_legible(say: Texts) -> None:
    assert say.name("self_bleu_4") == "Self-BLEU-4"
    assert say.name("new_measure") == "new measure"
    assert say.reason("no_text") == "has no text"
    assert say.reason("new_reason") == "new reason"


def test_a_sentence_without_its_value_is_an_error(say: Texts) -> None:
    with pytest.raises(KeyError):
        say("came_in.lead")


def test_another_language_is_another_mapping() -> None:
    chinese = Texts({"noun.document": "篇文档", "verdict.released": "已发布"})
    assert chinese.count(2, "document") == "2 篇文档"
    assert chinese("verdict.released") == "已发布"


def test_values_with_braces_are_not_read_as_fields() -> None:
    say = Texts({"greeting": "Hello {name}"})
    assert say("greeting", name="{0.__class__}") == "Hello {0.__class__}"
