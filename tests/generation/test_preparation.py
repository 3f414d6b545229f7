import pytest
import torch

from taojin.core.errors import ConfigurationError
from taojin.generation.config import SamplingConfig
from taojin.generation.preparation import prepare
from taojin.generation.sampling import sample
from taojin.models.continuation import CachedModel
from taojin.models.inference import InferenceModel

GREEDY = SamplingConfig(max_new_tokens=10, temperature=0.0)


def test_a_model_made_ready_writes_the_same_texts(random_model, byte_tokenizer):
    model = random_model()

    ready = prepare(model)

    assert isinstance(ready, InferenceModel)
    assert prepare(ready) is ready
    prompts = ["a", "中"]
    assert sample(ready, byte_tokenizer, prompts, GREEDY) == sample(
        model, byte_tokenizer, prompts, GREEDY
    )


def test_a_network_with_our_interface_is_sampled_as_it_is(random_model, byte_tokenizer):
    model = random_model()
    cached = CachedModel(model)

    assert sample(cached, byte_tokenizer, ["a", "bcd"], GREEDY) == sample(
        model, byte_tokenizer, ["a", "bcd"], GREEDY
    )


@pytest.mark.parametrize("precision", ["fp32", "bf16", "int8"])
def test_every_precision_continues_texts(random_model, byte_tokenizer, precision):
    config = GREEDY.model_copy(update={"precision": precision})

    (generation,) = sample(random_model(), byte_tokenizer, ["a"], config)

    assert generation.num_tokens > 0


def test_a_precision_is_refused_for_what_is_ready_already(random_model):
    ready = prepare(random_model())

    with pytest.raises(ConfigurationError, match=r"precision int8.*InferenceModel"):
        prepare(ready, "int8")


def test_half_precision_makes_half_the_logits(random_model):
    model = random_model()
    with torch.no_grad():
        exact = model(torch.tensor([[5, 6]]))[:, -1]

    text = prepare(model, "bf16").begin([[5, 6]], 1)

    assert text.logits.dtype == torch.bfloat16
    torch.testing.assert_close(text.logits.float(), exact, rtol=0.1, atol=0.5)
