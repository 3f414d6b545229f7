"""Share of generated texts that have the topic that was asked for.

    python benchmarks/steerability.py [--data DIR] [--steps N] [--samples N]

Uses the artifacts of a finished run: its pretrained model and its documents labelled by
topic. The model is finetuned to write documents after their topic, every seventh
without one. Compared are texts without a condition, with the condition alone, with
contrastive guidance of several strengths, and the best of eight by a classifier. Two
classifiers (TF-IDF and logistic regression) see different halves of the documents: one
chooses, the other one judges; its accuracy on held-out documents stands beside.
Prints a table with 95 % intervals and how many different word pairs the texts of a
topic have, and writes ``data/08_reporting/benchmarks/steerability.json``.
"""

import argparse
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline

from taojin.core.files import write_text
from taojin.evaluation.intervals import proportion
from taojin.generation.config import GuidanceConfig, SamplingConfig
from taojin.generation.preparation import prepare
from taojin.generation.reranking import sample_best
from taojin.generation.sampling import sample
from taojin.models.storage import load_tokenizer
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import finetune_language_model
from taojin.training.finetuning_config import LanguageFinetuningConfig

ROOT = Path(__file__).parents[1]
UNCONDITIONED = 7
"""Every so many documents are shown without their topic."""
STRENGTHS = (1.0, 1.5, 2.0, 3.0)
NUM_CANDIDATES = 8


def condition(topic: str) -> str:
    """Text that stands before a document of the topic."""
    return f"About {topic}:\n"


def conditional_examples(documents: pd.DataFrame) -> pd.DataFrame:
    """Documents after their topics, some after nothing."""
    prompts = [condition(topic) for topic in documents["label"]]
    prompts[::UNCONDITIONED] = [""] * len(prompts[::UNCONDITIONED])
    return pd.DataFrame(
        {
            "document_id": list(documents["document_id"]),
            "prompt": prompts,
            "target": list(documents["text"]),
            "split": list(documents["split"]),
        }
    )


def train_classifier(documents: pd.DataFrame) -> Pipeline:
    """Fit word pairs to topics."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    model = make_pipeline(words, LogisticRegression(C=20.0, max_iter=200))
    return model.fit(documents["text"], documents["label"])


def variety(texts: list[str]) -> float:
    """Different pairs of words, as a share of all pairs."""
    pairs = [
        pair
        for text in texts
        for pair in zip(text.split(), text.split()[1:], strict=False)
    ]
    return len(set(pairs)) / max(1, len(pairs))


class Steering:
    """What is asked, and who judges."""

    def __init__(self, model: Any, tokenizer: Any, documents: pd.DataFrame) -> None:
        train = documents[documents["split"] == "train"]
        self.ready, self.tokenizer = prepare(model), tokenizer
        self.topics = sorted(train["label"].unique())
        self.judge = train_classifier(train.iloc[::2])
        self.chooser = train_classifier(train.iloc[1::2])

    def texts(
        self, way: str, topic: str, num_samples: int, strength: float
    ) -> list[str]:
        """Write texts about a topic in one of the ways."""
        config = SamplingConfig(max_new_tokens=60, temperature=0.8, top_p=0.95)
        prompts = [""] * num_samples
        if way == "best of eight":
            column = list(self.chooser.classes_).index(topic)
            chosen = sample_best(
                self.ready,
                self.tokenizer,
                prompts,
                config,
                lambda texts: self.chooser.predict_proba(texts)[:, column],
                NUM_CANDIDATES,
            )
            return [one.text for one in chosen]
        if way == "guided":
            guidance = GuidanceConfig(
                condition=condition(topic), strength=strength, plausibility=0.02
            )
            config = config.model_copy(update={"guidance": guidance})
        return [one.text for one in sample(self.ready, self.tokenizer, prompts, config)]

    def measure(self, way: str, num_samples: int, strength: float) -> dict[str, Any]:
        """Count texts that the judge finds on topic."""
        hits, different = [], []
        started = time.process_time()
        for topic in self.topics:
            texts = self.texts(way, topic, num_samples, strength)
            hits += list(self.judge.predict(texts) == topic)
            different.append(variety(texts))
        share = proportion(int(sum(hits)), len(hits))
        name = f"{way}, strength {strength}" if way == "guided" else way
        print(
            f"{name:24}{share.value:>8.3f}  [{share.low:.3f}, {share.high:.3f}]"
            f"{np.mean(different):>10.3f}"
        )
        return {
            "way": name,
            "share": share.value,
            "low": share.low,
            "high": share.high,
            "variety": float(np.mean(different)),
            "cpu_seconds": time.process_time() - started,
        }


def main() -> None:
    """Train, sample, judge and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--samples", type=int, default=16, help="texts a topic")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    documents = pd.read_parquet(
        arguments.data / "05_model_input/labelled_topics.parquet"
    )
    base = arguments.data / "06_models/pretrained_model"
    training = TrainingConfig(
        num_steps=arguments.steps,
        batch_size=16,
        matrix_learning_rate=0.015,
        embedding_learning_rate=0.005,
        head_learning_rate=0.004,
        decay_fraction=0.9,
        num_threads=1,
    )
    settings = LanguageFinetuningConfig(max_tokens=128, training=training)
    tuned = finetune_language_model(conditional_examples(documents), base, settings)
    steering = Steering(tuned.model, load_tokenizer(base), documents)
    held_out = documents[documents["split"] == "test"]
    accuracy = float(
        np.mean(steering.judge.predict(held_out["text"]) == held_out["label"])
    )
    print(
        f"{len(steering.topics)} topics; judge is right on {accuracy:.3f} of documents"
    )
    print(f"{'way':24}{'share':>8}  {'95 % interval':16}{'variety':>10}")
    ways = [("unguided", 1.0), *(("guided", one) for one in STRENGTHS)]
    rows = [
        steering.measure(way, arguments.samples, strength)
        for way, strength in [*ways, ("best of eight", 1.0)]
    ]
    path = ROOT / "data/08_reporting/benchmarks/steerability.json"
    write_text(path, json.dumps({"judge": accuracy, "rows": rows}, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
