"""A whole run's reports, with figures as a real run has them."""

import base64
import math
from typing import Any

import pytest

from taojin.reporting.inputs import ReportInputs
from taojin.reporting.texts import ENGLISH, Texts


def estimate(
    value: float, margin: float, num_samples: int = 1200, floor: float = -math.inf
) -> dict[str, Any]:
    return {
        "value": value,
        "low": max(value - margin, floor),
        "high": value + margin,
        "num_samples": num_samples,
        "confidence": 0.95,
    }


def fake_ingestion() -> dict[str, Any]:
    licences = [
        ("BSD-3-Clause", ["BSD 3-Clause", "BSD-3-Clause"], 15210, 8_200_000),
        ("MIT", ["MIT", "MIT License"], 11804, 6_100_000),
        ("Apache-2.0", ["Apache 2.0", "Apache License 2.0"], 10433, 5_900_000),
        ("PSF-2.0", ["PSF-2.0"], 5120, 2_300_000),
        (None, ["BSD", "Dual License"], 3944, 1_300_000),
        ("LGPL-3.0-or-later", ["LGPLv3+"], 803, 302_000),
        ("MPL-2.0", ["MPL-2.0"], 401, 140_000),
        ("Apache-2.0 OR BSD-3-Clause", ["Apache-2.0 OR BSD-3-Clause"], 377, 99_000),
    ]
    return {
        "num_read": 48213,
        "num_documents": 48092,
        "num_rejected": 121,
        "num_bytes": 24_341_000,
        "sources": [
            {
                "source": "python_documentation",
                "kind": "python_documentation",
                "num_read": 46201,
                "num_documents": 46095,
                "num_rejected": 106,
                "num_bytes": 23_100_000,
            },
            {
                "source": "support_articles",
                "kind": "html",
                "num_read": 2012,
                "num_documents": 1997,
                "num_rejected": 15,
                "num_bytes": 1_241_000,
            },
        ],
        "licences": [
            {
                "licence": licence,
                "declared_examples": declared,
                "num_documents": count,
                "num_bytes": size,
            }
            for licence, declared, count, size in licences
        ],
        "rejections": [
            {
                "reason": "no_text",
                "num_records": 98,
                "examples": [
                    {
                        "uri": "support/2024/index.html",
                        "position": None,
                        "detail": "the page has no main text",
                    }
                ],
            },
            {
                "reason": "unparsable",
                "num_records": 23,
                "examples": [
                    {
                        "uri": "torch/utils/bad.py",
                        "position": 12,
                        "detail": "SyntaxError: unterminated string literal",
                    }
                ],
            },
        ],
    }


RULES = [
    ("licence_policy", 4747, 1_602_000),
    ("language", 58, 41_000),
    ("min_words", 1630, 198_000),
    ("mean_word_length", 214, 160_000),
    ("symbol_ratio", 388, 240_000),
    ("max_lines_ending_in_ellipsis", 0, 0),
    ("duplicate_line_fraction", 402, 510_000),
    ("exact_duplicate", 3201, 1_790_000),
    ("near_duplicate", 1876, 1_404_000),
]


