"""An autoencoder of sentences in the one loop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.nn import functional

from taojin.core.randomness import derive_seed
from taojin.features.tokenizer import load_tokenizer
from taojin.models.encoding import end_of_document
from taojin.models.padding import pad_tokens
from taojin.models.text_codes.autoencoder import TextAutoencoder
from taojin.models.text_codes.shapes import TextCodeShape
from taojin.models.text_codes.storage import TextCodec
from taojin.training.batches import BucketedSequences
from taojin.training.checkpoints import CheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.loop import train
from taojin.training.metrics import MetricSink
from taojin.training.objectives import IGNORED, Loss, ParameterGroup
from taojin.training.text_adversarial.config import TextAutoencoderConfig
from taojin.training.text_adversarial.sentences import encode_sentences, identity_of
from taojin.training.text_adversarial.vocabulary import UNKNOWN

_ROWS_AT_ONCE = 256


class CodedBatch(NamedTuple):
    """Sentences that are read, and written again.

    Attributes:
        tokens: With the end-of-document token on both sides, ``[rows, length]``, padded
            to the right with it.
        lengths: Tokens of each row, both edges included, ``[rows]``.
    """

    tokens: Tensor
    lengths: Tensor


@dataclass(frozen=True)
class TrainedTextCodec:
    """An autoencoder of sentences, and how it came about.

    Attributes:
        codec: Autoencoder and vocabulary.
        history: Rows of :func:`taojin.training.loop.train`.
    """

    codec: TextCodec
    history: list[dict[str, Any]]


class TextReconstruction:
    """Cross-entropy of sentences that are read from their noisy codes.

    The unit is a token. The metric ``accuracy`` is the share of tokens that are
    likeliest after the true ones before them.

    Args:
        model: What is trained.
        config: Noise.
        hidden: Token that stands for a word that is not to be seen.
    """

    name = "text autoencoder"

    def __init__(
        self, model: TextAutoencoder, config: TextAutoencoderConfig, hidden: int
    ) -> None:
        self.model = model
        self._config = config
        self._hidden = hidden

    def loss(self, batch: CodedBatch) -> Loss:
        """Sum of nats over the tokens; noise only in training mode."""
        model = self.model
        codes = model.encode(self._some(batch.tokens), batch.lengths)
        if model.training:
            codes = codes + self._config.code_noise * torch.randn_like(codes)
        targets = batch.tokens[:, 1:]
        places = torch.arange(targets.shape[1], device=targets.device)
        targets = targets.masked_fill(places >= batch.lengths[:, None] - 1, IGNORED)
        scored = targets != IGNORED
        states, _ = model.states(codes, self._some(batch.tokens[:, :-1]))
        logits = model.next_logits(states[scored][:, None]).float()
        total = functional.cross_entropy(logits, targets[scored], reduction="sum")
        right = float((logits.argmax(-1) == targets[scored]).sum())
        return Loss(total, len(logits), {"accuracy": right})

    def parameter_groups(self, config: TrainingConfig) -> list[ParameterGroup]:
        """One group of AdamW; matrices decay with all else."""
        names = tuple(name for name, _ in self.model.named_parameters())
        rate, decay = config.head_learning_rate, config.weight_decay
        return [ParameterGroup("all", "adamw", rate, decay, names)]

    def _some(self, tokens: Tensor) -> Tensor:
        """Tokens of which some are hidden, never the first of a row."""
        if not self.model.training or self._config.word_dropout == 0.0:
            return tokens
        drawn = torch.rand(tokens.shape, device=tokens.device)
        hidden = drawn < self._config.word_dropout
        hidden[:, 0] = False
        return tokens.masked_fill(hidden, self._hidden)


def train_text_autoencoder(
    sentences: Sequence[str],
    validation: Sequence[str],
    tokenizer_json: str,
    config: TextAutoencoderConfig,
    *,
    store: CheckpointStore | None = None,
    sink: MetricSink | None = None,
) -> TrainedTextCodec:
    """Train an autoencoder of sentences.

    Args:
        sentences: Real ones.
        validation: Held-out ones; the weights that suit them best are kept.
        tokenizer_json: Has the token that stands for unknown words, see
            :func:`~taojin.training.text_adversarial.vocabulary.word_tokenizer`.
        config: Settings.
        store: Where checkpoints go; by default memory.
        sink: Receives metrics by step.

    Raises:
        EmptyStageError: If there is no sentence.
        TrainingError: If the loss is not finite too often.
    """
    tokenizer = load_tokenizer(tokenizer_json)
    edge = end_of_document(tokenizer)
    hidden = tokenizer.token_to_id(UNKNOWN)
    shape = TextCodeShape(
        vocab_size=tokenizer.get_vocab_size(with_added_tokens=True),
        code_size=config.code_size,
        embedding_size=config.embedding_size,
        width=config.width,
    )
    with torch.random.fork_rng():
        torch.manual_seed(derive_seed(config.training.seed, "weights"))
        model = TextAutoencoder(shape)
    room = config.max_words + 1
    rows = encode_sentences(tokenizer, sentences, room)
    held_out = encode_sentences(tokenizer, validation, room)
    size = config.training.batch_size // config.training.num_accumulations

    def collate(items: Sequence[Sequence[int]]) -> CodedBatch:
        return collate_coded(items, edge)

    held_out = sorted(held_out[: size * config.training.validation_batches], key=len)
    history = train(
        TextReconstruction(model, config, edge if hidden is None else hidden),
        BucketedSequences(
            rows, [len(row) for row in rows], collate, size, config.training.seed
        ),
        config.training,
        validation=[
            collate(held_out[start : start + size])
            for start in range(0, len(held_out), size)
        ],
        store=store,
        sink=sink,
        fingerprint={
            "sentences": identity_of(rows),
            "validation": identity_of(held_out),
            "tokenizer": tokenizer_json,
            "config": config.model_dump(mode="json", exclude={"training"}),
        },
    )
    return TrainedTextCodec(TextCodec(model.eval(), tokenizer), history)


def collate_coded(items: Sequence[Sequence[int]], edge: int) -> CodedBatch:
    """Pad sentences, with edges on both sides, to the longest."""
    lengths = torch.tensor([len(item) for item in items])
    return CodedBatch(pad_tokens(items, edge), lengths)


@torch.inference_mode()
def encode_texts(
    codec: TextCodec, sentences: Sequence[str], max_words: int = 40
) -> Tensor:
    """Codes of sentences, ``[sentences, code_size]``, on the CPU.

    Args:
        codec: Autoencoder and vocabulary.
        sentences: At least one.
        max_words: Longer ones lose their end.
    """
    edge = end_of_document(codec.tokenizer)
    rows = encode_sentences(codec.tokenizer, sentences, max_words + 1)
    device = next(codec.model.parameters()).device
    codes = []
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        batch = collate_coded(rows[start : start + _ROWS_AT_ONCE], edge)
        codes.append(codec.model.encode(batch.tokens.to(device), batch.lengths).cpu())
    return torch.cat(codes)
