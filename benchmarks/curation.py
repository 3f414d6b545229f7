"""Speed of text curation beside its peers: same files, same machine, same run.

    python benchmarks/corpus.py data/01_raw/benchmark_corpus
    python benchmarks/curation.py --documents data/01_raw/benchmark_corpus/part-00001.parquet \
        --datatrove ENV/bin/python --data-juicer ENV/bin/python --text-dedup ENV/bin/python

Every job is a process of its own, pinned to one core. Counted are CPU seconds (user and
system, of the process and its children) from the first byte read to the last byte
written; imports, compiled kernels and a first document are left out, for everybody.
Peers run in environments of their own, see ``benchmarks/peers``; one that is not named is
left out. Prints a table and writes ``data/08_reporting/benchmarks/curation.json``.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
from processes import run_job

from taojin.core.files import write_text

ROOT = Path(__file__).parents[1]
HERE = Path(__file__).parent
OURS = HERE / "curation_jobs.py"
PEERS = {
    "datatrove": HERE / "peers/datatrove_jobs.py",
    "data_juicer": HERE / "peers/data_juicer_jobs.py",
    "text_dedup": HERE / "peers/text_dedup_jobs.py",
}
COMPARISONS = (
    ("filters", "datatrove", 35),
    ("filters", "data_juicer", 12),
    ("minhash", "datatrove", 45),
    ("minhash", "text_dedup", 13),
    ("redact", "datatrove", 12),
    ("tokens", "datatrove", 40),
)
"""Job, peer, and the ratio of CPU seconds that was aimed at."""
CHAIN = ("filters", "minhash", "redact", "tokens")


@dataclass
class Bench:
    """Runs jobs and remembers what they gave."""

    files: list[Path]
    pythons: dict[str, str]
    tokenizer: Path
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def megabytes(self) -> float:
        """Text of the files, in millions of bytes."""
        sizes = [
            pc.sum(pc.binary_length(pq.read_table(file, columns=["text"])["text"]))
            for file in self.files
        ]
        return sum(size.as_py() for size in sizes) / 1e6

    def run(self, job: str, who: str = "taojin") -> dict[str, Any]:
        """Run a job in a pinned process; a repeated call gives the first result."""
        key = f"{who} {job}"
        if key not in self.results:
            python = sys.executable if who == "taojin" else self.pythons[who]
            script = OURS if who == "taojin" else PEERS[who]
            argument = f"{job}:{self.tokenizer}" if job in ("tokens", "chain") else job
            self.results[key] = _run_pinned([python, script, argument], self.files)
        return self.results[key]


def _run_pinned(command: list[Any], files: list[Path]) -> dict[str, Any]:
    environment = {
        **{name: value for name, value in os.environ.items() if "OPENBLAS" not in name},  # noqa: TID251
        **dict.fromkeys(("OMP_NUM_THREADS", "ARROW_NUM_THREADS"), "1"),
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "RAYON_NUM_THREADS": "1",
    }
    with tempfile.TemporaryDirectory() as folder:
        pinned = ["taskset", "-c", "0", *command, Path(folder) / "work", *files]
        return run_job(pinned, environment)


def compare(bench: Bench) -> list[dict[str, Any]]:
    """Run every comparison whose peer is there."""
    rows = []
    for job, peer, wanted in COMPARISONS:
        if peer not in bench.pythons:
            continue
        ours, theirs = bench.run(job), bench.run(job, peer)
        rows.append(
            {
                "job": job,
                "peer": peer,
                "ours": ours["cpu_seconds"],
                "theirs": theirs["cpu_seconds"],
                "ratio": theirs["cpu_seconds"] / ours["cpu_seconds"],
                "wanted": wanted,
                "differing": _count_differing(job, ours, theirs)
                if peer == "datatrove"
                else None,
                "peak_rss_mb": ours["peak_rss_mb"],
                "peer_peak_rss_mb": theirs["peak_rss_mb"],
            }
        )
    if "datatrove" in bench.pythons:
        chain = bench.run("chain")
        theirs = sum(bench.run(job, "datatrove")["cpu_seconds"] for job in CHAIN)
        rows.append(
            {
                "job": "chain",
                "peer": "datatrove",
                "ours": chain["cpu_seconds"],
                "theirs": theirs,
                "ratio": theirs / chain["cpu_seconds"],
                "wanted": 40,
                "differing": None,
                "peak_rss_mb": chain["peak_rss_mb"],
                "peer_peak_rss_mb": None,
            }
        )
    return rows


def _count_differing(job: str, ours: dict[str, Any], theirs: dict[str, Any]) -> Any:
    """Documents that only one side keeps; files of tokens that differ.

    Of a cluster the two keep different members, by design: there the number of
    documents that stay is compared.
    """
    if job == "tokens":
        return int(ours["tokens"] != theirs["tokens"])
    if job == "minhash":
        return abs(len(ours["kept"]) - len(theirs["kept"]))
    if job == "filters":
        return len(set(ours["kept"]) ^ set(theirs["kept"]))
    return None


def report(bench: Bench, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Print the table; return it with what stands beside it."""
    size = bench.megabytes
    print(f"{size:.1f} MB of text in {len(bench.files)} files")
    head = ("job", "peer", "ours s", "ours MB/s", "peer s", "ratio", "aim", "differing")
    print("{:9}{:13}{:>8}{:>11}{:>9}{:>8}{:>6}{:>11}".format(*head))
    for row in rows:
        cells = (row["job"], row["peer"], row["ours"], size / row["ours"])
        different = "-" if row["differing"] is None else row["differing"]
        print(
            "{:9}{:13}{:>8.2f}{:>11.1f}".format(*cells)
            + f"{row['theirs']:>9.1f}{row['ratio']:>8.1f}{row['wanted']:>6}{different:>11}"
        )
    limit = bench.run("copy")["cpu_seconds"]
    print(f"\nlimit, reading and writing the same Parquet: {size / limit:.0f} MB/s")
    for job in (*CHAIN, "chain", "signals"):
        share = limit / bench.run(job)["cpu_seconds"]
        print(f"  {job:9} reaches {100 * share:.1f} % of it")
    scaling = bench.run("workers")
    print(
        f"two workers: {scaling['speedup']:.2f} times one (wall); two processes that only "
        f"count: {scaling['limit']:.2f}"
    )
    replay = bench.run("replay")
    print(
        f"replaying decisions over {replay['num_documents']:,} documents: "
        f"{replay['wall_seconds']:.1f} s, {replay['peak_rss_mb']:.0f} MB"
    )
    machine = {"machine": platform.machine(), "python": platform.python_version()}
    beside = {
        name: {key: value for key, value in result.items() if key != "kept"}
        for name, result in bench.results.items()
    }
    return {**machine, "megabytes": size, "rows": rows, "jobs": beside}


def main() -> None:
    """Run everything that there is a peer for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, nargs="+", required=True)
    for peer in PEERS:
        parser.add_argument(f"--{peer.replace('_', '-')}", help="a Python that has it")
    parser.add_argument(
        "--tokenizer", type=Path, default=ROOT / "data/04_feature/tokenizer.json"
    )
    arguments = parser.parse_args()
    pythons = {peer: getattr(arguments, peer) for peer in PEERS}
    files = [path.resolve() for path in arguments.documents]
    named = {peer: python for peer, python in pythons.items() if python}
    with tempfile.TemporaryDirectory() as folder:
        # Ids and texts alone: what the peers make of other columns is another matter.
        columns = ["document_id", "text"]
        inputs = [Path(folder) / f"{i:05d}.parquet" for i in range(len(files))]
        for file, copy in zip(files, inputs, strict=True):
            pq.write_table(pq.read_table(file, columns=columns), copy)
        bench = Bench(inputs, named, arguments.tokenizer.resolve())
        bench.run("copy")
        figures = report(bench, compare(bench))
    path = ROOT / "data/08_reporting/benchmarks/curation.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
