"""Which parts of a text a classifier decides by."""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from numpy.polynomial.legendre import leggauss
from numpy.typing import NDArray
from torch import Tensor, nn

from taojin.core.errors import DataError
from taojin.evaluation.explanations.config import AttributionConfig
from taojin.models.classifier import SequenceClassifier
from taojin.models.decoder import Decoder
from taojin.models.encoding import sound_text
from taojin.models.heads import LoadedHead
from taojin.models.hub_heads import HubDecoder
from taojin.models.padding import pad_tokens

_FIRST_STEPS = 8
_BYTES_PER_TOKEN = 32


@dataclass(frozen=True)
class Attribution:
    """A decision, divided among the parts of a text.

    Attributes:
        label: The label that is explained.
        parts: The text of each part: a token, or the tokens that share characters.
        spans: Where each part stands in the text, first and last character but one.
        values: What each part adds to the logit.
        logit: Of the text.
        baseline: Logit of the text in which every token says nothing.
        num_steps: Points of the path, or shortened texts, that were computed.
    """

    label: str
    parts: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    values: tuple[float, ...]
    logit: float
    baseline: float
    num_steps: int

    @property
    def residual(self) -> float:
        """What the values do not explain: the change of the logit less their sum."""
        return self.logit - self.baseline - sum(self.values)


def attribute_label(
    head: LoadedHead,
    text: str,
    label: str | None = None,
    config: AttributionConfig | None = None,
) -> Attribution:
    """Divide the logit of a label among the parts of a text.

    Integrated gradients (Sundararajan, Taly and Yan 2017, arXiv:1703.01365) along the
    straight path to the text from as many end-of-document tokens, by Gauss-Legendre
    quadrature with ever more points until the values add up to the change of the
    logit. Not from embeddings of zero: what normalises them turns wild there. Leaving
    out one part after the other is the plainer question, and its values need not add
    up; their baseline is the text without all parts.

    Args:
        head: A classifier, or another head, whose outputs are then explained.
        text: What it judged; a text longer than the context is explained as far as
            the model reads.
        label: Which output; by default the one with the largest logit.
        config: Method and accuracy.

    Raises:
        DataError: If the text has no token, there is no such label, or the integral
            does not reach the tolerance.
    """
    config = config or AttributionConfig()
    model = head.model.eval()
    tokens, spans = _tokens_and_spans(head, text)
    place = _place_of(label, model, tokens)
    explain = _integrated if config.method == "integrated_gradients" else _left_out
    found = explain(model, tokens, spans, place, config)
    kept = sound_text(text)
    return Attribution(
        label=model.labels[place],
        parts=tuple(kept[first:last] for first, last in found.spans),
        spans=tuple(found.spans),
        values=tuple(found.values),
        logit=found.logit,
        baseline=found.baseline,
        num_steps=found.num_steps,
    )


@dataclass(frozen=True)
class _Found:
    spans: list[tuple[int, int]]
    values: list[float]
    logit: float
    baseline: float
    num_steps: int


Span = tuple[int, int]


def _tokens_and_spans(head: LoadedHead, text: str) -> tuple[list[int], list[Span]]:
    """Tokens after the one that starts a text, and the characters of each of them."""
    limit = head.model.shape.max_position_embeddings
    cut = sound_text(text[: limit * _BYTES_PER_TOKEN])
    encoded = head.tokenizer.encode(cut, add_special_tokens=False)
    if not encoded.ids:
        message = f"the text {text!r:.40} has no token to explain a decision by"
        raise DataError(message)
    tokens = [head.edges.start, *encoded.ids[: limit - 1]]
    return tokens, list(encoded.offsets[: limit - 1])


def _place_of(label: str | None, model: SequenceClassifier, tokens: list[int]) -> int:
    if label is None:
        return int(_logits(model, [tokens]).argmax())
    if label not in model.labels:
        message = f"the head has no label {label!r}; it has {list(model.labels)[:20]}"
        raise DataError(message)
    return model.labels.index(label)


def _groups(spans: Sequence[Span]) -> list[list[int]]:
    """Places of the tokens of each part: tokens within one character belong together."""
    groups: list[list[int]] = []
    end = -1
    for place, (first, last) in enumerate(spans):
        if groups and first < end:
            groups[-1].append(place)
        else:
            groups.append([place])
        end = max(end, last)
    return groups


def _grouped(
    spans: Sequence[Span], values: NDArray[np.float64]
) -> tuple[list[Span], list[float]]:
    groups = _groups(spans)
    joined = [(spans[g[0]][0], max(spans[p][1] for p in g)) for g in groups]
    return joined, [float(values[group].sum()) for group in groups]


