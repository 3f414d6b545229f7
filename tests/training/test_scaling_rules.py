import pytest
import torch

from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.training.scaling_rules import count_parameters, plan_for


def _plan(depth, **settings):
    return plan_for(LanguageModelConfig(depth=depth, context_length=1024), **settings)


def test_one_dial_reaches_from_a_million_to_a_billion_and_a_half():
    counts = [
        count_parameters(LanguageModelConfig(depth=depth).shape(vocab_size))
        for depth, vocab_size in ((2, 4096), (4, 4096), (12, 32_768), (38, 32_768))
    ]

    assert counts == sorted(counts)
    assert 0.9e6 < counts[0] < 1.1e6
    assert 1.4e9 < counts[-1] < 1.6e9


@pytest.mark.parametrize("tied", [True, False])
def test_counting_makes_no_weights_and_agrees_with_the_model(tied):
    shape = LanguageModelConfig(depth=2, tie_embeddings=tied, max_ngram=3).shape(99)

    counted = count_parameters(shape)

    assert counted == sum(p.numel() for p in LanguageModel(shape).parameters())
    assert torch.get_default_device().type == "cpu"


def test_twenty_tokens_for_every_weight_but_the_input_embedding():
    plan = _plan(8, vocab_size=4096)

    assert plan.num_tokens == 20 * (plan.num_parameters - 4096 * 384)


def test_tables_of_ngrams_ask_for_no_tokens():
    plain = LanguageModelConfig(depth=3)
    tables = plain.model_copy(update={"max_ngram": 5})

    assert plan_for(plain, 500).num_tokens == plan_for(tables, 500).num_tokens


def test_the_batch_grows_as_the_tokens_to_the_0_383():
    def batch(num_tokens):
        return _plan(12, vocab_size=9, num_tokens=num_tokens).batch_size * 1024

    assert batch(1_300_000_000) == 1 << 19
    # 2 ** (0.383 * 2.61) = 2: one doubling of the batch for 2.61 of the tokens.
    assert batch(round(1_300_000_000 * 2**2.61)) == 1 << 20


def test_a_small_run_still_takes_about_a_thousand_steps():
    plan = plan_for(LanguageModelConfig(depth=2, context_length=64), 65)

    assert 700 < plan.num_steps < 1500


def test_rates_of_adamw_and_decay_fall_with_the_width_and_that_of_muon_does_not():
    narrow, wide = _plan(16, vocab_size=9), _plan(32, vocab_size=9)

    assert narrow.matrix_learning_rate == wide.matrix_learning_rate
    assert narrow.embedding_learning_rate == pytest.approx(
        wide.embedding_learning_rate * 2**0.5
    )
    assert narrow.head_learning_rate == pytest.approx(wide.head_learning_rate * 2**0.5)
    assert narrow.weight_decay == pytest.approx(wide.weight_decay * 4)


def test_steps_and_batch_add_up_to_the_tokens():
    plan = _plan(12, vocab_size=1000)

    read = plan.num_steps * plan.batch_size * 1024

    assert read == pytest.approx(plan.num_tokens, rel=0.01)


@pytest.mark.parametrize("depth", [1, 2, 4, 12, 38, 96])
def test_every_plan_is_a_valid_configuration(depth):
    plan = _plan(depth, vocab_size=4096, num_tokens=10**9)

    config = plan.training(num_accumulations=2, seed=3)

    assert (config.num_steps, config.seed) == (plan.num_steps, 3)
    assert config.weight_decay <= 1.0
