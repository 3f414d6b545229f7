"""Generators of captions, by the Texygen protocol and by distance to real captions.

    python benchmarks/texygen.py --data DIR [--work DIR] [--seeds 0 1 ...]
        [--models likelihood resampled reweighted codes words] [--num-samples N] [--smoke]

DIR holds ``image_coco.txt`` and ``test_coco.txt`` (Zhu et al. 2018), a caption a line.
Compared are

* ``real``: the captions that models are trained on, as if they had been generated;
* ``likelihood``: a language model of words by maximum likelihood, at several
  temperatures; the curve that everything else is measured against;
* ``reweighted``: the same model, trained on against a discriminator that weighs its
  samples (:mod:`taojin.training.text_adversarial.reweighting`);
* ``resampled``: sentences of the same model at temperature 1, drawn again by the weights
  of a discriminator; no model learns from them;
* ``codes``: the textbook game of two perceptrons over codes of an autoencoder;
* ``words``: a generator that never saw a real word, by rewards alone.

BLEU-2 to 5 of all test captions and self-BLEU-2 to 5 follow the protocol; published rows
stand beside them. They decide nothing, and the test file less than that: it is of other
subjects than the training file (of 10,000 captions each, toilets are in 971 and 0,
skateboards in 26 and 758). What decides are the Fréchet distance of embeddings, forward
and reverse likelihood, and a two-sample test, against captions of the *training* file
that are held out from every model; others of them, and the test file, train the judges
(an n-gram model, and a small language model whose states are the embeddings; the
fingerprint of that is printed). For every
model that is not ``likelihood`` the excess over the temperature curve at equal diversity
(equal reverse likelihood, equal self-BLEU-4) is given, with a t interval over seeds.

Everything trained is kept in ``--work``, and what is there is not trained again. Prints
tables and writes ``texygen.json`` there.
"""

import argparse
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from scipy import stats
from texygen_models import MAX_WORDS, Models, read

from taojin.core.files import write_text
from taojin.evaluation.distances.two_sample import TwoSampleConfig
from taojin.evaluation.extractors.text import HiddenStateExtractor
from taojin.evaluation.sentences.curves import CurvePoint, excess_over_curve
from taojin.evaluation.sentences.judging import SentenceJudge, SentenceJudgeConfig
from taojin.evaluation.sentences.overlap import ORDERS, References, score_overlap
from taojin.generation.config import SamplingConfig
from taojin.generation.sampling import sample
from taojin.models.bases import load_base
from taojin.training.text_adversarial.likelihood import SentenceModel

TEMPERATURES = (0.8, 0.9, 1.0, 1.1)
GUIDED_TEMPERATURES = (0.9, 1.0, 1.1)
MODELS = ("likelihood", "resampled", "reweighted", "codes", "words")

PUBLISHED = {
    "SeqGAN": "0.745 0.498 0.294 0.180 | 0.950 0.840 0.670 0.489",
    "MaliGAN": "0.673 0.432 0.257 0.159 | 0.918 0.781 0.606 0.437",
    "RankGAN": "0.743 0.467 0.264 0.156 | 0.959 0.882 0.762 0.618",
    "LeakGAN": "0.746 0.528 0.355 0.230 | 0.966 0.913 0.848 0.780",
    "TextGAN": "0.593 0.463 0.277 0.207 | 0.942 0.931 0.804 0.746",
    "MLE (LSTM)": "0.731 0.497 0.305 0.189 | 0.916 0.769 0.583 0.408",
}
"""Of Texygen's own documentation; self-BLEU there is of about 10,000 samples."""

Point = dict[str, Any]


