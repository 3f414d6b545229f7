"""MinHash of text-dedup 0.4 over Parquet files; runs in an environment of its own.

    python text_dedup_jobs.py minhash OUTPUT FILE [FILE ...]

Other word rule and hash family than the reference's, same 5-grams and 14 bands of 8.
Prints one JSON line: CPU seconds of the work, imports left out; ids that stayed.
"""

import json
import resource
import sys
import time
from pathlib import Path

from text_dedup.minhash import main as minhash

from datasets import Dataset, load_from_disk


def main() -> None:
    """Run the job and print what it took."""
    output, files = Path(sys.argv[2]), sys.argv[3:]
    output.mkdir(parents=True)
    cache = str(output / "cache")
    rows = Dataset.from_parquet(files, columns=["document_id", "text"], cache_dir=cache)
    rows.save_to_disk(str(output / "input"))
    options = ["--path", str(output / "input"), "--local", "--split", "train"]
    options += ["--output", str(output / "kept"), "--cache_dir", cache]
    options += ["--column", "text", "--num_proc", "1", "--batch_size", "10000"]
    options += ["--ngram", "5", "--num_perm", "112", "--b", "14", "--r", "8"]
    options += ["--hash_func", "xxh3", "--hash_bits", "64", "--min_length", "5"]
    started, began = cpu_seconds(), time.monotonic()
    minhash(options, standalone_mode=False)
    usage = {
        "cpu_seconds": cpu_seconds() - started,
        "wall_seconds": time.monotonic() - began,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "kept": list(load_from_disk(str(output / "kept"))["document_id"]),
    }
    print("RESULT " + json.dumps(usage))


def cpu_seconds() -> float:
    """CPU seconds of this process and its finished children, user and system."""
    usage = [resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in usage)


if __name__ == "__main__":
    main()
