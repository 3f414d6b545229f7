import pytest
import torch

from taojin.generation.config import GuidanceConfig, SamplingConfig
from taojin.generation.guidance import guide
from taojin.generation.sampling import sample

CONDITIONED = torch.tensor([[3.0, 1.0, 0.0]])
BASE = torch.tensor([[1.0, 2.0, 0.0]])


@pytest.mark.parametrize(
    ("strength", "expected"),
    [(0.0, [1.0, 2.0, 0.0]), (1.0, [3.0, 1.0, 0.0]), (2.0, [5.0, 0.0, 0.0])],
)
def test_strength_goes_from_the_base_past_the_condition(strength, expected):
    config = GuidanceConfig(condition="x", strength=strength)

    assert guide(CONDITIONED, BASE, config).tolist() == [expected]


def test_the_distributions_are_multiplied_to_the_powers_of_the_strength():
    config = GuidanceConfig(condition="x", strength=1.5)

    guided = guide(CONDITIONED, BASE, config).softmax(-1)

    product = CONDITIONED.softmax(-1) ** 1.5 * BASE.softmax(-1) ** -0.5
    torch.testing.assert_close(guided, product / product.sum())


def test_what_the_condition_finds_implausible_is_excluded():
    config = GuidanceConfig(condition="x", strength=5.0, plausibility=0.2)

    guided = guide(torch.tensor([[2.0, 1.0, -1.0]]), BASE, config)

    assert guided.isinf().tolist() == [[False, False, True]]


def _texts(model, tokenizer, prompts, **settings):
    config = SamplingConfig(max_new_tokens=8, temperature=1.0, **settings)
    return [one.text for one in sample(model, tokenizer, prompts, config)]


def test_strength_one_writes_what_the_condition_would(random_model, byte_tokenizer):
    model, prompts = random_model(), ["a", "bc"]
    guidance = GuidanceConfig(condition="topic: ", against="none: ", strength=1.0)

    guided = _texts(model, byte_tokenizer, prompts, guidance=guidance)

    conditioned = ["topic: " + prompt for prompt in prompts]
    assert guided == _texts(model, byte_tokenizer, conditioned)


def test_strength_zero_writes_what_the_base_would(random_model, byte_tokenizer):
    model, base = random_model(), random_model(seed=4)
    guidance = GuidanceConfig(condition="topic: ", strength=0.0)
    config = SamplingConfig(max_new_tokens=8, temperature=1.0, guidance=guidance)

    guided = sample(model, byte_tokenizer, ["a"], config, base=base)

    assert [one.text for one in guided] == _texts(base, byte_tokenizer, ["a"])


def test_guided_rows_do_not_depend_on_the_rows_beside_them(
    random_model, byte_tokenizer
):
    model = random_model()
    with torch.no_grad():  # so that rows end at different steps
        model.lm_head.weight[0] *= 2.0
    guidance = GuidanceConfig(condition="t", strength=2.0, plausibility=0.01)
    settings = {"guidance": guidance, "seed": 2}
    prompts = ["", "a", "bcd"] * 3

    together = _texts(model, byte_tokenizer, prompts, **settings)

    assert _texts(model, byte_tokenizer, prompts, **settings, batch_size=1) == together
    assert len(set(together)) > 3
