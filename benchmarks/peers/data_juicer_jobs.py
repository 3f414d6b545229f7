"""One job of Data-Juicer 1.6 over Parquet files; runs in an environment of its own.

    python data_juicer_jobs.py JOB OUTPUT FILE [FILE ...]

JOB is ``filters`` (its seven nearest to Gopher's and C4's, other rules) or ``minhash``.
Prints one JSON line: CPU seconds of the work, imports left out; ids that stayed.
"""

import json
import os
import resource
import sys
import time
from pathlib import Path

os.environ["HF_DATASETS_OFFLINE"] = "1"  # noqa: TID251 - read when it is imported

from data_juicer.core.data import NestedDataset
from data_juicer.ops import load_ops

from datasets import Dataset

FILTERS = [
    {"alphanumeric_filter": {"tokenization": False, "min_ratio": 0.6}},
    {"average_line_length_filter": {"min_len": 10}},
    {"maximum_line_length_filter": {"min_len": 10}},
    {"character_repetition_filter": {"rep_len": 10, "max_ratio": 0.5}},
    {"word_repetition_filter": {"lang": "en", "rep_len": 10, "max_ratio": 0.5}},
    {"special_characters_filter": {"max_ratio": 0.25}},
    {"words_num_filter": {"lang": "en", "min_num": 50, "max_num": 100000}},
]
MINHASH = [
    {
        "document_minhash_deduplicator": {
            "tokenization": "space",
            "window_size": 5,
            "num_permutations": 112,
            "num_bands": 14,
            "num_rows_per_band": 8,
        }
    }
]


def main() -> None:
    """Run a job and print what it took."""
    job, output, files = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    output.mkdir(parents=True)
    operators = load_ops({"filters": FILTERS, "minhash": MINHASH}[job])
    for operator in operators:
        operator.num_proc = 1
    started, began = cpu_seconds(), time.monotonic()
    cache = str(output / "cache")
    rows = Dataset.from_parquet(files, columns=["document_id", "text"], cache_dir=cache)
    result = NestedDataset(rows).process(operators)
    result.to_parquet(str(output / "kept.parquet"))
    usage = {
        "cpu_seconds": cpu_seconds() - started,
        "wall_seconds": time.monotonic() - began,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "kept": list(result["document_id"]),
    }
    print("RESULT " + json.dumps(usage))


def cpu_seconds() -> float:
    """CPU seconds of this process and its finished children, user and system."""
    usage = [resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in usage)


if __name__ == "__main__":
    main()
