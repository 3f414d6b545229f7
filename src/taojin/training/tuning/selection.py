"""Token shards of those documents alone that pass rules over their signals."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from taojin.core.errors import EmptyStageError
from taojin.core.files import atomic_directory
from taojin.core.fingerprints import hash_file
from taojin.core.shards import Shards
from taojin.curation.config import RulesConfig, ThresholdRule
from taojin.curation.decisions import NO_CONTAMINATION
from taojin.curation.judging import FIXED_COLUMNS, Ledger, judge
from taojin.curation.members import Members
from taojin.features.tokens import MANIFEST, TokenShards, documents_name, tokens_name

_SPLIT = "train"


@dataclass(frozen=True)
class _Allowed:
    """Licences were judged when the documents were curated."""

    allowed: bool = True
    reason: str = "curated"


def passing_documents(signals: Shards, rules: Sequence[ThresholdRule]) -> set[str]:
    """Name the documents that pass every rule; nothing but signals is read."""
    config = RulesConfig(thresholds=tuple(rules))
    wanted = dict.fromkeys([*FIXED_COLUMNS, *(rule.signal for rule in rules)])
    nothing = Members(NO_CONTAMINATION.assign(detail=[]))
    passing: set[str] = set()
    for table in signals.tables(list(wanted)):
        ledger = Ledger(table, explains=False)
        licences = table["licence"].unique().to_pylist()
        judge(ledger, config, dict.fromkeys(licences, _Allowed()), nothing)
        passing.update(table["document_id"].filter(ledger.kept).to_pylist())
    return passing


def select_training_documents(
    tokens: TokenShards, passing: set[str], output: Path
) -> TokenShards:
    """Write shards whose train split holds some documents; other splits stay whole.

    Args:
        tokens: Where to take them from.
        passing: Ids of documents that may stay.
        output: Folder to make; an existing one is replaced.

    Raises:
        EmptyStageError: If no document of the train split may stay.
    """
    documents = tokens.documents(_SPLIT)
    kept = documents["document_id"].isin(list(passing)).to_numpy()
    if not kept.any():
        message = f"the rules drop all {len(documents)} training documents"
        raise EmptyStageError(message)
    with atomic_directory(output) as folder:
        for path in tokens.root.iterdir():
            if not path.name.startswith(f"{_SPLIT}.") and path.name != MANIFEST:
                shutil.copyfile(path, folder / path.name)
        mask = np.repeat(kept, documents["num_tokens"].to_numpy())
        tokens.tokens(_SPLIT)[mask].tofile(folder / tokens_name(_SPLIT))
        chosen = documents.loc[kept].reset_index(drop=True)
        chosen.to_parquet(folder / documents_name(_SPLIT), index=False)
        manifest = _manifest(tokens, chosen, folder)
        (folder / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")
    return TokenShards.open(output)


def _manifest(
    tokens: TokenShards, chosen: pd.DataFrame, folder: Path
) -> dict[str, object]:
    before = json.loads((tokens.root / MANIFEST).read_text(encoding="utf-8"))
    counts = {
        "num_documents": len(chosen),
        "num_tokens": int(chosen["num_tokens"].to_numpy().sum()),
        "num_bytes": int(chosen["num_bytes"].to_numpy().sum()),
    }
    files = {
        path.name: {"num_bytes": path.stat().st_size, "hash": hash_file(path)}
        for path in sorted(folder.iterdir())
    }
    return {**before, "splits": {**before["splits"], _SPLIT: counts}, "files": files}
