"""Adapters from catalogue names to the export of a study."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.files import atomic_directory
from taojin.core.shards import Shards
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.human import write_study
from taojin.evaluation.judging.studies import make_text_study
from taojin.features.splits import texts_of_split

HELD_OUT = "test"


def export_study(
    candidates: pd.DataFrame,
    documents: Shards,
    document_splits: pd.DataFrame,
    workspace: Path,
    config: EvaluationConfig,
) -> dict[str, Any]:
    """Write blinded pairs of the candidates' texts, and their key.

    Returns:
        ``study``, the folder that judges get, and ``key``, which they do not.
    """
    usable = candidates.loc[candidates["rejected"].isna()]
    sets = {
        str(name): rows["text"].tolist()
        for name, rows in usable.groupby("candidate", sort=False)
    }
    real = texts_of_split(documents, document_splits, HELD_OUT)
    study = make_text_study(sets, real, config.human)
    output = workspace / "human_study"
    with atomic_directory(output) as folder:
        write_study(study, folder, workspace / "human_study_key.json")
    return {"study": output, "key": study.key.model_dump(mode="json")}
