"""A language model that learns its own sentences, weighted by a discriminator."""

import pytest
import torch

from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.metrics import ListSink
from taojin.training.text_adversarial.config import ReweightingConfig
from taojin.training.text_adversarial.reweighting import reweight_by_critic


def _config(make, **settings):
    return ReweightingConfig(
        **{
            "critic": {"training": make(), "dropout": 0.1},
            "training": make(num_steps=10, restore_best=False),
            "num_samples": 128,
            "num_critic_samples": 128,
            "max_words": 8,
            "num_rounds": 2,
            **settings,
        }
    )


def _share_wrong(_, texts):
    """Share of sentences that do not close with the noun that they opened with."""
    wrong = 0
    for text in texts:
        words = text.split()
        wrong += len(words) != 7 or words[1] != words[5]
    return wrong / len(texts)


def test_reweighting_lowers_what_it_is_chosen_by(sentence_model, sentences, training):
    config = _config(
        training,
        critic={"training": training(num_steps=60), "dropout": 0.0},
        training=training(num_steps=40, restore_best=False),
        num_samples=512,
        num_critic_samples=512,
        real_share=0.0,
        patience=2,
    )
    made = reweight_by_critic(
        sentence_model, sentences[50:], sentences[:50], config, _share_wrong
    )
    assert made.rounds[-1].measure < 0.9 * made.start_measure
    assert all(1.0 <= r.effective_size <= r.num_samples for r in made.rounds)


def test_the_start_is_not_changed_and_kept_where_no_round_is_better(
    sentence_model, sentences, training
):
    before = {k: v.clone() for k, v in sentence_model.model.state_dict().items()}
    values = iter([1.0, 2.0, 3.0])
    made = reweight_by_critic(
        sentence_model,
        sentences[50:],
        sentences[:50],
        _config(training),
        lambda *_: next(values),
    )
    assert [r.is_best for r in made.rounds] == [False]
    for name, weight in before.items():
        assert torch.equal(sentence_model.model.state_dict()[name], weight)
        assert torch.equal(made.generator.model.state_dict()[name], weight)
    head = "lm_head.weight"
    assert not torch.equal(made.last.model.state_dict()[head], before[head])


@pytest.mark.slow
def test_rounds_that_were_killed_go_on_bit_for_bit(
    sentence_model, sentences, training, tmp_path
):
    class KilledError(Exception):
        pass

    def run(measure, stores=None):
        return reweight_by_critic(
            sentence_model,
            sentences[50:],
            sentences[:50],
            _config(training, patience=9),
            measure,
            store_of=None if stores is None else lambda name: stores(tmp_path / name),
        )

    whole = run(_share_wrong)
    values = iter([_share_wrong, _share_wrong])

    def kill(model, texts):
        measure = next(values, None)
        if measure is None:
            raise KilledError
        return measure(model, texts)

    with pytest.raises(KilledError):
        run(kill, DirectoryCheckpointStore)
    again = run(_share_wrong, DirectoryCheckpointStore)
    assert again.rounds == whole.rounds
    for name, weight in whole.critic.state_dict().items():
        assert torch.equal(weight, again.critic.state_dict()[name]), name


def test_every_round_is_reported(sentence_model, sentences, training):
    sink = ListSink()
    made = reweight_by_critic(
        sentence_model,
        sentences[50:],
        sentences[:50],
        _config(training, patience=2),
        _share_wrong,
        sink=sink,
    )
    assert [row["effective_size"] for row in sink.rows] == [
        one.effective_size for one in made.rounds
    ]
    assert made.facts()["rounds"][0]["number"] == 1
