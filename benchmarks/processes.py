"""Jobs in processes of their own, which print one line ``RESULT {...}``."""

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from typing import Any

ALONE = {
    **os.environ,  # noqa: TID251
    "OMP_NUM_THREADS": "1",
    "HF_HUB_OFFLINE": "1",
    "TQDM_DISABLE": "1",
}
"""Environment of a job that computes on one thread and asks nobody."""


def run_job(
    command: Sequence[object], environment: Mapping[str, str] = ALONE
) -> dict[str, Any]:
    """Run a command to its end and return what it printed as its result.

    Raises:
        SystemExit: If it fails or prints none; with the end of what it complained.
    """
    arguments = [str(part) for part in command]
    done = subprocess.run(  # noqa: S603
        arguments, env=environment, capture_output=True, text=True, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("RESULT ")]
    if done.returncode or not lines:
        message = f"{' '.join(arguments[:4])} failed:\n{done.stderr[-2000:]}"
        raise SystemExit(message)
    return json.loads(lines[-1].removeprefix("RESULT "))
