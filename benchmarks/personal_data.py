"""How well and how fast personal data is found.

Prints precision, recall and F1 by kind on the planted bilingual set and, where given,
on labelled sentences in the format of presidio-research (a JSON list of ``full_text``
and ``spans``); then megabytes of text a CPU second. With a Python that has datatrove
(and its test dependencies), its PIIFormatter runs over the same texts.

    python benchmarks/personal_data.py --corpus data/02_intermediate/raw_documents \
        --labelled generated_large.json --output personal_data.json
"""

import argparse
import json
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from taojin.core.files import write_text
from taojin.curation.personal_data import KINDS, measure_recognisers, redact_texts
from taojin.curation.personal_data.measurement import (
    read_labelled_texts,
    score_recognisers,
)
from taojin.curation.repair import RepairConfig, repair_texts

ROUNDS = 5


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, help="folder of Parquet with `text`")
    parser.add_argument("--labelled", type=Path, help="JSON of presidio-research")
    parser.add_argument("--output", type=Path, help="JSON to write")
    arguments = parser.parse_args()
    results: dict[str, Any] = {"planted": measure_recognisers()}
    if arguments.labelled:
        results["labelled"] = score_recognisers(read_labelled_texts(arguments.labelled))
    for name, rows in results.items():
        _print_quality(name, rows)
    if arguments.corpus:
        results["speed"] = _measure_speed(arguments.corpus)
        _print_speed(results["speed"])
    if arguments.output:
        write_text(arguments.output, json.dumps(results, indent=2))


def _print_quality(name: str, rows: list[dict[str, Any]]) -> None:
    print(f"\n{name:<18} lang planted found precision recall    F1")
    for row in rows:
        precision, recall = row["precision"] or 0.0, row["recall"] or 0.0
        f1 = 2 * precision * recall / (precision + recall or 1.0)
        print(
            f"{row['kind']:<18} {row['language']:<4} {row['num_planted']:>7}"
            f" {row['num_found']:>5} {precision:>9.3f} {recall:>6.3f} {f1:>5.3f}"
        )


def _measure_speed(folder: Path) -> list[dict[str, Any]]:
    text = pa.chunked_array(
        [
            chunk
            for part in sorted(folder.glob("*.parquet"))
            for chunk in pq.read_table(part, columns=["text"])["text"].chunks
        ]
    )
    config = RepairConfig()
    work: dict[str, Callable[[], object]] = {
        "e-mail, IP": lambda: redact_texts(text, ["email", "ip_address"]),
        "all kinds": lambda: redact_texts(text, KINDS),
        "repair": lambda: repair_texts(text, config),
    }
    if find_spec("datatrove"):
        from datatrove.pipeline.formatters import PIIFormatter

        formatter = PIIFormatter()
        values = text.to_pylist()
        work["datatrove e-mail, IP"] = lambda: [formatter.format(v) for v in values]
    for run in work.values():
        run()  # kernels are compiled, caches are warm
    megabytes = text.nbytes / 1e6
    return [
        {"work": name, "megabytes_per_cpu_second": megabytes / _best_seconds(run)}
        for name, run in work.items()
    ]


def _best_seconds(run: Callable[[], object]) -> float:
    seconds: list[float] = []
    for _ in range(ROUNDS):
        start = time.process_time()
        run()
        seconds.append(time.process_time() - start)
    return min(seconds)


def _print_speed(rows: list[dict[str, Any]]) -> None:
    print("\nwork                  MB a CPU second")
    for row in rows:
        print(f"{row['work']:<22} {row['megabytes_per_cpu_second']:>14.1f}")


if __name__ == "__main__":
    main()
