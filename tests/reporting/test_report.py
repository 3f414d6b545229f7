import base64
import copy
import dataclasses
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

import taojin.reporting
from taojin.reporting.inputs import ReportInputs
from taojin.reporting.report import SECTIONS, render_report

HOSTILE = (
    "</pre></blockquote><script>alert(1)</script><img src=x onerror=alert(2)>"
    "{{ 7 * 7 }} \0\x1b[31m \u202egpj.exe \ud800 \ufffe ]]> <!-- & \" ' 淘金 👩‍💻"
)
VOID = {"meta", "img", "br", "hr", "input", "link"}


class Page(HTMLParser):
    """Reads a page strictly: every element is closed, in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.scripts: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif self.open and self.open[-1] != "style":
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def poisoned(value: Any) -> Any:
    """Put hostile text in place of every text of a report."""
    if isinstance(value, str):
        return HOSTILE
    if isinstance(value, dict):
        return {key: poisoned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [poisoned(item) for item in value]
    return value


def test_the_page_is_one_well_formed_document(run: ReportInputs) -> None:
    page = Page(render_report(run))
    assert [tag for tag, _ in page.elements][:2] == ["html", "head"]
    assert [tag for tag, _ in page.elements].count("body") == 1


def test_every_section_is_there_in_order_and_linked(run: ReportInputs) -> None:
    page = Page(render_report(run))
    ids = [str(given.get("id")) for tag, given in page.elements if tag == "section"]
    links = [given.get("href") for tag, given in page.elements if tag == "a"]
    assert tuple(ids) == SECTIONS
    assert links == [f"#{section}" for section in SECTIONS]


def test_nothing_in_the_page_comes_from_elsewhere(run: ReportInputs) -> None:
    html = render_report(run)
    page = Page(html)
    loading = {"src", "srcset", "data", "action", "poster", "background", "xlink:href"}
    for tag, given in page.elements:
        assert tag not in {"link", "iframe", "object", "embed", "base", "img"}
        assert not loading & given.keys()
        assert not any(name.startswith("on") for name in given)
        assert str(given.get("href", "#")).startswith("#")
    # Base64 may hold any letters.
    written = html.replace(page.scripts[0], "")
    assert not re.search(r"@import|url\s*\(|https?:|//[a-z]", written)


def policy_of(page: Page) -> str | None:
    metas = [given for tag, given in page.elements if tag == "meta"]
    return next(given["content"] for given in metas if "http-equiv" in given)


def test_the_browser_may_run_the_project_s_own_script_and_nothing_else(
    run: ReportInputs,
) -> None:
    page = Page(render_report(run))
    data, script = page.scripts
    digest = hashlib.sha256(script.encode()).digest()
    folder = Path(taojin.reporting.__path__[0]) / "templates"
    assert script == (folder / "explorer.js").read_text(encoding="utf-8")
    assert policy_of(page) == (
        "default-src 'none'; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{base64.b64encode(digest).decode()}'"
    )
    assert json.loads(data)["table"]["num_sampled"] == 4


def test_a_page_without_a_sample_runs_no_script(
    run: ReportInputs, curation: dict[str, Any]
) -> None:
    curation["explorer"] = {}
    page = Page(render_report(dataclasses.replace(run, curation=curation)))
    assert page.scripts == []
    assert policy_of(page) == "default-src 'none'; style-src 'unsafe-inline'"


def test_hostile_text_stays_text_wherever_it_stands(run: ReportInputs) -> None:
    parts = {
        field.name: poisoned(getattr(run, field.name))
        for field in dataclasses.fields(run)
    }
    parts["evaluation"]["tasks"] = {HOSTILE: parts["evaluation"]["tasks"]["topic"]}
    parts["finetuning_histories"] = {HOSTILE: run.finetuning_histories["topic"]}
    html = render_report(ReportInputs(**parts))
    html.encode()
    page = Page(html)
    tags = [tag for tag, _ in page.elements]
    assert "img" not in tags
    assert tags.count("script") == 2
    assert "alert" not in page.scripts[1]
    assert "<script>alert(1)</script>" in page.text
    assert "{{ 7 * 7 }}" in page.text
    assert "淘金 👩‍💻" in page.text
    assert not set(html) & {"\0", "\x1b", "\u202e", "\ud800", "\ufffe"}


@pytest.mark.parametrize(
    "part", [field.name for field in dataclasses.fields(ReportInputs)]
)
def test_a_missing_part_is_said_and_nothing_else_is_lost(
    run: ReportInputs, part: str
) -> None:
    default = getattr(ReportInputs(), part)
    page = Page(render_report(dataclasses.replace(run, **{part: default})))
    assert "None" not in page.text
    others = {"pretraining_history", "evaluation"} - {part}
    if "evaluation" in others:
        assert "1.52 [1.49, 1.55]" in page.text
    if "pretraining_history" in others:
        assert "Pretraining loss" in page.text


def test_an_empty_run_has_a_page_without_numbers() -> None:
    page = Page(render_report(ReportInputs()))
    assert page.text.count("This part of the run has no results.") == len(SECTIONS)
    assert "No verdict" in page.text
    assert "None" not in page.text


def test_a_run_in_which_all_was_dropped_says_so(
    run: ReportInputs, curation: dict[str, Any]
) -> None:
    curation["rules"][0]["num_dropped"] += curation["num_kept"]
    curation |= {"num_dropped": 48092, "num_kept": 0, "num_bytes_kept": 0}
    page = Page(render_report(dataclasses.replace(run, curation=curation)))
    assert "Nothing was left." in page.text
    assert "0 of 48,092 documents were kept" in page.text


def test_a_run_that_read_nothing_has_a_page(
    ingestion: dict[str, Any], curation: dict[str, Any]
) -> None:
    for report in (ingestion, curation):
        for key, value in report.items():
            report[key] = 0 if isinstance(value, int) else type(value)()
    page = Page(render_report(ReportInputs(ingestion=ingestion, curation=curation)))
    assert "0 records were read from 0 sources" in page.text
    assert "No documents reached curation." in page.text


def test_the_verdict_heads_the_page(run: ReportInputs, release: dict[str, Any]) -> None:
    assert "<h1>Held back</h1>" in render_report(run)
    release |= {"released": True}
    for rule in release["rules"]:
        rule["passed"] = True
    html = render_report(dataclasses.replace(run, release=release))
    assert "<h1>Released</h1>" in html
    assert "The release gate passed: 2 of 2 rules." in html


def test_numbers_are_written_for_people(run: ReportInputs) -> None:
    text = Page(render_report(run)).text
    for words in (
        "48,213 records were read from 2 sources. 48,092 documents (24.3 MB of text)",
        "35,576 of 48,092 documents were kept, 18.4 MB of 24.3 MB of text",
        "1 of 15 checks on 2 data sets did not pass.",
        "3,000 steps (49,152,000 tokens, 10 min 30 s)",
        "The model needs 31.1% fewer bits than the best baseline, LZMA.",
        "1.52 [1.49, 1.55]",
        "−4,747",
        "63 tokens",
    ):
        assert words in text


def test_charts_name_themselves_to_those_who_cannot_see_them(
    run: ReportInputs,
) -> None:
    charts = re.findall(r'<svg role="img".*?</desc>', render_report(run))
    assert len(charts) > 20
    for chart in charts:
        assert re.search(r"<title>[^<]+</title><desc>[^<]*</desc>", chart)


def test_the_page_has_colours_for_light_dark_and_print(run: ReportInputs) -> None:
    html = render_report(run)
    assert "@media (prefers-color-scheme: dark)" in html
    assert "@media print" in html


def test_the_page_stays_small_when_reports_are_huge(
    run: ReportInputs, curation: dict[str, Any], evaluation: dict[str, Any]
) -> None:
    example = curation["rules"][0]["examples"][0]
    curation["rules"][0]["examples"] = [example | {"text": "x" * 10**6}] * 100
    samples = evaluation["samples"]
    samples["examples"] = [{"prompt": "p" * 10**5, "text": "t" * 10**6}] * 100
    history = list(run.pretraining_history or ()) * 100
    inputs = dataclasses.replace(
        run, curation=curation, evaluation=evaluation, pretraining_history=history
    )
    assert len(render_report(inputs)) < 400_000


def test_a_page_with_very_many_rules_and_sources_stays_below_three_megabytes(
    run: ReportInputs, curation: dict[str, Any]
) -> None:
    table = curation["explorer"]
    rule = table["rules"][1] | {"positions": [i / 7 for i in range(82)] + [50.0]}
    distribution = curation["distributions"][0]
    names = [f"rule_with_a_long_name_{index}" for index in range(60)]
    dropped = curation["rules"][1]
    curation["rules"] = [dropped | {"rule": name} for name in names]
    curation["distributions"] = [distribution | {"rule": name} for name in names]
    table["rules"] = [rule | {"rule": name} for name in names]
    num_rows = 9000
    for name, width in (("places", 60), ("num_bytes", 4), ("source", 2), ("fixed", 1)):
        table[name] = base64.b64encode(bytes(num_rows * width)).decode()
    source = curation["sources"][0] | {"rules": curation["rules"]}
    curation["sources"] = [source | {"source": f"s{i}"} for i in range(300)]
    page = render_report(dataclasses.replace(run, curation=curation))
    assert len(page.encode()) < 3_000_000


def test_the_same_reports_give_the_same_page_and_stay_as_they_were(
    run: ReportInputs,
) -> None:
    before = copy.deepcopy(run)
    assert render_report(run) == render_report(before)
    assert run == before
    through_json = ReportInputs(**json.loads(json.dumps(dataclasses.asdict(run))))
    assert render_report(through_json) == render_report(run)


def test_every_template_belongs_to_the_package() -> None:
    folder = Path(taojin.reporting.__path__[0]) / "templates"
    names = {path.name for path in folder.iterdir()}
    assert {f"{section}.html.j2" for section in SECTIONS} < names
