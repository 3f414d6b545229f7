import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from taojin.generation.config import SamplingConfig
from taojin.generation.sampling import sample
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT, encode_prompt
from taojin.models.language_model import LanguageModel

CONTEXT = 32
PROMPTS = ["", "a", "def read(path):", "中文 🎉", "long " * 30]


def _tokenizer():
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _model(std=0.3):
    torch.manual_seed(3)
    shape = LanguageModelConfig(depth=2, width=32, context_length=CONTEXT).shape(257)
    model = LanguageModel(shape)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=std)
    return model.eval()


def _greedy_without_cache(model, tokens, num_new):
    """The definition: read everything again for every token."""
    tokens = list(tokens)
    for _ in range(num_new):
        token = int(model(torch.tensor([tokens]))[0, -1].argmax())
        tokens.append(token)
        if token == 0:
            break
    return tokens


@pytest.mark.parametrize("batch_size", [1, 2, 5])
def test_greedy_text_equals_reading_everything_again(batch_size):
    model, tokenizer = _model(), _tokenizer()
    config = SamplingConfig(max_new_tokens=12, temperature=0, batch_size=batch_size)

    generations = sample(model, tokenizer, PROMPTS, config)

    for prompt, generation in zip(PROMPTS, generations, strict=True):
        given = encode_prompt(tokenizer, prompt, CONTEXT - 12)
        expected = _greedy_without_cache(model, given, 12)[len(given) :]
        assert generation.prompt == prompt
        assert generation.num_tokens == len(expected)
        assert generation.finished == (expected[-1] == 0)
        text = tokenizer.decode([token for token in expected if token])
        assert generation.text == text.rstrip("\ufffd")


def test_rows_that_end_early_leave_the_others_as_they_are():
    model, tokenizer = _model(), _tokenizer()
    with torch.no_grad():  # makes ending likely, at different steps
        model.lm_head.weight[0] *= 3.0
    config = SamplingConfig(max_new_tokens=16, temperature=1.0, seed=5)

    together = sample(model, tokenizer, PROMPTS * 4, config)
    one_by_one = SamplingConfig(**{**config.model_dump(), "batch_size": 1})

    assert sample(model, tokenizer, PROMPTS * 4, one_by_one) == together
    assert {generation.finished for generation in together} == {True, False}


def test_one_seed_gives_one_text_and_another_seed_another():
    model, tokenizer = _model(), _tokenizer()
    config = SamplingConfig(max_new_tokens=10, temperature=1.0)

    first = sample(model, tokenizer, ["a", "a"], config)

    assert sample(model, tokenizer, ["a", "a"], config) == first
    assert first[0].text != first[1].text
    other = config.model_copy(update={"seed": 1})
    assert sample(model, tokenizer, ["a", "a"], other) != first


def test_a_model_that_always_ends_writes_nothing():
    model = _model()
    with torch.no_grad():
        model.lm_head.weight.zero_()

    (generation,) = sample(
        model, _tokenizer(), ["x"], SamplingConfig(temperature=0.0, max_new_tokens=5)
    )

    assert generation == ("x", "", 1, True)


def test_a_text_never_exceeds_the_context():
    model = _model()
    with torch.no_grad():
        model.lm_head.weight[0] = 0.0

    config = SamplingConfig(max_new_tokens=10_000, temperature=0.0)
    (generation,) = sample(model, _tokenizer(), ["long " * 30], config)

    assert generation.num_tokens <= CONTEXT - 1


def test_a_penalty_stops_repetition():
    model = _model()
    config = SamplingConfig(max_new_tokens=20, temperature=0.0)
    penalised = config.model_copy(update={"repetition_penalty": 5.0})

    def num_different(settings):
        (generation,) = sample(model, _tokenizer(), ["a"], settings)
        return len(set(generation.text)) / max(1, len(generation.text))

    assert num_different(penalised) > num_different(config)


def test_no_prompts_give_no_texts():
    assert sample(_model(), _tokenizer(), [], SamplingConfig()) == []
