"""The whole evaluation of a set of texts, as the main job does it; a job alone.

    python evaluation_texts.py DATA NUM_TEXTS

``DATA`` is the folder of artifacts of the main job. The texts are documents of its
training part, cut, with a fifth of their words replaced: so there are near copies and
rarely verbatim ones, as of a model that has learned much by heart. Counted is all but
imports and the making of the texts. Prints one line ``RESULT {...}``.
"""

import itertools
import json
import sys
import time
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from taojin.core.randomness import generator
from taojin.core.shards import Shards
from taojin.curation.personal_data import find
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.items.item_sets import ItemSet
from taojin.evaluation.judging.legality import TrainingText, audit_texts
from taojin.evaluation.judging.texts import judge_texts, real_texts
from taojin.features.splits import texts_of_split
from taojin.features.tokens import TokenShards
from taojin.models.encoding import encode
from taojin.models.storage import load_tokenizer

NUM_CORES = 2
NUM_CHARACTERS = 600
REPLACED = 0.2


def written_alike(texts: list[str], number: int) -> list[str]:
    """Make texts that are much like real ones."""
    random = generator(0, "texts of a benchmark")
    words = " ".join(texts[:500]).split()
    made = []
    for place in random.permutation(len(texts))[:number]:
        own = texts[place][:NUM_CHARACTERS].split(" ")
        swapped = random.random(len(own)) < REPLACED
        others = random.integers(0, len(words), len(own))
        made.append(
            " ".join(
                words[other] if swap else word
                for word, swap, other in zip(own, swapped, others, strict=True)
            )
        )
    return made


def evaluate(data: Path, number: int) -> dict[str, Any]:
    """Judge and audit; time it."""
    documents = Shards.open(data / "03_primary/curated_documents")
    splits = pd.read_parquet(data / "04_feature/document_splits.parquet")
    made = written_alike(texts_of_split(documents, splits, "train"), number)
    config = EvaluationConfig()
    walls = [time.perf_counter()]
    started = time.process_time()
    held_out, others, training = (
        texts_of_split(documents, splits, split)
        for split in ("test", "validation", "train")
    )
    real = real_texts(held_out, others, training, config.judging)
    tokens = TokenShards.open(data / "05_model_input/token_shards")
    tokenizer = load_tokenizer(data / "06_models/pretrained_model")
    known = TrainingText.of_shards(
        tokens, documents, lambda text: encode(tokenizer, text), find
    )
    walls.append(time.perf_counter())
    audits = audit_texts(made, held_out, known, config.legality)
    walls.append(time.perf_counter())
    items = ItemSet("text", made, tuple(map(str, range(len(made)))))
    judged = judge_texts(
        items, real, config.judging, config.diversity, config.intervals
    )
    walls.append(time.perf_counter())
    scores = [score for audit in audits for score in audit.scores]
    scores += [one.score for one in judged]
    names = ("preparing", "auditing", "judging")
    parts = [after - before for before, after in itertools.pairwise(walls)]
    return {
        "num_texts": len(made),
        "num_real": len(held_out),
        "num_training": len(training),
        "wall_seconds": walls[-1] - walls[0],
        "cpu_seconds": time.process_time() - started,
        "wall_of_parts": dict(zip(names, parts, strict=True)),
        "scores": {score.name: score.estimate.value for score in scores},
        "warnings": [warning for audit in audits for warning in audit.warnings],
    }


def main() -> None:
    """Run the job and print what it took."""
    torch.set_num_threads(NUM_CORES)
    found = evaluate(Path(sys.argv[1]), int(sys.argv[2]))
    print("RESULT " + json.dumps(found))


if __name__ == "__main__":
    main()
