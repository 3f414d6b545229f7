from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.storage import save_model
from taojin.training.pretraining import new_language_model


@pytest.fixture(scope="session")
def base_folder(tmp_path_factory, byte_tokenizer) -> Callable[[str], Path]:
    """Tiny models of random weights: "own", or a family of Transformers."""
    root = tmp_path_factory.mktemp("bases")

    def own(path: Path) -> None:
        shape = LanguageModelConfig(depth=1, width=32, context_length=48).shape(257)
        model = new_language_model(shape, seed=9)
        _randomise(model)
        save_model(model, path, byte_tokenizer.to_str())

    def hub(path: Path) -> None:
        transformers = pytest.importorskip("transformers")
        kind = {"gpt2": "GPT2Config", "llama": "LlamaConfig", "gptj": "GPTJConfig"}
        config = getattr(transformers, kind[path.name])(
            vocab_size=257,
            hidden_size=32,
            num_hidden_layers=1,
            num_attention_heads=2,
            max_position_embeddings=48,
            bos_token_id=0,
            eos_token_id=0,
            pad_token_id=0,
            **({"rotary_dim": 4} if path.name == "gptj" else {}),
            **({"intermediate_size": 64} if path.name == "llama" else {}),
        )
        network = transformers.AutoModelForCausalLM.from_config(config)
        _randomise(network)
        network.save_pretrained(path)
        transformers.PreTrainedTokenizerFast(
            tokenizer_object=byte_tokenizer, eos_token=END_OF_DOCUMENT
        ).save_pretrained(path)

    def folder(kind: str) -> Path:
        path = root / kind
        if not path.exists():
            (own if kind == "own" else hub)(path)
        return path

    return folder


def _randomise(model: torch.nn.Module) -> None:
    """Leave no zeros: adapters cannot change what a frozen head does not read."""
    torch.manual_seed(0)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
