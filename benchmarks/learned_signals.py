"""Train the shipped models of the learned signals, and print how good and fast they are.

    python benchmarks/learned_signals.py --corpora corpora --toxicity labels [--train]

``corpora`` is the folder that ``learned_corpora.py`` describes; ``labels`` holds the
labelled English messages (none of them is part of this project):

* ``davidson.csv``: ``data/labeled_data.csv`` of t-davidson/hate-speech-and-offensive-
  language (MIT), trained on but for a fifth;
* ``tsd_train.csv``, ``tsd_trial.csv``: ``SemEval2021/data`` of
  ipavlopoulos/toxic_spans (CC0-1.0), trained on;
* ``surge.csv``: ``toxicity_en.csv`` of surge-ai/toxicity (MIT), only measured on;
* ``hatecheck.csv``: ``test_suite_cases.csv`` of paul-rottger/hatecheck-data
  (CC-BY-4.0), only measured on.

Chinese messages are COLD (Apache-2.0), quality labels those of DCLM (MIT), everyday
texts those of Texygen (MIT), BANKING77 (CC-BY-4.0) and SEntFiN (MIT), all beside the
project. Without ``--train`` the shipped weights are measured as they are.
"""

import argparse
import dataclasses
import json
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from learned_corpora import (
    COMMAND,
    ROOT,
    SHARED,
    SOURCES,
    code_lines,
    declaration_lines,
    documentation,
    language_lines,
    noise_lines,
    snippets,
)
from learned_toxicity import run_toxicity_en, run_toxicity_zh

from taojin.core.files import write_text
from taojin.core.randomness import generator
from taojin.core.text_buffers import text_buffers
from taojin.curation.learned.calibration import measure_reliability, sigmoid
from taojin.curation.learned.config import (
    ClassifierConfig,
    LearnedConfig,
    NgramModelConfig,
)
from taojin.curation.learned.language import UNDETERMINED, identify_languages
from taojin.curation.learned.linear import LinearTextModel
from taojin.curation.learned.measure import load_models, measure_learned
from taojin.curation.learned.ngram_model import measure_perplexity, train_on_texts
from taojin.curation.learned.quality import score_margins, score_texts
from taojin.curation.learned.storage import (
    load_shipped_model,
    save_linear_model,
    save_ngram_model,
    shipped_path,
)
from taojin.curation.learned.toxicity import measure_toxicity
from taojin.curation.learned.training import area_under_curve, train_classifier
from taojin.evaluation.intervals import IntervalConfig, bootstrap_statistic

OUTPUT = ROOT / "data/08_reporting/benchmarks/learned_signals.json"
QUALITY_LIMITS = (
    "780 English web pages: what their judges liked, which is prose; reference "
    "documentation and code score low"
)
NUM_SNIPPETS = 2500
LENGTHS = (20, 50, 200)
IDEOGRAPHIC = ("zh", "ja", "ko")
STOP_WORDS = {"the", "be", "to", "of", "and", "that", "have", "with"}


def main() -> None:
    """Train if asked to, then measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True)
    parser.add_argument("--toxicity", type=Path, required=True)
    parser.add_argument("--train", action="store_true")
    parser.add_argument("--only", nargs="*", default=list(PARTS))
    arguments = parser.parse_args()
    results = {}
    for name in arguments.only:
        print(f"\n== {name}")
        results[name] = PARTS[name](arguments)
    OUTPUT.parent.mkdir(parents=True, exist_ok=True)
    write_text(OUTPUT, json.dumps(results, indent=1, ensure_ascii=False))


def run_language(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train and measure the language model."""
    declaration = declaration_lines(arguments.corpora)
    if arguments.train:
        model = _train_language(arguments.corpora, declaration)
    else:
        model = load_shipped_model("language")
    results: dict[str, Any] = {}
    print(
        "language " + " ".join(f"{size:>5}" for size in LENGTHS) + "  accuracy by chars"
    )
    for language in SOURCES:
        lines = declaration[language][1::2]
        results[language] = [
            _accuracy(model, language, _cuts(lines, language, size)) for size in LENGTHS
        ]
        print(f"{language:8} " + " ".join(f"{v:5.2f}" for v in results[language]))
    results["mean"] = (
        np.mean([results[key] for key in SOURCES], axis=0).round(4).tolist()
    )
    print("mean     " + " ".join(f"{v:5.3f}" for v in results["mean"]))
    code = code_lines()[1::9][:1000]
    results["code"] = _accuracy(model, UNDETERMINED, code)
    print(f"code     {results['code']:5.2f} (of which the model has seen most)")
    if arguments.train:
        model.note.update(
            data="LibreOffice 7.4 help and messages (MPL-2.0), GNOME 43 user help "
            "(CC-BY-SA-3.0), Debian handbook (CC-BY-SA-3.0 or GPL-2.0-or-later); code "
            "and headers of a Debian 12 system",
            measured_on="Universal Declaration of Human Rights, odd paragraphs",
            accuracy={str(size): results["mean"][i] for i, size in enumerate(LENGTHS)},
            command=COMMAND,
        )
        save_linear_model(model, shipped_path("language"))
    return results


