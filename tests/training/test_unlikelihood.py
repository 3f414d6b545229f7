import math

import pandas as pd
import pytest
import torch

from taojin.models.bases import load_base
from taojin.models.encoding import ScoredSequence
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import save_finetuned
from taojin.training.finetuning_config import LowRankConfig, UnlikelihoodConfig
from taojin.training.objectives import Unlikelihood
from taojin.training.sequences import FlaggedSequence, collate_flagged
from taojin.training.unlikelihood import train_against_flagged

TRAINING = {
    "num_steps": 40,
    "batch_size": 8,
    "optimiser": "adamw",
    "matrix_learning_rate": 0.01,
    "validate_every": 20,
    "num_threads": 1,
}
ORDINARY = ScoredSequence([0, 7, 8, 9, 0], [False, False, True, True, True])
FLAGGED = ScoredSequence([0, 7, 11, 0], [False, False, True, True])


def _examples():
    rows = [
        ("say:", answer, flagged, "train")
        for answer, flagged in (("good day", False), ("get lost", True))
        for _ in range(8)
    ]
    return pd.DataFrame(rows, columns=["prompt", "target", "flagged", "split"])


def _config(weight=1.0, adapter=None, **training):
    settings = TrainingConfig(**{**TRAINING, **training})
    return UnlikelihoodConfig(
        max_tokens=40, weight=weight, adapter=adapter, training=settings
    )


def _nats(tuned, answer):
    tokens = [0, *tuned.tokenizer.encode("say:" + answer).ids]
    shares = tuned.model(torch.tensor([tokens])).log_softmax(-1)[0]
    return -sum(shares[place - 1, tokens[place]].item() for place in range(5, 13))


def test_flagged_tokens_pay_for_their_chance_and_ordinary_ones_for_the_rest(
    base_folder,
):
    model = load_base(base_folder("own")).model
    batch = collate_flagged(
        [
            FlaggedSequence(ORDINARY, flagged=False),
            FlaggedSequence(FLAGGED, flagged=True),
        ]
    )

    loss = Unlikelihood(model, weight=2.0).loss(batch)

    def shares(sequence):
        found = model(torch.tensor([sequence.tokens])).softmax(-1)[0]
        return [
            found[place - 1, token].item()
            for place, token in enumerate(sequence.tokens)
            if sequence.scored[place]
        ]

    nats = sum(-math.log(share) for share in shares(ORDINARY))
    penalty = sum(-math.log1p(-share) for share in shares(FLAGGED))
    assert loss.num_units == 5
    assert loss.total.item() == pytest.approx(nats + 2.0 * penalty, rel=1e-4)
    assert loss.metrics["ordinary_nats"] == pytest.approx(nats, rel=1e-4)
    assert loss.metrics["flagged_penalty"] == pytest.approx(penalty, rel=1e-4)


def test_a_certain_flagged_token_costs_a_finite_sum(base_folder):
    model = load_base(base_folder("own")).model
    with torch.no_grad():
        dict(model.named_parameters())["lm_head.weight"].mul_(1e4)  # chances are 0 or 1

    certain = int(model(torch.tensor([[0, 7]]))[0, -1].argmax())
    sequence = ScoredSequence([0, 7, certain], [False, False, True])
    loss = Unlikelihood(model).loss(
        collate_flagged([FlaggedSequence(sequence, flagged=True)])
    )
    loss.total.backward()

    assert 10.0 < loss.total.item() < 20.0
    for weight in model.parameters():
        assert weight.grad is None or bool(weight.grad.isfinite().all())


@pytest.mark.parametrize("kind", ["own", "gpt2"])
@pytest.mark.parametrize("adapter", [None, LowRankConfig(learning_rate=0.02)])
def test_a_model_that_writes_both_unlearns_what_is_flagged(
    base_folder, kind, adapter, tmp_path
):
    both = _examples().assign(flagged=False)
    knowing = train_against_flagged(both, base_folder(kind), _config(num_steps=60))
    save_finetuned(knowing, tmp_path / "knowing")

    tuned = train_against_flagged(
        _examples(), tmp_path / "knowing", _config(3.0, adapter)
    )

    assert _nats(tuned, "get lost") > _nats(knowing, "get lost") + 3
    assert _nats(tuned, "good day") < _nats(knowing, "good day") + 1


def test_one_seed_gives_one_model(base_folder):
    def weights():
        config = _config(num_steps=3)
        return list(
            train_against_flagged(
                _examples(), base_folder("own"), config
            ).model.parameters()
        )

    assert all(map(torch.equal, weights(), weights()))
