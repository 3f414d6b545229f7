import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.language_model import LanguageModel


@pytest.fixture(scope="session")
def byte_tokenizer():
    """A token for each byte; the first token ends a document."""
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


@pytest.fixture(scope="session")
def random_model():
    """Makes a model of random weights over the tokens of ``byte_tokenizer``."""

    def make(seed=3, std=0.3, **settings):
        torch.manual_seed(seed)
        values = {"depth": 2, "width": 32, "context_length": 32, **settings}
        model = LanguageModel(LanguageModelConfig(**values).shape(257))
        for parameter in model.parameters():
            torch.nn.init.normal_(parameter, std=std)
        return model.eval()

    return make
