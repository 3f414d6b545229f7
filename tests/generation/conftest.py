import pytest
import torch

from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel


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