def _train_language(
    corpora: Path, declaration: dict[str, list[str]]
) -> LinearTextModel:
    random = generator(0, "snippets")
    texts: list[str] = []
    labels: list[str] = []
    for language, lines in language_lines(corpora).items():
        count = 2 * NUM_SNIPPETS if language == "en" else NUM_SNIPPETS
        texts += snippets(lines, count, random)
        labels += [language] * count
    code = snippets(code_lines(), NUM_SNIPPETS, random)
    noise = noise_lines(NUM_SNIPPETS // 2, random)
    texts += code + noise
    labels += [UNDETERMINED] * (len(code) + len(noise))
    config = ClassifierConfig(
        kind="chars", bits=14, max_bytes=4096, max_iterations=80, inverse_penalty=1.0
    )
    model = train_classifier(pa.table({"text": texts, "label": labels}), config)
    return _sharpened(model, declaration)


def _sharpened(
    model: LinearTextModel, declaration: dict[str, list[str]]
) -> LinearTextModel:
    """Scale the margins so that probabilities are honest on other texts."""
    cuts = [
        (language, cut)
        for language, lines in declaration.items()
        for size in LENGTHS
        for cut in _cuts(lines[::2], language, size)
    ]
    texts = text_buffers(pa.array([cut for _, cut in cuts]))
    right = np.array([model.labels.index(language) for language, _ in cuts])

    def loss(factor: float) -> float:
        scaled = _scaled(model, factor)
        tags, scores = identify_languages(texts, scaled, model.max_bytes)
        hit = np.array(tags) == np.array(model.labels)[right]
        return -float(np.log(np.where(hit, scores, 1 - scores).clip(1e-6)).mean())

    factors = np.geomspace(0.3, 8.0, 30)
    return _scaled(model, float(min(factors, key=loss)))


def _scaled(model: LinearTextModel, factor: float) -> LinearTextModel:
    return dataclasses.replace(
        model, scale=model.scale * factor, bias=model.bias * factor
    )


def _cuts(lines: list[str], language: str, size: int) -> list[str]:
    if language in IDEOGRAPHIC:
        size = max(8, size // 2)  # a character there says as much as two letters
    text = "\n".join(lines)
    random = generator(size, "cuts", language)
    starts = random.integers(0, max(1, len(text) - size - 20), 200).tolist()
    pieces = [text[start : start + size + 20] for start in starts]
    return [piece[piece.find(" ", 0, 15) + 1 :][:size] for piece in pieces]


def _accuracy(model: LinearTextModel, language: str, texts: list[str]) -> float:
    tags, _ = identify_languages(text_buffers(pa.array(texts)), model, model.max_bytes)
    return float(np.mean([tag == language for tag in tags]))


def run_perplexity(arguments: argparse.Namespace) -> dict[str, Any]:
    """Train on Python's documentation and Chinese help; measure what tells them apart."""
    english = [part["text"] for part in documentation()]
    lines = language_lines(arguments.corpora)
    pages = {tag: ["\n".join(lines[tag][i : i + 5]) for i in range(0, 5000, 5)]
             for tag in ("zh", "de", "ja")}  # fmt: skip
    config = NgramModelConfig()
    started = time.process_time()
    model = train_on_texts([*english[:8], pa.array(pages["zh"][:800])], config)
    print(f"trained in {time.process_time() - started:.1f} CPU s: {model.note}")
    held_out = [t for column in english[8:] for t in column.to_pylist()]
    held_out = [text for text in held_out if len(text) > 400][:1000]
    random = generator(0, "shuffle")
    groups = {
        "English, held out": held_out,
        "the same, words shuffled": [
            _shuffled(t.split(), " ", random) for t in held_out
        ],
        "the same, characters shuffled": [_shuffled(t, "", random) for t in held_out],
        "Chinese, held out": pages["zh"][800:],
        "the same, characters shuffled ": [
            _shuffled(t, "", random) for t in pages["zh"][800:]
        ],
        "German": pages["de"],
        "Japanese": pages["ja"],
        "code": code_lines()[:1000],
    }
    results = {}
    for name, texts in groups.items():
        bits = measure_perplexity(text_buffers(pa.array(texts)), model)
        results[name] = np.percentile(bits, [10, 50, 90]).round(2).tolist()
        print(f"{name:32} bits a byte, 10/50/90 %: {results[name]}")
    return results


def _shuffled(pieces: Sequence[str], glue: str, random: np.random.Generator) -> str:
    return glue.join(pieces[int(at)] for at in random.permutation(len(pieces)))


def run_quality(arguments: argparse.Namespace) -> dict[str, Any]:
    """Cross-validate the quality classifier on DCLM's labels, beside simple baselines."""
    rows = []
    for name in ("agreement_data", "majority_data"):
        path = SHARED / "dclm_quality" / f"{name}.jsonl"
        rows += [json.loads(line) for line in path.read_text().splitlines()]
    table = pa.table({name: [row[name] for row in rows] for name in ("text", "label")})
    positives = np.array([str(row["label"]) == "1" for row in rows])
    config = ClassifierConfig()
    folds = generator(0, "quality folds").permutation(len(rows)) % 5
    scores = np.zeros(len(rows))
    for fold in range(5):
        model = train_classifier(table.filter(pa.array(folds != fold)), config)
        held_out = table.filter(pa.array(folds == fold))["text"]
        scores[folds == fold] = score_texts(held_out, model)
    trusted = train_on_texts(
        [part["text"] for part in documentation()], NgramModelConfig()
    )
    words = [row["text"].split() for row in rows]
    candidates = {
        "classifier": scores,
        "length": np.array([len(row["text"]) for row in rows], float),
        "stop words": np.array(
            [sum(w in STOP_WORDS for w in ws) for ws in words], float
        ),
        "share of stop words": np.array(
            [sum(w in STOP_WORDS for w in ws) / max(1, len(ws)) for ws in words]
        ),
        "perplexity": -measure_perplexity(text_buffers(table["text"]), trusted),
    }
    results = {}
    for name, values in candidates.items():
        auc = bootstrap_statistic(
            lambda index, values=values: area_under_curve(
                values[index], positives[index]
            ),
            len(rows),
            IntervalConfig(num_resamples=500),
        )
        results[name] = [auc.value, auc.low, auc.high]
        print(f"{name:20} AUC {auc.value:.3f} ({auc.low:.3f} to {auc.high:.3f})")
    right = float(((scores > 0.5) == positives).mean())
    error = measure_reliability(scores, positives).error
    majority = max(positives.mean(), 1 - positives.mean())
    print(
        f"accuracy {right:.3f}, majority {majority:.3f}, calibration error {error:.3f}"
    )
    results |= {"accuracy": right, "majority": majority, "calibration_error": error}
    if arguments.train:
        model = train_classifier(table, config)
        model.note.update(
            data="human quality labels of English web documents, DCLM (MIT)",
            held_out=results,
            limits=QUALITY_LIMITS,
            command=COMMAND,
        )
        save_linear_model(model, shipped_path("quality"))
    return results


def run_speed(_: argparse.Namespace) -> dict[str, Any]:
    """Megabytes of text a CPU second, one thread."""
    text = pa.chunked_array(
        [chunk for part in documentation() for chunk in part["text"].chunks]
    )
    texts = text_buffers(text)
    megabytes = len(texts.data) / 1e6
    trusted = train_on_texts([text], NgramModelConfig())
    path = OUTPUT.parent / "trusted.safetensors"
    save_ngram_model(trusted, path)
    models = load_models(LearnedConfig(trusted_model=path))
    language, quality = models.language, models.quality
    assert language is not None  # noqa: S101
    assert quality is not None  # noqa: S101
    english = ["en"] * texts.num_texts
    works: dict[str, Callable[[], object]] = {
        "language": lambda: identify_languages(texts, language, 4096),
        "perplexity": lambda: measure_perplexity(texts, trusted),
        "quality": lambda: sigmoid(score_margins(texts, quality)),
        "toxicity": lambda: measure_toxicity(texts, english, models.toxicity),
        "all": lambda: measure_learned(text, models),
    }
    results = {}
    for name, work in works.items():
        work()
        started = time.process_time()
        work()
        results[name] = megabytes / (time.process_time() - started)
        print(f"{name:12} {results[name]:7.1f} MB/s")
    return results


PARTS: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "language": run_language,
    "perplexity": run_perplexity,
    "quality": run_quality,
    "toxicity_en": run_toxicity_en,
    "toxicity_zh": run_toxicity_zh,
    "speed": run_speed,
}


if __name__ == "__main__":
    main()
