"""Share of generated texts that have the attribute that was asked for.

    python benchmarks/steerability.py [--data DIR] [--headlines SEntFiN.csv]
        [--attributes topic length sentiment] [--steps N] [--samples N]

Uses the artifacts of a finished run: its pretrained model, its documents labelled by
topic, and its descriptions, which are short or long. Sentiment needs the headlines of
SEntFiN 1.0, of which those are taken whose entities all have one sentiment. The model
is finetuned to write texts after their attribute, every seventh without one. Compared
are texts without a condition, with the condition alone, with contrastive guidance of
several strengths, and the best of eight by a classifier. Two classifiers (TF-IDF and
logistic regression) see different halves of the texts: one chooses, the other one
judges; its accuracy on held-out texts stands beside. Length is counted, not judged.
Prints a table with 95 % intervals and how many different word pairs the texts of an
attribute have, and writes ``data/08_reporting/benchmarks/steerability.json``.
"""

import argparse
import ast
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from taojin.core.files import write_text
from taojin.core.randomness import generator
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
"""Every so many texts are shown without their attribute."""
STRENGTHS = (1.0, 1.5, 2.0, 3.0)
NUM_CANDIDATES = 8
SHORT, LONG = 7, 13
"""Words of a short description at most, and of a long one at least."""

Probabilities = Callable[[Sequence[str]], NDArray[np.float64]]
"""Of each label, ``[texts, labels]``."""


@dataclass(frozen=True)
class Attribute:
    """What can be asked for, and who says whether it was given.

    Attributes:
        name: Stands in the condition.
        texts: ``document_id``, ``text``, ``label``, ``split``.
        labels: What can be asked for, in the order of the probabilities.
        judge: Says what a text has.
        choose: Prefers one of several texts; knows nothing of the judge, unless the
            attribute is a matter of counting.
    """

    name: str
    texts: pd.DataFrame
    labels: list[str]
    judge: Probabilities
    choose: Probabilities

    def condition(self, label: str) -> str:
        """Text that stands before a text with the label."""
        return f"{self.name}: {label}\n"

    def examples(self) -> pd.DataFrame:
        """Texts after their labels, some after nothing."""
        prompts = [self.condition(label) for label in self.texts["label"]]
        prompts[::UNCONDITIONED] = [""] * len(prompts[::UNCONDITIONED])
        columns = {"prompt": prompts, "target": list(self.texts["text"])}
        shown = self.texts.loc[:, ["document_id", "split"]]
        return shown.assign(**columns)

    def judged(self, texts: Sequence[str]) -> list[str]:
        """The label that the judge finds."""
        return [self.labels[best] for best in self.judge(texts).argmax(1)]

    def accuracy(self) -> float:
        """Of the judge, on held-out texts."""
        held_out = self.texts[self.texts["split"] == "test"]
        right = np.array(self.judged(list(held_out["text"]))) == held_out["label"]
        return float(right.mean())


def by_words(name: str, texts: pd.DataFrame) -> Attribute:
    """An attribute that two classifiers learn to see, each from half of the texts."""
    train = texts[texts["split"] == "train"]
    judge, choose = (train_classifier(train.iloc[half::2]) for half in (0, 1))
    return Attribute(
        name, texts, list(judge.classes_), judge.predict_proba, choose.predict_proba
    )


def train_classifier(texts: pd.DataFrame) -> Any:
    """Fit word pairs to labels."""
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, min_df=2)
    model = make_pipeline(words, LogisticRegression(C=20.0, max_iter=200))
    return model.fit(texts["text"], texts["label"])


def topics(data: Path) -> Attribute:
    """Documents of the main job and the package that each is from."""
    return by_words(
        "About", pd.read_parquet(data / "05_model_input/labelled_topics.parquet")
    )


def lengths(data: Path) -> Attribute:
    """Descriptions of the main job, short or long; those between are left out."""
    found = pd.read_parquet(data / "05_model_input/labelled_descriptions.parquet")
    texts = found.rename(columns={"target": "text"}).drop(columns="prompt")
    count = texts["text"].str.split().str.len()
    texts["label"] = np.where(count <= SHORT, "short", "long")
    wanted = (count <= SHORT) | (count >= LONG)
    texts = texts.loc[wanted, :].reset_index(drop=True)

    def measure(asked: Sequence[str]) -> NDArray[np.float64]:
        words = np.array([len(text.split()) for text in asked])
        between = (words > SHORT) & (words < LONG)  # neither, whatever was asked
        return np.stack([words >= LONG, words <= SHORT, between], 1).astype(float)

    return Attribute("Length", texts, ["long", "short", "neither"], measure, measure)


def sentiments(path: Path) -> Attribute:
    """Headlines whose entities all have the same sentiment."""
    table = pd.read_csv(path)
    rows = []
    for title, decisions in zip(table["Title"], table["Decisions"], strict=True):
        try:
            found = set(ast.literal_eval(decisions).values())
        except (SyntaxError, ValueError):  # 13 rows are broken
            continue
        if len(found) == 1:
            rows.append((str(title), str(found.pop())))
    texts = pd.DataFrame(rows, columns=["text", "label"])
    splits = generator(0, "splits").choice(
        ["train", "validation", "test"], len(texts), p=[0.8, 0.1, 0.1]
    )
    return by_words(
        "Sentiment",
        texts.assign(split=splits, document_id=[str(row) for row in texts.index]),
    )


