import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.generation.config import SamplingConfig
from taojin.models.config import DecoderShape
from taojin.models.language_model import LanguageModel
from taojin.models.storage import END_OF_DOCUMENT, save_model
from taojin.serving.generation_service import GenerationService


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=260,
        special_tokens=[END_OF_DOCUMENT],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(["def f():"], trainer)
    shape = DecoderShape(
        vocab_size=tokenizer.get_vocab_size(),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=8,
        intermediate_size=32,
        max_position_embeddings=32,
        rope_theta=10_000.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=True,
    )
    torch.manual_seed(0)
    path = tmp_path_factory.mktemp("models") / "model"
    save_model(LanguageModel(shape), path, tokenizer.to_str())
    return path


@pytest.fixture
def service(folder):
    return GenerationService(folder, SamplingConfig(max_new_tokens=8))


def test_each_prompt_is_continued_in_its_place(service):
    texts = service.continue_prompts(["def f():", "", "金😀\x00"])
    assert len(texts) == 3
    assert all(isinstance(text, str) for text in texts)


def test_no_prompts_have_no_continuations(service):
    assert service.continue_prompts([]) == []


def test_the_same_request_has_the_same_answer(folder, service):
    again = GenerationService(folder, SamplingConfig(max_new_tokens=8))
    prompts = ["def f():", "class A:"]
    assert service.continue_prompts(prompts) == again.continue_prompts(prompts)


def test_settings_of_a_request_hold_for_this_request_only(service):
    before = service.continue_prompts(["def f():"])
    other = service.continue_prompts(["def f():"], {"seed": 1, "temperature": 2.0})
    assert other != before
    assert service.continue_prompts(["def f():"]) == before


@pytest.mark.parametrize("settings", [{"temprature": 1.0}, {"max_new_tokens": 0}])
def test_a_wrong_setting_is_named(service, settings):
    with pytest.raises(ConfigurationError, match=next(iter(settings))):
        service.continue_prompts(["x"], settings)


def test_the_message_about_huge_settings_is_bounded(service):
    with pytest.raises(ConfigurationError) as caught:
        service.continue_prompts(["x"], {"k" * 10**5: "v" * 10**5})
    assert len(str(caught.value)) <= 1000


def test_a_folder_without_a_model_is_refused(tmp_path):
    with pytest.raises(CorruptArtifactError, match=str(tmp_path)):
        GenerationService(tmp_path)
