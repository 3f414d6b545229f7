import subprocess
import sys

import pytest

LIMIT_MB = 128

SEARCH = """
import resource, sys
from pathlib import Path
import numpy as np
import pyarrow as pa
from taojin.core.shards import Shards, write_shards
from taojin.curation.duplicates import find_duplicates
from taojin.curation.duplicates.config import DuplicatesConfig
from taojin.engines import EngineConfig

folder, limit, num_rows, num_parts = Path(sys.argv[1]), *map(int, sys.argv[2:])

def tables():
    for part in range(num_parts):
        random = np.random.default_rng(part)
        bands = random.integers(0, 2**64, (num_rows, 14), dtype=np.uint64)
        bands[::1000, 5] = np.arange(0, num_rows, 1000, dtype=np.uint64)
        first = part * num_rows
        yield pa.table({
            "document_id": [f"{row:032x}" for row in range(first, first + num_rows)],
            "exact_hash": [f"{row:032x}" for row in range(first, first + num_rows)],
            "num_shingles": np.full(num_rows, 100),
            "band_hashes": pa.FixedSizeListArray.from_arrays(
                pa.array(bands.reshape(-1)), 14
            ),
        })

def search(shards):
    config = DuplicatesConfig(memory_limit_mb=limit)
    engine = EngineConfig(num_workers=1)
    return find_duplicates(shards, config, workspace=folder / "work", engine=engine)

def peak_mb():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024

if num_parts:
    write_shards(tables(), folder / "signals")
else:
    num_parts, num_rows = 1, 1000
    search(write_shards(tables(), folder / "few"))  # compiles, loads, warms up
    before = peak_mb()
    shards = Shards.open(folder / "signals")
    found = search(shards)
    print(shards.num_rows * 14 * 8 / 2**20, len(found), peak_mb() - before)
"""


@pytest.mark.slow
def test_bands_twice_the_memory_limit_are_searched_within_it(tmp_path):
    num_parts, num_rows = 4, 600_000
    run = [sys.executable, "-c", SEARCH, str(tmp_path), str(LIMIT_MB)]
    # Written by another process, so that the peak is that of the search alone.
    subprocess.run([*run, str(num_rows), str(num_parts)], check=True)
    searched = subprocess.run(
        [*run, "0", "0"], check=True, capture_output=True, text=True
    )
    bands_mb, num_found, growth_mb = map(float, searched.stdout.split())
    assert bands_mb > 2 * LIMIT_MB
    assert num_found == num_parts * num_rows / 1000
    assert growth_mb < LIMIT_MB