def variety(texts: list[str]) -> float:
    """Different pairs of words, as a share of all pairs."""
    pairs = [
        pair
        for text in texts
        for pair in zip(text.split(), text.split()[1:], strict=False)
    ]
    return len(set(pairs)) / max(1, len(pairs))


class Steering:
    """A model that was shown an attribute, asked for it in several ways."""

    def __init__(self, attribute: Attribute, base: Path, num_steps: int) -> None:
        training = TrainingConfig(
            num_steps=num_steps,
            batch_size=16,
            matrix_learning_rate=0.015,
            embedding_learning_rate=0.005,
            head_learning_rate=0.004,
            decay_fraction=0.9,
            num_threads=1,
        )
        settings = LanguageFinetuningConfig(max_tokens=128, training=training)
        tuned = finetune_language_model(attribute.examples(), base, settings)
        self.attribute = attribute
        self.ready, self.tokenizer = prepare(tuned.model), load_tokenizer(base)

    def texts(
        self, way: str, label: str, num_samples: int, strength: float
    ) -> list[str]:
        """Write texts with a label in one of the ways."""
        config = SamplingConfig(max_new_tokens=60, temperature=0.8, top_p=0.95)
        prompts = [""] * num_samples
        attribute = self.attribute
        condition = attribute.condition(label)
        if way == "best of eight":
            column = attribute.labels.index(label)
            chosen = sample_best(
                self.ready,
                self.tokenizer,
                prompts,
                config,
                lambda texts: attribute.choose(texts)[:, column],
                NUM_CANDIDATES,
            )
            return [one.text for one in chosen]
        if way == "guided":
            guidance = GuidanceConfig(
                condition=condition, strength=strength, plausibility=0.02
            )
            config = config.model_copy(update={"guidance": guidance})
        return [one.text for one in sample(self.ready, self.tokenizer, prompts, config)]

    def measure(self, way: str, num_samples: int, strength: float) -> dict[str, Any]:
        """Count texts that the judge finds to have what was asked for."""
        hits, different = [], []
        started = time.process_time()
        for label in sorted(self.attribute.texts["label"].unique()):
            texts = self.texts(way, label, num_samples, strength)
            hits += [found == label for found in self.attribute.judged(texts)]
            different.append(variety(texts))
        share = proportion(sum(hits), len(hits))
        name = f"{way}, strength {strength}" if way == "guided" else way
        print(
            f"{name:24}{share.value:>8.3f}  [{share.low:.3f}, {share.high:.3f}]"
            f"{np.mean(different):>10.3f}",
            flush=True,
        )
        return {
            "way": name,
            "share": share.value,
            "low": share.low,
            "high": share.high,
            "num_texts": len(hits),
            "variety": float(np.mean(different)),
            "cpu_seconds": time.process_time() - started,
        }


def steer(
    attribute: Attribute, base: Path, num_steps: int, num_texts: int
) -> dict[str, Any]:
    """Finetune, ask in every way, print."""
    labels = len(set(attribute.texts["label"]))
    accuracy = attribute.accuracy()
    print(
        f"\n{attribute.name}: {labels} labels, {len(attribute.texts)} texts; the judge "
        f"is right on {accuracy:.3f} of held-out ones"
    )
    steering = Steering(attribute, base, num_steps)
    print(f"{'way':24}{'share':>8}  {'95 % interval':16}{'variety':>10}")
    ways = [("unguided", 1.0), *(("guided", one) for one in STRENGTHS)]
    rows = [
        steering.measure(way, num_texts // labels, strength)
        for way, strength in [*ways, ("best of eight", 1.0)]
    ]
    return {"judge_accuracy": accuracy, "num_labels": labels, "rows": rows}


def main() -> None:
    """Measure every attribute that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--headlines", type=Path, help="SEntFiN.csv")
    parser.add_argument(
        "--attributes", nargs="+", default=["topic", "length", "sentiment"]
    )
    parser.add_argument("--steps", type=int, default=300)
    parser.add_argument("--samples", type=int, default=192, help="texts a way")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    base = arguments.data / "06_models/pretrained_model"
    known: dict[str, Callable[[], Attribute]] = {
        "topic": lambda: topics(arguments.data),
        "length": lambda: lengths(arguments.data),
    }
    if arguments.headlines is not None:
        known["sentiment"] = lambda: sentiments(arguments.headlines)
    figures = {
        name: steer(known[name](), base, arguments.steps, arguments.samples)
        for name in arguments.attributes
        if name in known
    }
    path = ROOT / "data/08_reporting/benchmarks/steerability.json"
    write_text(path, json.dumps(figures, indent=1))
    print(f"written to {path}")


if __name__ == "__main__":
    main()