def _integrated(
    model: SequenceClassifier,
    tokens: list[int],
    spans: Sequence[Span],
    place: int,
    config: AttributionConfig,
) -> _Found:
    device = model.score.weight.device
    rows = torch.tensor([tokens, [tokens[0]] * len(tokens)], device=device)
    target, start = _inputs(model, rows)

    def logits(inputs: Tensor) -> Tensor:
        repeated = rows[:1].expand(len(inputs), -1)
        lengths = torch.full((len(inputs),), len(tokens), device=device)
        with _given_inputs(model, inputs):
            return model(repeated, lengths)[:, place]

    with torch.no_grad():
        logit, baseline = logits(torch.stack([target, start])).tolist()
    change = target - start
    num_steps = min(_FIRST_STEPS, config.max_steps)
    while True:
        slope = _mean_slope(logits, start, change, num_steps, config.batch_size)
        values = (slope * change).sum(-1).double().cpu().numpy()
        missed = abs(values.sum() - (logit - baseline))
        allowed = config.tolerance * max(1.0, abs(logit - baseline))
        if missed <= allowed:
            break
        if num_steps >= config.max_steps:
            message = (
                f"integrated gradients miss the change of the logit by {missed:.3g} "
                f"after {num_steps} steps, and {allowed:.3g} is allowed; raise "
                "max_steps or tolerance"
            )
            raise DataError(message)
        num_steps = min(2 * num_steps, config.max_steps)
    joined, parts = _grouped(spans, values[1:])
    return _Found(joined, parts, logit, baseline, num_steps)


def _mean_slope(
    logits: Callable[[Tensor], Tensor],
    start: Tensor,
    change: Tensor,
    num_steps: int,
    batch_size: int,
) -> Tensor:
    """Gradient of the logit, averaged over the path, ``[tokens, width]``."""
    points, weights = leggauss(num_steps)
    total = torch.zeros_like(start)
    for first in range(0, num_steps, batch_size):
        some = slice(first, first + batch_size)
        shares = start.new_tensor((points[some] + 1.0) / 2.0)[:, None, None]
        inputs = start + shares * change
        inputs.requires_grad = True
        with torch.enable_grad():
            (slopes,) = torch.autograd.grad(logits(inputs).sum(), inputs)
        parts = start.new_tensor(weights[some] / 2.0)[:, None, None]
        total += (parts * slopes).sum(0)
    return total


def _left_out(
    model: SequenceClassifier,
    tokens: list[int],
    spans: Sequence[Span],
    place: int,
    config: AttributionConfig,
) -> _Found:
    groups = _groups(spans)
    shortened = [
        [token for where, token in enumerate(tokens) if where - 1 not in group]
        for group in map(set, groups)
    ]
    texts = [tokens, tokens[:1], *shortened]
    found = np.concatenate(
        [
            _logits(model, texts[first : first + config.batch_size])[:, place]
            for first in range(0, len(texts), config.batch_size)
        ]
    )
    joined, _ = _grouped(spans, np.zeros(len(spans)))
    values = (found[0] - found[2:]).tolist()
    return _Found(joined, values, float(found[0]), float(found[1]), len(shortened))


@torch.no_grad()
def _logits(
    model: SequenceClassifier, texts: Sequence[Sequence[int]]
) -> NDArray[np.float64]:
    device = model.score.weight.device
    lengths = torch.tensor([len(text) for text in texts], device=device)
    return model(pad_tokens(texts).to(device), lengths).double().cpu().numpy()


@torch.no_grad()
def _inputs(model: SequenceClassifier, tokens: Tensor) -> Tensor:
    """What enters the first block, ``[rows, tokens, width]``."""
    embedding, ngrams = _input_layers(model)
    inputs = embedding(tokens)
    if ngrams is not None:
        places = torch.arange(tokens.shape[1], device=tokens.device)[None]
        inputs = inputs + ngrams(tokens, places, None)
    return inputs


@contextmanager
def _given_inputs(
    model: SequenceClassifier, inputs: Tensor
) -> Generator[None, None, None]:
    """Let given states enter the first block, whatever the tokens are."""
    embedding, ngrams = _input_layers(model)
    handles = [embedding.register_forward_hook(lambda *_: inputs)]
    if ngrams is not None:
        zeros = torch.zeros_like(inputs)
        handles.append(ngrams.register_forward_hook(lambda *_: zeros))
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def _input_layers(model: SequenceClassifier) -> tuple[nn.Module, nn.Module | None]:
    decoder = model.model
    if isinstance(decoder, HubDecoder):
        network = cast("nn.Module", decoder.network)
        return network.get_input_embeddings(), None  # type: ignore[operator]
    own = cast("Decoder", decoder)
    return own.embed_tokens, own.ngrams