class Bench:
    """Data, judges and the folder in which everything is kept."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.arguments = arguments
        self.work = Path(arguments.work)
        captions = read(Path(arguments.data), smoke=arguments.smoke)
        self.models = Models(captions, arguments)
        self.known = set(captions.train)
        self.references = References(words(captions.test))
        self.held_out = References(words(captions.reference))
        self.judge = SentenceJudge(
            words(captions.known),
            words(captions.reference),
            HiddenStateExtractor(load_base(self.models.judge())),
            SentenceJudgeConfig(
                two_sample=TwoSampleConfig(max_items=1000, num_permutations=10)
            ),
        )

    def draw(self, made: SentenceModel, temperature: float, seed: int) -> list[str]:
        """Sentences of a language model."""
        config = SamplingConfig(
            temperature=temperature,
            max_new_tokens=MAX_WORDS + 1,
            batch_size=256,
            seed=seed + 1000,
        )
        number = self.arguments.num_samples
        written = sample(made.model, made.tokenizer, [""] * number, config)
        return [one.text for one in written]

    def point(self, texts: list[str], **names: Any) -> Point:
        """Everything that is known of some sentences."""
        samples = words(texts[: self.arguments.num_samples])
        scores, overlap = (
            self.judge.judge(samples),
            score_overlap(samples, self.references),
        )
        point = {
            **names,
            **asdict(scores),
            "bleu": overlap.bleu,
            "self_bleu": overlap.self_bleu,
            "bleu_of_held_out": _by_order(self.held_out.bleu(samples).mean(axis=0)),
            "mean_words": float(np.mean([len(one) for one in samples])),
            "distinct": len({" ".join(one) for one in samples}) / len(samples),
            "in_training": float(
                np.mean([" ".join(one) in self.known for one in samples])
            ),
            "examples": texts[:12],
        }
        show(point)
        return point

    def points(self, seed: int) -> list[Point]:
        """All points of one seed; those that were measured are read."""
        arguments = self.arguments
        tasks: list[tuple[str, Callable[[], list[Point]]]] = [
            ("likelihood", lambda: self._curve(seed)),
            ("reweighted", lambda: self._reweighted_curve(seed)),
            ("resampled", lambda: [self._resampled_point(seed)]),
            ("codes", lambda: [self._code_point(seed)]),
            ("words", lambda: [self._word_point(seed)]),
        ]
        found: list[Point] = []
        for name, task in tasks:
            tag = arguments.tag if name == "reweighted" else ""
            path = self.work / f"points-{seed}-{tag}{name}.json"
            if not path.exists() and name in arguments.models:
                began = time.process_time()
                made = task()
                print(f"{name} {seed}: {time.process_time() - began:.0f} CPU s")
                write_text(path, json.dumps(made, indent=1) + "\n")
            if path.exists():
                found += json.loads(path.read_text(encoding="utf-8"))
        return found

    def _curve(self, seed: int) -> list[Point]:
        made = self.models.likelihood(seed)
        return [
            self.point(
                self.draw(made, temperature, seed),
                model="likelihood",
                temperature=temperature,
                seed=seed,
            )
            for temperature in TEMPERATURES
        ]

    def _reweighted_curve(self, seed: int) -> list[Point]:
        made = self.models.reweighted(seed)
        name, facts = f"{self.arguments.tag}reweighted", made.facts()
        print(json.dumps(facts), flush=True)
        # Where no round gains, that is the start, and the curve knows it already.
        gained = any(one.is_best for one in made.rounds)
        drawn = [(name, made.generator, t) for t in GUIDED_TEMPERATURES if gained]
        if not (made.rounds and made.rounds[-1].is_best):
            drawn += [(f"{name}-last", made.last, t) for t in GUIDED_TEMPERATURES]
        return [
            self.point(
                self.draw(model, temperature, seed),
                model=label,
                temperature=temperature,
                seed=seed,
                facts=facts,
            )
            for label, model, temperature in drawn
        ]

    def _resampled_point(self, seed: int) -> Point:
        texts = self.models.resampled(seed, self.arguments.num_samples)
        return self.point(texts, model="resampled", temperature=1.0, seed=seed)

    def _code_point(self, seed: int) -> Point:
        texts = self.models.codes(seed)(self.arguments.num_samples, seed)
        return self.point(texts, model="codes", temperature=0.0, seed=seed)

    def _word_point(self, seed: int) -> Point:
        made = self.models.words_alone(seed)
        texts = self.draw(made, 1.0, seed)
        return self.point(texts, model="words", temperature=1.0, seed=seed)

    def real(self) -> Point:
        """Training captions, as if a perfect generator had made them."""
        path = self.work / "points-real.json"
        if not path.exists():
            texts = self.models.captions.train[: self.arguments.num_samples]
            made = self.point(texts, model="real", temperature=1.0, seed=0)
            write_text(path, json.dumps(made, indent=1) + "\n")
        return json.loads(path.read_text(encoding="utf-8"))


def words(texts: Sequence[str]) -> list[list[str]]:
    """Words of each text."""
    return [text.split() for text in texts]


def _by_order(means: NDArray[np.float64]) -> dict[int, float]:
    return dict(zip(ORDERS, means.tolist(), strict=True))


def show(point: Point) -> None:
    """Print a point as a line."""
    bleu = " ".join(f"{_of(point['bleu'], n):.3f}" for n in ORDERS)
    own = " ".join(f"{_of(point['self_bleu'], n):.3f}" for n in ORDERS)
    print(
        f"{point['model']:>10} T={point['temperature']:.1f} seed {point['seed']} "
        f"{bleu} | {own} | frechet {point['frechet']:.4f} forward "
        f"{point['forward']:.3f} reverse {point['reverse']:.3f} auc "
        f"{point['area']:.3f} words {point['mean_words']:.1f} distinct "
        f"{point['distinct']:.3f} in training {point['in_training']:.3f}",
        flush=True,
    )


def _of(values: dict[Any, float], order: int) -> float:
    return values[order] if order in values else values[str(order)]


def excesses(points: Sequence[Point]) -> list[dict[str, Any]]:
    """What each other model has over the temperature curve, over seeds.

    Diversity is the reverse likelihood or self-BLEU-4; the score is the Fréchet distance
    or the forward likelihood. A model counts at the temperature at which it is.
    """
    axes = {
        "reverse": lambda p: p["reverse"],
        "self_bleu_4": lambda p: _of(p["self_bleu"], 4),
    }
    found = []
    names = sorted({(p["model"], p["temperature"]) for p in points})
    for model, temperature in names:
        if model in {"likelihood", "real"}:
            continue
        mine = [
            p for p in points if (p["model"], p["temperature"]) == (model, temperature)
        ]
        for axis, diversity in axes.items():
            for score in ("frechet", "forward", "area"):
                values = []
                for one in mine:
                    curve = [
                        CurvePoint(diversity(p), p[score])
                        for p in points
                        if p["model"] == "likelihood" and p["seed"] == one["seed"]
                    ]
                    place = CurvePoint(diversity(one), one[score])
                    value = excess_over_curve(curve, place) if len(curve) > 1 else None
                    if value is not None:
                        values.append(value)
                found.append(
                    {
                        "model": model,
                        "temperature": temperature,
                        "diversity": axis,
                        "score": score,
                        **_interval(values),
                        "num_outside": len(mine) - len(values),
                    }
                )
    return found


def _interval(values: list[float]) -> dict[str, Any]:
    if not values:
        return {"mean": None, "low": None, "high": None, "num_seeds": 0}
    mean, size = float(np.mean(values)), len(values)
    if size == 1:
        return {"mean": mean, "low": None, "high": None, "num_seeds": 1}
    width = stats.t.ppf(0.975, size - 1) * np.std(values, ddof=1) / size**0.5
    return {
        "mean": mean,
        "low": mean - float(width),
        "high": mean + float(width),
        "num_seeds": size,
    }


def main() -> None:
    """Run what is asked for and print tables."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", required=True)
    parser.add_argument("--work", default="data/08_reporting/benchmarks/texygen")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2, 3, 4])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=MODELS)
    parser.add_argument("--num-samples", type=int, default=2000)
    parser.add_argument("--num-drawn", type=int, default=6500)
    parser.add_argument("--num-rounds", type=int, default=2)
    parser.add_argument("--real-share", type=float, default=0.3)
    parser.add_argument("--max-weight", type=float, default=10.0, help="1 is a control")
    parser.add_argument("--code-steps", type=int, default=1000)
    parser.add_argument("--word-steps", type=int, default=1200)
    parser.add_argument("--word-batch", type=int, default=64)
    parser.add_argument("--word-rate", type=float, default=5e-4)
    parser.add_argument(
        "--tag", default="", help="of a reweighting with other settings"
    )
    parser.add_argument("--smoke", action="store_true")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    bench = Bench(arguments)
    print("BLEU-2 3 4 5 | self-BLEU-2 3 4 5")
    for name, row in PUBLISHED.items():
        print(f"{name:>10} (published)  {row}")
    points = [bench.real()]
    for seed in arguments.seeds:
        points += bench.points(seed)
    table = excesses(points)
    print(f"embeddings by {points[0]['extractor']}")
    for point in points:
        show(point)
    for row in table:
        print(json.dumps(row))
    content = {"points": points, "excess_over_curve": table}
    write_text(bench.work / "texygen.json", json.dumps(content, indent=1) + "\n")


if __name__ == "__main__":
    main()
