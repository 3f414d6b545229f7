"""Models made ready for sampling."""

import torch

from taojin.core.errors import ConfigurationError
from taojin.generation.config import Precision
from taojin.models.continuation import CachedModel, CachingNetwork, TextModel
from taojin.models.inference import InferenceModel
from taojin.models.language_model import LanguageModel

AnyModel = LanguageModel | CachingNetwork | TextModel
"""What can be sampled from: our model, one of Transformers, or one made ready."""


def prepare(model: AnyModel, precision: Precision | None = None) -> TextModel:
    """Make a copy of a model that only continues texts, and does so fast.

    Args:
        model: A model, in evaluation mode; one that can continue texts already is
            returned as it is.
        precision: Of the copy's weights; None leaves them as they are.

    Raises:
        ConfigurationError: If the precision is not to be had for this model or on
            its device.
    """
    if isinstance(model, LanguageModel):
        return _prepared(model, precision)
    if precision is not None:
        message = (
            f"sampling.precision {precision} is for the project's own language "
            f"models, and this is a {type(model).__name__}; leave it null"
        )
        raise ConfigurationError(message)
    return model if isinstance(model, TextModel) else CachedModel(model)


def _prepared(model: LanguageModel, precision: Precision | None) -> TextModel:
    if precision == "int8":
        # Its kernels need Numba, which a served model may do without.
        from taojin.models.quantisation import quantise

        return quantise(model)
    if precision is None:
        return InferenceModel(model)
    dtype = torch.bfloat16 if precision == "bf16" else torch.float32
    return InferenceModel(model, dtype=dtype)