def fake_curation() -> dict[str, Any]:
    dropped = sum(count for _, count, _ in RULES)
    bytes_dropped = sum(size for _, _, size in RULES)
    return {
        "num_documents": 48092,
        "num_kept": 48092 - dropped,
        "num_dropped": dropped,
        "num_bytes": 24_341_000,
        "num_bytes_kept": 24_341_000 - bytes_dropped,
        "rules": [
            {
                "rule": rule,
                "num_dropped": count,
                "num_bytes_dropped": size,
                "examples": fake_examples(rule) if count else [],
            }
            for rule, count, size in RULES
        ],
        "sources": [
            {
                "source": "python_documentation",
                "num_documents": 46095,
                "num_kept": 34020,
                "num_bytes": 23_100_000,
                "num_bytes_kept": 17_400_000,
                "rules": [
                    {
                        "rule": "licence_policy",
                        "num_dropped": 4747,
                        "num_bytes_dropped": 1_602_000,
                    },
                    {
                        "rule": "near_duplicate",
                        "num_dropped": 7328,
                        "num_bytes_dropped": 4_098_000,
                    },
                ],
                "languages": [
                    {"language": "en", "num_documents": 46000},
                    {"language": "zh", "num_documents": 95},
                ],
                "licences": [
                    {"licence": "MIT", "num_documents": 42151},
                    {"licence": None, "num_documents": 3944},
                ],
                "personal_data": [
                    {"kind": "email", "num_found": 300, "num_documents": 231}
                ],
            },
            {
                "source": "support_articles",
                "num_documents": 1997,
                "num_kept": 1556,
                "num_bytes": 1_241_000,
                "num_bytes_kept": 996_000,
            },
        ],
        "licences": [
            {
                "licence": "BSD-3-Clause",
                "allowed": True,
                "num_documents": 15210,
                "num_kept": 12800,
            },
            {
                "licence": "MIT",
                "allowed": True,
                "num_documents": 11804,
                "num_kept": 10100,
            },
            {
                "licence": None,
                "allowed": False,
                "num_documents": 3944,
                "num_kept": 0,
            },
        ],
        "languages": [
            {"language": "en", "num_documents": 46801},
            {"language": "zh", "num_documents": 1233},
            {"language": "other", "num_documents": 58},
        ],
        "duplicates": {
            "num_exact": 3201,
            "num_near": 1876,
            "num_clusters": 2290,
            "largest": [
                {
                    "size": 214,
                    "examples": ["pandas.DataFrame.add", "pandas.Series.add"],
                },
                {"size": 96, "examples": ["plotly.graph_objs.Bar.hoverinfo"]},
            ],
            "flows": [
                fake_flow("support_articles", "python_documentation", "near", 1400),
                fake_flow("python_documentation", "python_documentation", "exact", 900),
                fake_flow("support_articles", "python_documentation", "exact", 100),
            ],
        },
        "repeated_spans": {"num_spans": 1203, "num_words_removed": 88210},
        "contamination": [
            {
                "evaluation_set": "quiz",
                "num_documents": 12,
                "num_dropped": 11,
                "max_share": 0.42,
                "sources": [{"source": "support_articles", "num_documents": 12}],
                "examples": ["What is the sum of the first ten numbers"],
            }
        ],
        "recognisers": [
            {
                "kind": "email",
                "language": "zh",
                "num_planted": 200,
                "num_found": 199,
                "num_correct": 198,
                "precision": 0.995,
                "recall": 0.99,
            }
        ],
        "repairs": [
            {
                "source": "support_articles",
                "repair": "num_repaired_mojibake",
                "number": 17,
            }
        ],
        "models": [
            {
                "signal": "toxicity_score",
                "licence": "Apache-2.0",
                "figures": {"auc": 0.91},
                "identity_terms": [
                    fake_term("women", 0.0),
                    fake_term("gay", 0.075),
                    fake_term("黑人", 0.025),
                ],
            }
        ],
        "personal_data": [
            {"kind": "email", "num_found": 312, "num_documents": 240},
            {"kind": "ipv4", "num_found": 41, "num_documents": 29},
        ],
        "distributions": [
            fake_distribution("num_words", "min_words", 50, None, 800),
            fake_distribution("mean_word_length", "mean_word_length", 3, 10, 14),
            fake_distribution("symbol_to_word_ratio", "symbol_ratio", None, 0.1, 0.4),
        ],
        "explorer": fake_explorer(),
    }


def fake_flow(copied_in: str, kept_in: str, kind: str, number: int) -> dict[str, Any]:
    return {
        "copied_in": copied_in,
        "kept_in": kept_in,
        "kind": kind,
        "num_documents": number,
        "num_bytes": 100 * number,
    }


def fake_term(term: str, rate: float) -> dict[str, Any]:
    return {
        "term": term,
        "language": "en",
        "num_texts": 120,
        "num_flagged": round(120 * rate),
        "rate": rate,
        "low": max(rate - 0.04, 0.0),
        "high": rate + 0.05,
    }


def fake_explorer() -> dict[str, Any]:
    """Four sampled documents: dropped by licence and by length, two kept."""
    return {
        "num_sampled": 4,
        "num_rivals": 8,
        "rules": [
            {"rule": "licence_policy", "kind": "fixed"},
            {
                "rule": "min_words",
                "kind": "threshold",
                "signal": "num_words",
                "at_least": 50.0,
                "at_most": None,
                "languages": ["en"],
                "sources": None,
                "positions": [20.0, 50.0, 100.0],
            },
            {
                "rule": "mean_word_length",
                "kind": "threshold",
                "signal": "mean_word_length",
                "at_least": 3.0,
                "at_most": 10.0,
                "languages": None,
                "sources": None,
                "positions": [3.0, 10.0],
            },
            {"rule": "exact_duplicate", "kind": "last"},
            {"rule": "near_duplicate", "kind": "last"},
        ],
        "sources": ["python_documentation", "support_articles"],
        "source": base64.b64encode(bytes([0, 0, 1, 0, 0, 0, 0, 0])).decode(),
        "num_bytes": base64.b64encode(bytes([9, 0, 0, 0] * 4)).decode(),
        "fixed": base64.b64encode(bytes([0, 255, 255, 255])).decode(),
        "places": base64.b64encode(bytes([4, 2, 4, 5, 2, 2, 2, 2])).decode(),
        "last": base64.b64encode(bytes([255] * 4)).decode(),
        "clusters": [{"rows": [2, 3], "twins": [0, 1], "beyond": [0, 0]}],
    }


