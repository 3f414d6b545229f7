"""Train and measure the shipped toxicity models; run by ``learned_signals.py``."""

import argparse
import csv
import html
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from learned_corpora import (
    COMMAND,
    SHARED,
    code_lines,
    documentation,
    language_lines,
    noise_lines,
)
from numpy.typing import NDArray

from taojin.core.randomness import generator
from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.calibration import measure_reliability
from taojin.curation.learned.config import ClassifierConfig
from taojin.curation.learned.identity import (
    balanced_weights,
    false_positives_by_term,
    identity_false_positives,
    neutral_sentences,
)
from taojin.curation.learned.linear import LinearTextModel
from taojin.curation.learned.storage import (
    load_shipped_model,
    save_linear_model,
    shipped_path,
)
from taojin.curation.learned.toxicity import measure_toxicity, score_passages
from taojin.curation.learned.training import area_under_curve, train_classifier

TERMS_IN_COLD = ("黑人", "女性", "男性", "同性恋", "穆斯林", "河南人", "东北人", "残疾",
                 "非洲", "日本", "韩国", "印度", "上海人", "女权")  # fmt: skip
_MEDIUM = re.compile(r"https?://\S+|@\w+|\bRT\b")
LIMITS = (
    "learned from short messages: tells insults and profanity; hatred in polite words "
    "passes, quoted insults do not; shares of toxic texts are those of the labels"
)
BALANCED = "with weights that balance the groups too"
NEUTRAL_WEIGHT = 10.0


