"""More tokens for a model that has been trained without them."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import torch
from tokenizers import AddedToken, Tokenizer
from torch import Tensor, nn

from taojin.core.randomness import derive_seed
from taojin.models.bases import Base, CausalModel
from taojin.models.hub import HubLanguageModel, shape_of

_SPREAD = 0.1
"""Of new rows around the mean of the old ones, in their standard deviations."""


def with_tokens(
    base: Base, tokens: Sequence[str], seed: int = 0
) -> tuple[Base, dict[str, int]]:
    """Add special tokens to a base's vocabulary; those that it has are left alone.

    Args:
        base: Its model is changed in place, its tokenizer is not.
        tokens: Their texts.
        seed: Of the new rows, see :func:`grow_vocabulary`.

    Returns:
        The base with the longer tokenizer, and the ids of the tokens that are new.
    """
    known = base.tokenizer.get_vocab(with_added_tokens=True)
    new = [token for token in dict.fromkeys(tokens) if token not in known]
    if not new:
        return base, {}
    tokenizer = longer_tokenizer(base.tokenizer, new)
    ids = {token: cast("int", tokenizer.token_to_id(token)) for token in new}
    grow_vocabulary(base.model, ids, num_old=max(known.values()) + 1, seed=seed)
    return replace(base, tokenizer=tokenizer), ids


def longer_tokenizer(tokenizer: Tokenizer, tokens: Sequence[str]) -> Tokenizer:
    """A copy with further special tokens.

    A text that spells one of them out is encoded as its characters.
    """
    longer = Tokenizer.from_str(tokenizer.to_str())
    longer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in tokens]
    )
    longer.encode_special_tokens = True
    return longer


def grow_vocabulary(
    model: CausalModel, ids: Mapping[str, int], *, num_old: int, seed: int = 0
) -> None:
    """Make room for tokens, in place, and give them rows to start from.

    A row of noise could be likelier than every word that the model knows. So each
    starts near the mean of the old rows (Hewitt 2021, "Initializing new word
    embeddings for pretrained language models"), and not on it, so that frozen layers
    tell two of them apart.

    Args:
        model: Many models have more rows than tokens; those are used first.
        ids: Of the new tokens.
        num_old: Rows before them that tokens have, from the first.
        seed: Of the new rows.
    """
    num_rows = max(model.shape.vocab_size, max(ids.values()) + 1)
    if num_rows > model.shape.vocab_size:
        _resize(model, num_rows)
    places = torch.tensor(sorted(ids.values()))
    generator = torch.Generator().manual_seed(derive_seed(seed, "new tokens"))
    with torch.no_grad():
        for weight in _vocabulary_weights(model):
            old = weight[:num_old]
            noise = torch.randn(len(places), weight.shape[1], generator=generator)
            rows = old.mean(0) + _SPREAD * old.std(0) * noise.to(weight)
            weight[places.to(weight.device)] = rows


def _vocabulary_weights(model: CausalModel) -> list[Tensor]:
    """Matrices with a row a token; one that is shared once."""
    layers = vocabulary_layers(model)
    return list({id(layer.weight): layer.weight for layer in layers.values()}.values())


def vocabulary_layers(model: CausalModel) -> dict[str, Any]:
    """The layers with a row a token, by their names in the network."""
    network: Any = model
    if isinstance(model, HubLanguageModel):
        network = model.network
        layers = [network.get_input_embeddings(), network.get_output_embeddings()]
    else:
        layers = [model.model.embed_tokens, model.lm_head]
    return {
        name: layer
        for name, layer in cast("nn.Module", network).named_modules()
        if any(layer is wanted for wanted in layers)
    }


def _resize(model: CausalModel, num_rows: int) -> None:
    if isinstance(model, HubLanguageModel):
        network = cast("Any", model.network)
        network.resize_token_embeddings(num_rows, mean_resizing=False)
        model.shape = shape_of(model.network)
        return
    decoder, old_head = model.model, model.lm_head
    embedding = nn.Embedding.from_pretrained(
        _longer(decoder.embed_tokens.weight, num_rows), freeze=False
    )
    head = nn.Linear(decoder.shape.hidden_size, num_rows, bias=False)
    if decoder.shape.tie_word_embeddings:
        head.weight = embedding.weight
    else:
        head.weight = nn.Parameter(_longer(old_head.weight, num_rows))
    decoder.embed_tokens, model.lm_head = embedding, head
    decoder.shape = decoder.shape.model_copy(update={"vocab_size": num_rows})


def _longer(weight: Tensor, num_rows: int) -> Tensor:
    grown = weight.new_zeros(num_rows, weight.shape[1])
    grown[: len(weight)] = weight.detach()
    return grown