def fake_examples(rule: str) -> list[dict[str, Any]]:
    return [
        {
            "document_id": "5f1d" * 8,
            "uri": "numpy-2.4.1/numpy/linalg/_linalg.py#norm",
            "title": "numpy.linalg.norm",
            "value": 31.0 if rule == "min_words" else None,
            "threshold": 50.0 if rule == "min_words" else None,
            "detail": None if rule == "min_words" else f"dropped by {rule}",
            "text": "Return the norm of x.\n\nSee Also\n--------\nscipy.linalg.norm",
        }
    ]


def fake_distribution(
    signal: str, rule: str, low: float | None, high: float | None, top: float
) -> dict[str, Any]:
    shape = [math.exp(-((index - 8) ** 2) / 30) for index in range(30)]
    counts = [round(4000 * height) for height in shape]
    kept = [3 * count // 4 for count in counts]
    return {
        "signal": signal,
        "rule": rule,
        "threshold_low": low,
        "threshold_high": high,
        "scale": "linear",
        "edges": [top * index / 30 for index in range(31)],
        "counts": counts,
        "counts_kept": kept,
        "counts_dropped_here": [0] * len(counts),
        "counts_dropped_elsewhere": [
            count - stays for count, stays in zip(counts, kept, strict=True)
        ],
    }


def fake_history(
    num_steps: int, start: float, end: float, every: int = 10
) -> list[dict[str, Any]]:
    rows = []
    for step in range(every, num_steps + 1, every):
        loss = end + (start - end) * math.exp(-5 * step / num_steps)
        wiggle = 0.06 * math.sin(step * 1.7) + 0.05 * math.sin(step * 0.37)
        is_validated = step % (every * 10) == 0 or step == every
        rows.append(
            {
                "step": step,
                "num_tokens": step * 16384,
                "train_loss": loss + wiggle,
                "validation_loss": loss + 0.05 if is_validated else None,
                "learning_rate": 1e-3 * (1 - step / num_steps),
                "gradient_norm": 1.0,
                "seconds": step * 0.21,
            }
        )
    return rows


def fake_evaluation() -> dict[str, Any]:
    return {
        "held_out": {
            "num_documents": 1071,
            "num_bytes": 562_000,
            "bits_per_byte": {
                "pretrained": estimate(1.523, 0.031),
                "unigram": estimate(3.02, 0.03),
                "lzma": estimate(2.21, 0.041),
                "zlib": estimate(2.61, 0.043),
            },
        },
        "tasks": {
            "topic": {
                "metric": "accuracy",
                "num_examples": 600,
                "num_classes": 20,
                "labels": ["numpy", "pandas"],
                "scores": {
                    "finetuned": estimate(0.872, 0.027, 600),
                    "from_scratch": estimate(0.781, 0.033, 600),
                    "tfidf_logistic_regression": estimate(0.848, 0.029, 600),
                    "majority": estimate(0.061, 0.019, 600),
                },
                "macro_f1": {
                    "finetuned": estimate(0.861, 0.03, 600),
                    "from_scratch": estimate(0.76, 0.035, 600),
                    "tfidf_logistic_regression": estimate(0.838, 0.03, 600),
                    "majority": estimate(0.006, 0.002, 600),
                },
            },
            "description": {
                "metric": "rouge_l",
                "num_examples": 400,
                "scores": {
                    "finetuned": estimate(0.312, 0.021, 400),
                    "from_scratch": estimate(0.241, 0.02, 400),
                    "tfidf_nearest_neighbour": estimate(0.284, 0.025, 400),
                    "most_frequent": estimate(0.117, 0.01, 400),
                },
                "bits_per_byte": {
                    "finetuned": estimate(1.31, 0.04, 400),
                    "from_scratch": estimate(1.62, 0.04, 400),
                },
                "examples": [
                    {
                        "prompt": 'def norm(x, ord=2, axis=-1):\n    """',
                        "reference": "Matrix or vector norm.",
                        "generated": "Return the norm of a matrix or vector.",
                    },
                    {
                        "prompt": 'def read_csv(path, sep=",", header="infer"):\n    """',
                        "reference": "Read a comma-separated values file.",
                        "generated": "Read a file into a DataFrame.",
                    },
                ],
            },
        },
        "samples": {
            "num_samples": 200,
            "diversity": {
                name: {
                    "generated": estimate(value - 0.05, 0.03, 200),
                    "reference": estimate(value, 0.03, 200),
                }
                for name, value in (
                    ("distinct_1", 0.42),
                    ("distinct_2", 0.81),
                    ("distinct_3", 0.93),
                    ("self_bleu_4", 0.31),
                )
            },
            "legality": {
                "verbatim_copy_rate": estimate(0.005, 0.022, 200, floor=0.0009),
                "longest_copy_tokens": 63,
                "personal_data_rate": estimate(0.0, 0.018, 200, floor=0.0),
                "personal_data": [{"kind": "email", "num_found": 0}],
            },
            "examples": [
                {
                    "prompt": "Return the",
                    "text": (
                        " sum of the array elements over the given axis.\n\n"
                        "Parameters\n----------\na : array_like\n"
                        "    Elements to sum.\naxis : int, optional\n"
                        "    Axis along which a sum is performed."
                    ),
                },
                {
                    "prompt": "",
                    "text": "Create a new figure, or activate an existing figure.",
                },
                {
                    "prompt": "def to_parquet(",
                    "text": "path, engine='auto'):\n    Write the table to a file.",
                },
            ],
        },
    }


def fake_release(*, released: bool = False) -> dict[str, Any]:
    rules = [
        {
            "name": "beats_unigram",
            "metric": "evaluation.held_out.bits_per_byte.pretrained",
            "value": 1.554,
            "bound_used": "high",
            "at_most": 2.99,
            "passed": True,
            "reason": "1.55 (upper end of 1.52 [1.49, 1.55]) is at most 2.99",
            "why": "A language model that loses to a table of frequencies is broken.",
        },
        {
            "name": "copies_little",
            "metric": "evaluation.samples.legality.verbatim_copy_rate",
            "value": 0.027,
            "bound_used": "high",
            "at_most": 0.02,
            "passed": released,
            "reason": "0.027 (upper end of 0.0050 [0.0009, 0.0270]) is more than 0.02",
            "why": "Training text must not leave through the model.",
        },
    ]
    num_passed = sum(rule["passed"] for rule in rules)
    return {
        "released": released,
        "rules": rules,
        "num_passed": num_passed,
        "num_failed": len(rules) - num_passed,
    }


def fake_checks() -> list[dict[str, Any]]:
    return [
        {
            "dataset": "raw_documents",
            "num_rows": 48092,
            "num_checks": 9,
            "failures": [],
        },
        {
            "dataset": "labelled_topics",
            "num_rows": 4100,
            "num_checks": 6,
            "failures": [
                {
                    "check": "ExpectColumnValueLengthsToBeBetween",
                    "column": "text",
                    "arguments": {"min_value": 20},
                    "severity": "warning",
                    "num_unexpected": 37,
                    "share": 0.009,
                    "examples": ["x" * 300, "See the notes."],
                    "why": "Very short texts cannot be told apart.",
                }
            ],
        },
    ]


def whole_run(**changes: Any) -> ReportInputs:
    parts: dict[str, Any] = {
        "ingestion": fake_ingestion(),
        "curation": fake_curation(),
        "data_checks": fake_checks(),
        "pretraining_history": fake_history(3000, 8.3, 3.1),
        "finetuning_histories": {
            "topic": fake_history(300, 3.0, 0.4, every=3),
            "description": fake_history(400, 4.4, 2.2, every=4),
        },
        "model": {"num_parameters": 3_812_000, "depth": 4, "context_length": 256},
        "evaluation": fake_evaluation(),
        "release": fake_release(),
        "provenance": {
            "run_id": "2026-11-23T18.40.12.123Z",
            "git_commit": "1f3c9ab",
            "git_dirty": False,
            "environment": "base",
            "versions": {"python": "3.11.9", "torch": "2.13.0", "kedro": "1.7.0"},
            "fingerprints": {"curated_documents": "9b1c" * 8},
            "durations": {
                "pretrain_language_model": 311.2,
                "measure_signals": 41.0,
                "read_sources": 38.2,
                "finetune_topics": 22.4,
            },
        },
    }
    return ReportInputs(**(parts | changes))


@pytest.fixture
def run() -> ReportInputs:
    """A whole run whose gate held the model back."""
    return whole_run()


@pytest.fixture
def ingestion() -> dict[str, Any]:
    return fake_ingestion()


@pytest.fixture
def curation() -> dict[str, Any]:
    return fake_curation()


@pytest.fixture
def evaluation() -> dict[str, Any]:
    return fake_evaluation()


@pytest.fixture
def checks() -> list[dict[str, Any]]:
    return fake_checks()


@pytest.fixture
def history() -> list[dict[str, Any]]:
    return fake_history(300, 8.3, 3.1)


@pytest.fixture
def release() -> dict[str, Any]:
    return fake_release()


@pytest.fixture
def say() -> Texts:
    return Texts(ENGLISH)
