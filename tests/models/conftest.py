from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from taojin.models.encoding import END_OF_DOCUMENT


@pytest.fixture(scope="session")
def hub_folder(tmp_path_factory, byte_tokenizer) -> Callable[[str], Path]:
    """Folders of tiny networks of Transformers with random weights, by family."""
    transformers = pytest.importorskip("transformers")
    root = tmp_path_factory.mktemp("hub")
    size = {
        "vocab_size": 257,
        "hidden_size": 16,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "max_position_embeddings": 32,
        "bos_token_id": 0,
        "eos_token_id": 0,
        "pad_token_id": 0,
    }
    wide = {**size, "num_key_value_heads": 1, "intermediate_size": 24}
    configs = {
        "gpt2": lambda: transformers.GPT2Config(**size),
        "llama": lambda: transformers.LlamaConfig(**wide),
        "qwen2": lambda: transformers.Qwen2Config(**wide),
        # Caps its logits and the attention's: no plain output matrix.
        "gemma2": lambda: transformers.Gemma2Config(**wide, head_dim=8),
    }

    def folder(family: str) -> Path:
        path = root / family
        if not path.exists():
            torch.manual_seed(0)
            network = transformers.AutoModelForCausalLM.from_config(configs[family]())
            for weight in network.parameters():
                torch.nn.init.normal_(weight, std=0.2)
            network.save_pretrained(path)
            transformers.PreTrainedTokenizerFast(
                tokenizer_object=byte_tokenizer, eos_token=END_OF_DOCUMENT
            ).save_pretrained(path)
        return path

    return folder
