"""Finetuning by two processes, which are sent what it is about but no weights."""

from typing import Any

import pandas as pd
import pytest
import torch

from taojin.training.distribution.jobs import Job, without_weights
from taojin.training.finetuning import finetune_classifier, finetune_language_model
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    HeadFinetuningConfig,
    LanguageFinetuningConfig,
    LowRankConfig,
    PreferenceConfig,
    UnlikelihoodConfig,
)
from taojin.training.heads import finetune_head
from taojin.training.preference import tune_on_preferences
from taojin.training.unlikelihood import train_against_flagged

ADAPTER = LowRankConfig(rank=2)
WAYS = {
    "classifier": (
        finetune_classifier,
        ClassifierFinetuningConfig,
        {"max_tokens": 16, "dropout": 0.0, "adapter": ADAPTER},
    ),
    "numbers": (
        finetune_head,
        HeadFinetuningConfig,
        {"max_tokens": 16, "dropout": 0.0, "task": "regression"},
    ),
    "packed language model": (
        finetune_language_model,
        LanguageFinetuningConfig,
        {"max_tokens": 24, "packing": True},
    ),
    "preferences": (tune_on_preferences, PreferenceConfig, {"max_tokens": 24}),
    "against flagged text": (
        train_against_flagged,
        UnlikelihoodConfig,
        {"max_tokens": 24, "adapter": ADAPTER},
    ),
}


def _examples():
    words = ["apple", "pear", "plum", "iron", "gold", "zinc"]
    rows = [
        {
            "text": f"{word} {number}",
            "label": "fruit" if place < 3 else "metal",
            "value": float(place + number),
            "prompt": f"{word}:",
            "target": str(number),
            "flagged": place == 0,
            "chosen": str(number),
            "rejected": str(9 - number),
            "split": "validation" if number == 5 else "train",
        }
        for place, word in enumerate(words)
        for number in range(6)
    ]
    return pd.DataFrame(rows)


def _config(kind, settings, **distribution):
    training = {
        "num_steps": 6, "batch_size": 8, "num_accumulations": 2, "num_threads": 1,
        "validate_every": 3, "log_every": 1, "distribution": distribution,
    }  # fmt: skip
    return kind.model_validate({**settings, "training": training})


def _weights(finetuned):
    return finetuned.model.state_dict()


@pytest.mark.long
@pytest.mark.usefixtures("two_ranks")
@pytest.mark.parametrize("base", ["own", "llama"])
@pytest.mark.parametrize("way", WAYS)
def test_two_processes_finetune_as_one_does(base_folder, way, base):
    if way == "packed language model" and base == "llama":
        pytest.skip("packing is for the models of this project")
    function, kind, settings = WAYS[way]
    expected = function(_examples(), base_folder(base), _config(kind, settings))
    config = _config(kind, settings, strategy="ddp", num_ranks=2)

    found = function(_examples(), base_folder(base), config)

    losses = [row["train_loss"] for row in expected.history]
    assert [row["train_loss"] for row in found.history] == pytest.approx(losses, 2e-4)
    for name, weight in _weights(expected).items():
        torch.testing.assert_close(_weights(found)[name], weight, rtol=0, atol=2e-4)


def test_a_job_is_sent_without_its_weights(rank_jobs):
    job = rank_jobs.counting(rank_jobs.settings())
    before = {name: w.clone() for name, w in job.objective.model.state_dict().items()}

    sent: Any = without_weights(job)

    (outline,) = sent.args
    assert all(
        weight.untyped_storage().nbytes() <= 8
        for weight in outline.objective.model.parameters()
    )
    made = sent()
    assert isinstance(made, Job)
    for name, weight in made.objective.model.state_dict().items():
        assert weight.shape == before[name].shape
        assert weight.is_contiguous()
        assert torch.equal(job.objective.model.state_dict()[name], before[name])
    cosines = [b for n, b in job.objective.model.named_buffers() if "cosines" in n]
    found = [b for n, b in made.objective.model.named_buffers() if "cosines" in n]
    assert cosines
    assert all(torch.equal(*pair) for pair in zip(cosines, found, strict=True))


def test_tied_weights_stay_tied(rank_jobs):
    job = rank_jobs.counting(rank_jobs.settings())
    model: Any = job.objective.model
    model.lm_head.weight = model.model.embed_tokens.weight
    made: Any = without_weights(job)().objective.model
    assert made.lm_head.weight is made.model.embed_tokens.weight
