"""Memory is bounded by settings, not by the corpus."""

import subprocess
import sys

import pytest

SCRIPT = """
import resource, sys
from pathlib import Path
import numpy as np, pyarrow as pa
from taojin.core.shards import write_shards
from taojin.curation.repeats.config import SpansConfig
from taojin.curation.repeats.spans import find_repeated_spans
from taojin.engines import EngineConfig

def texts(part):
    random = np.random.default_rng(part)
    words = random.integers(0, 1 << 20, size=(800, 400))
    return [" ".join(f"{word:x}" for word in row) for row in words.tolist()]

def run(folder, num_parts):
    tables = (
        pa.table({"document_id": [f"{part}-{row}" for row in range(800)],
                  "text": pa.array(texts(part), pa.large_string())})
        for part in [*range(num_parts - 1), 0]
    )
    documents = write_shards(tables, folder / "documents")
    config = SpansConfig(min_words=20, memory_limit_mb=32)
    spans = find_repeated_spans(documents, None, config, workspace=folder,
                                engine=EngineConfig(num_workers=1))
    assert spans.num_rows == 800, spans.num_rows
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

folder = Path(sys.argv[1])
small = run(folder / "small", 2)
large = run(folder / "large", 20)  # 6 million windows: 98 MB, three times the limit
print((large - small) / 1024)
"""


@pytest.mark.slow
def test_a_corpus_beyond_the_memory_limit_passes_within_it(tmp_path):
    command = [sys.executable, "-c", SCRIPT, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert float(done.stdout) < 32
