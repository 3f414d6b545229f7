import math

import pandas as pd
import pytest
import torch

from taojin.core.errors import EmptyStageError
from taojin.models.bases import load_base
from taojin.models.encoding import ScoredSequence
from taojin.training.config import TrainingConfig
from taojin.training.finetuning_config import LowRankConfig, PreferenceConfig
from taojin.training.metrics import ListSink
from taojin.training.objectives import Preference
from taojin.training.preference import tune_on_preferences, with_reference
from taojin.training.sequences import SequencePair, collate_pairs

TRAINING = {
    "num_steps": 20,
    "batch_size": 4,
    "optimiser": "adamw",
    "matrix_learning_rate": 0.003,
    "embedding_learning_rate": 0.003,
    "head_learning_rate": 0.003,
    "validate_every": 10,
    "num_threads": 1,
}
PAIRS = [
    SequencePair(
        ScoredSequence([0, 7, 8, 9, 0], [False, False, True, True, True]),
        ScoredSequence([0, 7, 11, 0], [False, False, True, True]),
    ),
    SequencePair(
        ScoredSequence([0, 5, 6], [False, True, True]),
        ScoredSequence([0, 5, 9, 9, 9], [False, True, True, True, True]),
    ),
]


def _config(adapter=None, **training):
    settings = TrainingConfig(**{**TRAINING, **training})
    return PreferenceConfig(max_tokens=40, beta=0.2, adapter=adapter, training=settings)


def _examples():
    rows = [
        (f"say {word}:", "yes please", "go away", split)
        for word in ("a", "b", "c", "d")
        for split in ("train", "train", "validation")
    ]
    return pd.DataFrame(rows, columns=["prompt", "chosen", "rejected", "split"])


def _likelihood(model, sequence):
    shares = model(torch.tensor([sequence.tokens])).log_softmax(-1)[0]
    return sum(
        shares[place - 1, token].item()
        for place, token in enumerate(sequence.tokens)
        if sequence.scored[place]
    )


def test_the_loss_is_that_of_the_paper(base_folder):
    model = load_base(base_folder("own")).model
    pairs = [
        pair._replace(reference=reference)
        for pair, reference in zip(PAIRS, [(-20.0, -9.0), (-7.5, -30.0)], strict=True)
    ]

    loss = Preference(model, beta=0.3, smoothing=0.1).loss(collate_pairs(pairs))

    expected, margins = 0.0, []
    for pair in pairs:
        gain = _likelihood(model, pair.chosen) - pair.reference[0]
        loss_of_other = _likelihood(model, pair.rejected) - pair.reference[1]
        margin = 0.3 * (gain - loss_of_other)
        margins.append(margin)
        right = math.log1p(math.exp(-margin))
        wrong = math.log1p(math.exp(margin))
        expected += 0.9 * right + 0.1 * wrong
    assert loss.num_units == 2
    assert loss.total.item() == pytest.approx(expected, rel=1e-4)
    assert loss.metrics["margin"] == pytest.approx(sum(margins), rel=1e-4)
    assert loss.metrics["accuracy"] == sum(margin > 0 for margin in margins)


@pytest.mark.parametrize("batch_size", [1, 2])
def test_the_reference_is_asked_about_every_answer(base_folder, batch_size):
    model = load_base(base_folder("own")).model

    pairs = with_reference(model, PAIRS, batch_size)

    for pair in pairs:
        expected = [_likelihood(model, pair.chosen), _likelihood(model, pair.rejected)]
        assert pair.reference == pytest.approx(expected, rel=1e-4)


def test_at_the_start_no_answer_has_gained(base_folder):
    model = load_base(base_folder("own")).model
    pairs = with_reference(model, PAIRS, 2)

    loss = Preference(model).loss(collate_pairs(pairs))

    assert loss.total.item() == pytest.approx(2 * math.log(2), rel=1e-4)


@pytest.mark.parametrize(
    ("kind", "adapter"),
    [("own", None), ("gpt2", None), ("own", LowRankConfig(learning_rate=0.02))],
)
def test_the_chosen_answers_gain(base_folder, kind, adapter):
    sink = ListSink()

    tuned = tune_on_preferences(
        _examples(), base_folder(kind), _config(adapter), sink=sink
    )

    assert tuned.history[0]["validation_loss"] < math.log(2)
    assert tuned.history[-1]["validation_loss"] < 0.6
    rows = [row for row in sink.rows if "validation_accuracy" in row]
    assert rows[-1]["validation_accuracy"] == 1.0


def test_one_seed_gives_one_model(base_folder):
    def weights():
        config = _config(num_steps=3)
        return list(
            tune_on_preferences(
                _examples(), base_folder("own"), config
            ).model.parameters()
        )

    assert all(map(torch.equal, weights(), weights()))


def test_no_training_pair_is_refused(base_folder):
    rows = _examples()

    with pytest.raises(EmptyStageError, match="split"):
        tune_on_preferences(
            rows.loc[rows["split"] == "validation"], base_folder("own"), _config()
        )