def run_toxicity_en(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train and measure English toxicity, before and after the mitigation."""
    read = _csv_reader(arguments.toxicity)
    messages = [
        (_bare_message(row["tweet"]), row["class"] != "2") for row in read("davidson")
    ]
    spans = [row for name in ("tsd_train", "tsd_trial") for row in read(name)]
    order = generator(0, "messages").permutation(len(messages))
    train = [messages[i] for i in order[len(order) // 5 :]]
    plain = train + [(row["text"], True) for row in spans if row["spans"] != "[]"]
    calm = [(_without_spans(row), False) for row in spans]
    neutral = [(text, False) for text in neutral_sentences("en")]
    manuals = [(t, False) for t in language_lines(arguments.corpora)["en"][:6000]]
    manuals += [(text, False) for text in _plain_english()]
    manuals += _marks_and_code()
    tests = {
        "messages of the same kind": [messages[i] for i in order[: len(order) // 5]],
        "social media (surge)": [
            (row["text"], row["is_toxic"] == "Toxic") for row in read("surge")
        ],
        "functional tests (hatecheck)": [
            (row["test_case"], row["label_gold"] == "hateful")
            for row in read("hatecheck")
        ],
    }
    ways = {
        "labels alone": plain,
        "with calm copies, manuals, everyday texts": plain + calm + manuals,
        "with neutral sentences too": plain + calm + manuals + neutral,
        BALANCED: plain + calm + manuals + neutral,
    }
    data = (
        "Davidson et al. 2017 messages (MIT), SemEval 2021 toxic spans (CC0-1.0) and the "
        "same without their toxic spans; free software manuals, COCO captions of Texygen "
        "(MIT), BANKING77 (CC-BY-4.0), SEntFiN (MIT); neutral sentences about "
        "groups of this project; texts weighted so that naming a group says nothing"
    )
    return _run_toxicity(arguments, "en", ways, tests, data)


def run_toxicity_zh(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train and measure Chinese toxicity, before and after the mitigation."""
    cold = {
        split: [
            (row["TEXT"], row["label"] == 1)
            for row in pq.read_table(SHARED / "cold" / f"{split}.parquet").to_pylist()
        ]
        for split in ("train", "dev", "test")
    }
    neutral = [(text, False) for text in neutral_sentences("zh")]
    manuals = [(t, False) for t in language_lines(arguments.corpora)["zh"][:4000]]
    manuals += _marks_and_code()
    plain = cold["train"] + cold["dev"]
    ways = {
        "labels alone": plain,
        "with manuals": plain + manuals,
        "with neutral sentences too": plain + manuals + neutral,
        BALANCED: plain + manuals + neutral,
    }
    data = (
        "COLD, Deng et al. 2022, train and dev (Apache-2.0), free software manuals, "
        "neutral sentences about groups of this project; texts weighted so that naming "
        "a group says nothing"
    )
    results = _run_toxicity(arguments, "zh", ways, {"COLD test": cold["test"]}, data)
    model = load_shipped_model("toxicity_zh")
    harmless = [text for text, is_toxic in cold["test"] if not is_toxic]
    flagged = score_passages(harmless, model) >= 0.5
    rows = false_positives_by_term(harmless, flagged, TERMS_IN_COLD, "zh")
    print("false alarms among harmless texts of COLD's test split:")
    _print_rates(rows)
    return results | {"cold_false_positives": rows}


def _run_toxicity(
    arguments: argparse.Namespace,
    language: str,
    ways: dict[str, list[tuple[str, bool]]],
    tests: dict[str, list[tuple[str, bool]]],
    data: str,
) -> dict[str, Any]:
    name = f"toxicity_{language}"
    results: dict[str, Any] = {}
    model = None if arguments.train else load_shipped_model(name)
    for way, examples in ways.items() if arguments.train else [("shipped", [])]:
        if arguments.train:
            texts, labels = zip(*examples, strict=True)
            table = _labelled(texts, np.array(labels), language, way)
            model = train_classifier(table, ClassifierConfig(num_folds=3))
        assert model is not None  # noqa: S101
        results[way] = _measure_toxicity(model, language, tests)
        print(f"{way}: {json.dumps(results[way])}")
    assert model is not None  # noqa: S101
    rows = identity_false_positives(model, language)
    print(f"false alarms on neutral sentences, the worst of {len(rows)} terms:")
    _print_rates(rows[:8])
    if arguments.train:
        model.note.update(
            data=data,
            held_out=results,
            limits=LIMITS,
            identity_false_positives=rows,
            command=COMMAND,
        )
        save_linear_model(model, shipped_path(name))
        load_shipped_model.cache_clear()
    return {"ways": results, "identity_false_positives": rows}


def _labelled(
    texts: tuple[str, ...], positives: NDArray[np.bool_], language: str, way: str
) -> pa.Table:
    weights = np.ones(len(texts))
    if way == BALANCED:
        neutral = set(neutral_sentences(language))
        weights = balanced_weights(texts, positives, language)
        weights[[text in neutral for text in texts]] = NEUTRAL_WEIGHT
    return pa.table({"text": texts, "label": positives, "weight": weights})


def _measure_toxicity(
    model: LinearTextModel, language: str, tests: dict[str, list[tuple[str, bool]]]
) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, examples in tests.items():
        scores = score_passages([text for text, _ in examples], model)
        positives = np.array([is_toxic for _, is_toxic in examples])
        found[name] = {
            "auc": round(area_under_curve(scores, positives), 4),
            "accuracy": round(float(((scores >= 0.5) == positives).mean()), 4),
            "calibration_error": round(measure_reliability(scores, positives).error, 4),
        }
    rows = identity_false_positives(model, language)
    flagged = sum(row["num_flagged"] for row in rows)
    found["identity_false_positive_rate"] = round(
        flagged / sum(row["num_texts"] for row in rows), 4
    )
    found["terms_above_a_tenth"] = sum(row["rate"] > 0.1 for row in rows)
    texts = pa.concat_arrays(
        [chunk for part in documentation()[:1] for chunk in part["text"].chunks]
    )
    scores = measure_toxicity(
        text_buffers(texts), [language] * len(texts), {language: model}
    )
    found["flagged_documentation"] = round(float((scores >= 0.5).mean()), 4)
    return found


def _csv_reader(folder: Path) -> Callable[[str], list[dict[str, str]]]:
    def read(name: str) -> list[dict[str, str]]:
        with (folder / f"{name}.csv").open(
            encoding="utf-8", errors="replace"
        ) as stream:
            return list(csv.DictReader(stream))

    return read


def _plain_english() -> list[str]:
    """Sentences of everyday matters: captions, questions to a bank, headlines."""
    captions = (SHARED / "texygen/image_coco.txt").read_text().splitlines()[:3000]
    read = _csv_reader(SHARED)
    questions = [row["text"] for row in read("banking77/train")][::3]
    headlines = [row["Title"] for row in read("sentfin/SEntFiN")][::4]
    return captions + questions + headlines


def _marks_and_code() -> list[tuple[str, bool]]:
    """Harmless texts of what messages rarely have: markup, code, rows of marks."""
    noise = noise_lines(1000, generator(0, "harmless noise"))
    return [(text, False) for text in code_lines()[::6] + noise]


def _bare_message(text: str) -> str:
    """Leave out what is of the medium: entities, names of users, addresses."""
    return _MEDIUM.sub(" ", html.unescape(text)).strip()


def _without_spans(row: dict[str, str]) -> str:
    """Leave out of a text what was marked as toxic."""
    marked = set(json.loads(row["spans"]))
    return "".join(char for at, char in enumerate(row["text"]) if at not in marked)


def _print_rates(rows: list[dict[str, Any]]) -> None:
    for row in rows:
        print(
            f"  {row['term'] or '(all)':20} {row['num_flagged']:4} of {row['num_texts']:5}"
            f"  {row['rate']:.2f} ({row['low']:.2f} to {row['high']:.2f})"
        )
