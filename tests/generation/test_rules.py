import pytest
import torch

from taojin.generation.config import SamplingConfig
from taojin.generation.rules import (
    FrequencyPenalty,
    MinimumLength,
    NoRepeatedRun,
    RepetitionPenalty,
    penalise_repetition,
    rules_of,
)
from taojin.generation.sampling import sample

STOP = 0
ZEROS = torch.zeros(1, 6)


def _forbidden(logits, row=0):
    return [token for token, value in enumerate(logits[row]) if value < -100]


def test_a_repeated_token_becomes_less_likely_whatever_its_sign():
    logits = torch.tensor([[2.0, -2.0, 1.0]])
    used = torch.tensor([[True, True, False]])

    result = penalise_repetition(logits, used, 2.0)

    assert result.tolist() == [[1.0, -4.0, 1.0]]


def test_the_repetition_penalty_counts_the_prompt_but_not_the_end():
    rule = RepetitionPenalty(2.0, [[STOP, 3]], STOP, ZEROS)
    rule.observe(torch.tensor([4]))

    assert rule.apply(torch.ones(1, 6)).tolist() == [[1, 1, 1, 0.5, 0.5, 1]]


def test_the_frequency_penalty_grows_with_every_use_and_ignores_the_end():
    rule = FrequencyPenalty(0.5, STOP, ZEROS)
    for token in (2, 2, 5, STOP):
        rule.observe(torch.tensor([token]))

    assert rule.apply(ZEROS).tolist() == [[0, 0, -1.0, 0, 0, -0.5]]


def test_a_run_that_was_there_cannot_be_completed_again():
    rule = NoRepeatedRun(3, [[1, 2, 3, 1]], STOP)
    assert _forbidden(rule.apply(ZEROS)) == []

    rule.observe(torch.tensor([2]))

    assert _forbidden(rule.apply(ZEROS)) == [3]


def test_runs_of_one_token_forbid_every_used_token_but_the_end():
    rule = NoRepeatedRun(1, [[STOP, 4]], STOP)
    rule.observe(torch.tensor([2]))

    assert _forbidden(rule.apply(ZEROS)) == [2, 4]


def test_a_text_does_not_end_before_its_minimum():
    rule = MinimumLength(2, STOP)

    found = []
    for token in (1, 1, 1):
        found.append(_forbidden(rule.apply(ZEROS)))
        rule.observe(torch.tensor([token]))

    assert found == [[STOP], [STOP], []]


@pytest.mark.parametrize(
    "settings",
    [
        {"repetition_penalty": 2.0},
        {"frequency_penalty": 1.0},
        {"no_repeat_ngram": 1},
        {"min_new_tokens": 2},
    ],
)
def test_rules_follow_the_rows_that_stay(settings):
    logits = torch.ones(2, 6)
    config = SamplingConfig(**settings)
    both = rules_of(config, [[1], [2]], STOP, logits)
    alone = rules_of(config, [[2]], STOP, logits[:1])
    for rule in both:
        rule.observe(torch.tensor([3, 4]))
        rule.keep_rows(torch.tensor([1]))
    for rule in alone:
        rule.observe(torch.tensor([4]))

    kept = [rule.apply(logits[:1]) for rule in both]

    assert len(kept) == 1
    assert torch.equal(kept[0], alone[0].apply(logits[:1]))


def test_the_defaults_ask_for_no_rule():
    assert rules_of(SamplingConfig(), [[1]], STOP, ZEROS) == []


def test_a_text_that_went_in_circles_leaves_them(random_model, byte_tokenizer):
    config = SamplingConfig(max_new_tokens=30, min_new_tokens=30, temperature=0.0)
    model = random_model()
    with torch.no_grad():  # all tokens are equally likely
        model.lm_head.weight.zero_()
        model.model.norm.weight.zero_()

    def num_different(settings):
        (generation,) = sample(model, byte_tokenizer, ["a"], settings)
        return len(set(generation.text))

    assert num_different(config) == 1
    varied = config.model_copy(update={"no_repeat_ngram": 2})
    assert num_different(varied) > 5
