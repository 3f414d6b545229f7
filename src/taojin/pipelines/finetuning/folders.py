"""The folder that a training node hands over, with a model or without."""

import json
import shutil
from pathlib import Path
from typing import Any

from taojin.core.files import atomic_directory
from taojin.training.finetuning import ADAPTER, Finetuned, save_finetuned

Outputs = dict[str, Path | list[dict[str, Any]]]

_SKIPPED = "skipped.json"


def without_model(output: Path, reason: str) -> Outputs:
    """Write a folder that says why there is no model in it."""
    with atomic_directory(output) as folder:
        content = json.dumps({"skipped": reason})
        (folder / _SKIPPED).write_text(content, encoding="utf-8")
    return {"model": output, "history": []}


def with_model(
    finetuned: Finetuned[Any], output: Path, *, keep_adapter: bool = False
) -> Outputs:
    """Write a model, perhaps with its adapters beside it."""
    kept = output.with_name(f"{output.name}_{ADAPTER}")
    if keep_adapter:  # saving the model merges them
        save_finetuned(finetuned, kept, keep_adapter=True)
    save_finetuned(finetuned, output)
    if keep_adapter:
        shutil.move(kept, output / ADAPTER)
    return {"model": output, "history": finetuned.history}
