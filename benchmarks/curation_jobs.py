"""One job of Taojin's curation over Parquet files, for ``benchmarks/curation.py``.

    python curation_jobs.py JOB OUTPUT FILE [FILE ...]

Prints one JSON line: CPU seconds of the work, imports and compilation left out; peak
memory; ids that stayed.
"""

import hashlib
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import yaml

from taojin.core.shards import write_shards
from taojin.curation.config import (
    CurationConfig,
    RulePresets,
    RulesConfig,
    SignalsConfig,
)
from taojin.curation.decisions import decide
from taojin.curation.duplicates import find_duplicates
from taojin.curation.duplicates.config import DuplicatesConfig, MinHashConfig
from taojin.curation.kernels.c4 import clean_c4_lines
from taojin.curation.kernels.measure import measure_texts
from taojin.curation.minhash import band_hashes
from taojin.curation.personal_data import redact_texts
from taojin.curation.presets import resolve_rules
from taojin.curation.signals import measure_signals, warm_up
from taojin.engines import EngineConfig
from taojin.features.byte_pairs import encoder_of

ROOT = Path(__file__).parents[1]
ONE = EngineConfig(num_workers=1)
NUM_REPLAYED = 1_000_000
REPEATS = 8
"""How often the files are measured for the comparison of workers: starting one takes
seconds."""
PART_ROWS = 100_000
Result = dict[str, Any]


def read(files: list[Path]) -> pa.Table:
    """Read ids and texts."""
    tables = [pq.read_table(file, columns=["document_id", "text"]) for file in files]
    return pa.concat_tables(tables)


def write(table: pa.Table, output: Path) -> None:
    """Write what stayed."""
    output.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, output / "kept.parquet", compression="zstd")


def reference_rules() -> RulesConfig:
    """The presets ``gopher`` and ``c4``."""
    path = ROOT / "conf/base/parameters_rule_presets.yml"
    declared = yaml.safe_load(path.read_text(encoding="utf-8"))["rule_presets"]
    presets = RulePresets.model_validate(declared)
    return resolve_rules(RulesConfig(presets=("gopher", "c4")), presets)


def passes(signals: dict[str, Any], rules: RulesConfig) -> np.ndarray[Any, Any]:
    """Mark the documents that pass all thresholds."""
    kept = np.ones(len(next(iter(signals.values()))), dtype=bool)
    for rule in rules.thresholds:
        if rule.at_least is not None:
            kept &= signals[rule.signal] >= rule.at_least
        if rule.at_most is not None:
            kept &= signals[rule.signal] <= rule.at_most
    return kept


def run_filters(table: pa.Table) -> pa.Table:
    """Gopher repetition and quality, C4: the documents that stay, lines removed."""
    signals = measure_texts(table["text"], ("gopher", "c4"))
    signals["num_bytes"] = pc.binary_length(table["text"]).to_numpy()
    kept = table.filter(pa.array(passes(signals, reference_rules())))
    cleaned, _ = clean_c4_lines(kept["text"])
    return kept.set_column(1, "text", cleaned)


def filters(files: list[Path], output: Path) -> Result:
    """The chain of filters."""
    kept = run_filters(read(files))
    write(kept, output)
    return {"kept": kept["document_id"]}


def minhash(files: list[Path], output: Path) -> Result:
    """Signatures, buckets, clusters; the lowest id of each cluster stays."""
    kept = run_minhash(read(files), output)
    write(kept, output)
    return {"kept": kept["document_id"]}


def run_minhash(table: pa.Table, output: Path) -> pa.Table:
    """Leave one document of each cluster of near copies."""
    bands, num_shingles = band_hashes(table["text"], MinHashConfig(unit="word"))
    flat = pa.array(bands.reshape(-1))
    signals = pa.table(
        {
            "document_id": table["document_id"],
            "exact_hash": table["document_id"],
            "num_shingles": num_shingles,
            "band_hashes": pa.FixedSizeListArray.from_arrays(flat, bands.shape[1]),
        }
    )
    shards = write_shards([signals], output / "signals")
    config = DuplicatesConfig(exact=False, min_shingles=1)
    clusters = find_duplicates(
        shards, config, workspace=output / "duplicates", engine=ONE
    )
    copies = clusters.loc[clusters["document_id"] != clusters["cluster_id"]]
    ids = pa.array(copies["document_id"], table["document_id"].type)
    return table.filter(pc.invert(pc.is_in(table["document_id"], value_set=ids)))


def redact(files: list[Path], output: Path) -> Result:
    """E-mail and IP addresses become placeholders."""
    table = read(files)
    text, _, _ = redact_texts(table["text"], ("email", "ip_address"))
    write(table.set_column(1, "text", text), output)
    return {"kept": []}


def tokens(files: list[Path], output: Path, tokenizer: str) -> Result:
    """Token ids, one file."""
    ids, offsets = encode(read(files), tokenizer)
    output.mkdir(parents=True)
    ids.astype(np.uint16).tofile(output / "tokens.bin")
    offsets.tofile(output / "offsets.bin")
    return {"kept": [], "tokens": output / "tokens.bin"}


def encode(table: pa.Table, tokenizer: str) -> tuple[Any, Any]:
    """Token ids of all texts, and where each text ends."""
    encoder = encoder_of(Path(tokenizer).read_text(encoding="utf-8"))
    text = table["text"].cast(pa.large_string()).combine_chunks()
    return encoder.encode(text)


