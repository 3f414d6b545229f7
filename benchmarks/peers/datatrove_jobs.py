"""One job of datatrove 0.10 over Parquet files; runs in an environment of its own.

    python datatrove_jobs.py JOB OUTPUT FILE [FILE ...]

JOB is ``filters`` (Gopher repetition and quality, C4), ``minhash`` (the four stages),
``redact`` (e-mail and IP) or ``tokens:TOKENIZER_JSON``. Prints one JSON line: CPU
seconds of the work, imports and a first document left out; ids that stayed.
"""

import hashlib
import json
import resource
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
from datatrove.data import Document
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.dedup import (
    MinhashDedupBuckets,
    MinhashDedupCluster,
    MinhashDedupFilter,
    MinhashDedupSignature,
)
from datatrove.pipeline.dedup.minhash import MinhashConfig
from datatrove.pipeline.filters import (
    C4QualityFilter,
    GopherQualityFilter,
    GopherRepetitionFilter,
)
from datatrove.pipeline.formatters import PIIFormatter
from datatrove.pipeline.readers import ParquetReader
from datatrove.pipeline.tokens import DocumentTokenizer
from datatrove.pipeline.writers import ParquetWriter
from datatrove.utils.hashing import HashConfig
from datatrove.utils.text import split_into_sentences


def reader(folder: Path) -> ParquetReader:
    """Read all files of a folder."""
    return ParquetReader(
        str(folder), glob_pattern="*.parquet", id_key="document_id", text_key="text"
    )


def execute(steps: list, logs: Path) -> None:
    """Run a pipeline in this process."""
    LocalPipelineExecutor(
        pipeline=steps, tasks=1, logging_dir=str(logs), skip_completed=False
    ).run()


def filters(folder: Path, output: Path) -> None:
    """Gopher repetition, Gopher quality and C4, at their defaults."""
    steps = [reader(folder), GopherRepetitionFilter(), GopherQualityFilter()]
    steps += [C4QualityFilter(), ParquetWriter(str(output / "kept"))]
    execute(steps, output / "logs")


def minhash(folder: Path, output: Path) -> None:
    """Signatures, buckets, clusters, filter: 5-grams, 14 bands of 8."""
    config = MinhashConfig(
        hash_config=HashConfig(precision=64, hash_fc="xxhash"),
        n_grams=5,
        num_buckets=14,
        hashes_per_bucket=8,
    )
    paths = [str(output / name) for name in ("signatures", "buckets", "remove")]
    signature = MinhashDedupSignature(output_folder=paths[0], config=config)
    execute([reader(folder), signature], output / "logs1")
    buckets = MinhashDedupBuckets(
        input_folder=paths[0], output_folder=paths[1], config=config
    )
    LocalPipelineExecutor(
        pipeline=[buckets],
        tasks=config.num_buckets,
        workers=1,
        logging_dir=str(output / "logs2"),
    ).run()
    clusters = MinhashDedupCluster(
        input_folder=paths[1],
        output_folder=paths[2],
        config=config,
        save_cluster_id=True,
    )
    execute([clusters], output / "logs3")
    keep = MinhashDedupFilter(input_folder=paths[2], load_cluster_ids=True)
    writer = ParquetWriter(str(output / "kept"))
    execute([reader(folder), keep, writer], output / "logs4")


def redact(folder: Path, output: Path) -> None:
    """E-mail and public IP addresses."""
    steps = [reader(folder), PIIFormatter(), ParquetWriter(str(output / "kept"))]
    execute(steps, output / "logs")


def tokens(folder: Path, output: Path, tokenizer: str) -> None:
    """Token ids to a shard, not shuffled."""
    end = json.loads(Path(tokenizer).read_text(encoding="utf-8"))["added_tokens"][0]
    step = DocumentTokenizer(
        str(output / "tokens"),
        tokenizer,
        eos_token=end["content"],
        shuffle_documents=False,
        batch_size=1000,
    )
    execute([reader(folder), step], output / "logs")


def main() -> None:
    """Run a job and print what it took."""
    job, output, files = sys.argv[1], Path(sys.argv[2]), sys.argv[3:]
    folder = output / "input"
    folder.mkdir(parents=True)
    for file in files:
        (folder / Path(file).name).symlink_to(Path(file).resolve())
    # Loads the word rule, so that its start is not counted.
    split_into_sentences("A first document. It is small.")
    GopherQualityFilter().filter(Document(text="A first document.", id="0"))
    started = cpu_seconds()
    began = time.monotonic()
    name, _, argument = job.partition(":")
    work = {"filters": filters, "minhash": minhash, "redact": redact, "tokens": tokens}
    work[name](folder, output, *([argument] if argument else []))
    taken = cpu_seconds() - started
    kept = [
        document
        for file in sorted((output / "kept").glob("*.parquet"))
        for document in pq.read_table(file, columns=["id"])["id"].to_pylist()
    ]
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    result = {
        "cpu_seconds": taken,
        "wall_seconds": time.monotonic() - began,
        "peak_rss_mb": peak,
        "kept": kept,
        "tokens": [_hash(path) for path in sorted((output / "tokens").glob("*.ds"))],
    }
    print("RESULT " + json.dumps(result))


def _hash(path: Path) -> str:
    return hashlib.blake2b(path.read_bytes()).hexdigest()


def cpu_seconds() -> float:
    """CPU seconds of this process and its finished children, user and system."""
    usage = [resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in usage)


if __name__ == "__main__":
    main()