def chain(files: list[Path], output: Path, tokenizer: str) -> Result:
    """All four on the same table, each on all documents as the peers do it."""
    table = read(files)
    kept = run_filters(table)
    unique = run_minhash(table, output)
    text, _, _ = redact_texts(table["text"], ("email", "ip_address"))
    ids, _ = encode(table, tokenizer)
    write(kept, output / "filtered")
    write(unique, output / "unique")
    write(table.set_column(1, "text", text), output / "redacted")
    ids.astype(np.uint16).tofile(output / "tokens.bin")
    return {"kept": []}


def signals(files: list[Path], output: Path) -> Result:
    """Every signal of the product, learned ones too."""
    shards = write_shards([_documents(files)], output / "in")
    started = time.process_time()
    measure_signals(shards, SignalsConfig(), output / "signals", ONE)
    return {"kept": [], "measuring_seconds": time.process_time() - started}


def copy(files: list[Path], output: Path) -> Result:
    """Read and write the same Parquet."""
    write(read(files), output)
    return {"kept": []}


def workers(files: list[Path], output: Path) -> Result:
    """Measure with one and with two workers, on both cores; wall seconds."""
    os.sched_setaffinity(0, range(os.cpu_count() or 1))
    table = _documents(files)
    size = -(-table.num_rows // 8)
    pieces = [table.slice(start, size) for start in range(0, table.num_rows, size)]
    shards = write_shards(pieces * REPEATS, output / "in")
    seconds = {}
    for number in (1, 2):
        began = time.monotonic()
        engine = EngineConfig(num_workers=number)
        measure_signals(shards, SignalsConfig(), output / f"out{number}", engine)
        seconds[number] = time.monotonic() - began
    return {
        "kept": [],
        "wall": seconds,
        "speedup": seconds[1] / seconds[2],
        "limit": 2 * _spin(1) / _spin(2),
    }


def _spin(number: int) -> float:
    """Wall seconds of so many processes that only count, started together."""
    command = [sys.executable, "-c", "for _ in range(100_000_000): pass"]
    began = time.monotonic()
    started = [subprocess.Popen(command) for _ in range(number)]  # noqa: S603 - ours
    for process in started:
        process.wait()
    return time.monotonic() - began


def replay(files: list[Path], output: Path) -> Result:
    """Decide on a million documents from their signals, copies known."""
    small = write_shards([_documents(files)], output / "in")
    measured = measure_signals(small, SignalsConfig(), output / "signals", ONE)
    shards = write_shards(_repeated(measured.read()), output / "many")
    clusters = find_duplicates(
        shards, DuplicatesConfig(), workspace=output / "duplicates", engine=ONE
    )
    # Every document has copies here; a third of them shall count.
    clusters = clusters.iloc[::3].reset_index(drop=True)
    started, began = cpu_seconds(), time.monotonic()
    config = CurationConfig(rules=reference_rules())
    decide(shards, clusters, config, {None: _Allowed()}, output / "decisions")
    return {
        "kept": [],
        "num_documents": shards.num_rows,
        "num_rules": len(config.rules.thresholds),
        "cpu_seconds": cpu_seconds() - started,
        "wall_seconds": time.monotonic() - began,
    }


def _repeated(signals: pa.Table) -> Iterator[pa.Table]:
    """The same signals under new ids, until there are a million."""
    position = signals.column_names.index("document_id")
    signals = pa.concat_tables([signals] * -(-PART_ROWS // signals.num_rows))
    made = 0
    while made < NUM_REPLAYED:
        ids = [f"{made + row:032x}" for row in range(signals.num_rows)]
        yield signals.set_column(
            position, signals.schema.field(position), pa.array(ids)
        )
        made += signals.num_rows


class _Allowed:
    allowed = True
    reason = "benchmark"


def _documents(files: list[Path]) -> pa.Table:
    table = read(files)
    size = table.num_rows
    columns = {
        "source": pa.array(["bench"] * size),
        "licence": pa.nulls(size, pa.string()),
    }
    for name, values in columns.items():
        table = table.append_column(name, values)
    return table


JOBS: dict[str, Callable[..., Result]] = {
    job.__name__: job
    for job in (filters, minhash, redact, tokens, chain, signals, copy, workers, replay)
}


def main() -> None:
    """Run a job and print what it took."""
    job, output = sys.argv[1], Path(sys.argv[2])
    files = [Path(name) for name in sys.argv[3:]]
    pa.set_cpu_count(1)
    name, _, argument = job.partition(":")
    warm_up(SignalsConfig())
    warm = pa.table({"document_id": ["0"], "text": ["A first document. It is small."]})
    run_filters(warm)
    with tempfile.TemporaryDirectory() as folder:
        run_minhash(warm, Path(folder))
        write(warm, Path(folder))
    if argument:
        encode(warm, argument)
    started, began = cpu_seconds(), time.monotonic()
    result = JOBS[name](files, output, *([argument] if argument else []))
    usage = {
        "cpu_seconds": cpu_seconds() - started,
        "wall_seconds": time.monotonic() - began,
        "peak_rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    # For comparison alone, so not counted; of peers neither.
    if isinstance(result["kept"], pa.ChunkedArray):
        result["kept"] = result["kept"].to_pylist()
    if "tokens" in result:
        content = result["tokens"].read_bytes()
        result["tokens"] = [hashlib.blake2b(content).hexdigest()]
    print("RESULT " + json.dumps({**usage, **result}))


def cpu_seconds() -> float:
    """CPU seconds of this process and its finished children, user and system."""
    usage = [resource.getrusage(who) for who in (0, resource.RUSAGE_CHILDREN)]
    return sum(entry.ru_utime + entry.ru_stime for entry in usage)


if __name__ == "__main__":
    main()
