"""An autoencoder of sentences whose codes lie on a sphere."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from taojin.models.text_codes.shapes import TextCodeShape


class TextAutoencoder(nn.Module):
    """A recurrent encoder, a code of fixed length, and a decoder that sees it always.

    A code is a point of the sphere of radius ``sqrt(code_size)``, so that its numbers
    have about unit variance and no sentence is farther out than another: a generator of
    codes has a bounded target, and noise of one size is right everywhere. Trained with
    noise on codes and words left out (Shen et al. 2020, arXiv:1905.12777), codes near
    each other decode alike.

    Shapes: R rows, T tokens, V vocabulary.

    Attributes:
        shape: The numbers it was built from.
    """

    def __init__(self, shape: TextCodeShape) -> None:
        super().__init__()
        self.shape = shape
        self.embedding = nn.Embedding(shape.vocab_size, shape.embedding_size)
        nn.init.normal_(self.embedding.weight, std=_EMBEDDING_STD)
        self.reader = nn.GRU(
            shape.embedding_size, shape.width, batch_first=True, bidirectional=True
        )
        self.to_code = nn.Linear(2 * shape.width, shape.code_size)
        self.to_state = nn.Linear(shape.code_size, shape.width)
        self.writer = nn.GRU(
            shape.embedding_size + shape.code_size, shape.width, batch_first=True
        )
        self.norm = nn.LayerNorm(shape.width)
        self.to_word = nn.Linear(shape.width, shape.embedding_size)

    def encode(self, tokens: Tensor, lengths: Tensor) -> Tensor:
        """Codes ``[R, code_size]`` of sentences.

        Args:
            tokens: ``[R, T]``, padded to the right with anything.
            lengths: Real tokens of each row, ``[R]``, at least 1.
        """
        packed = nn.utils.rnn.pack_padded_sequence(
            self.embedding(tokens),
            lengths.cpu(),
            batch_first=True,
            enforce_sorted=False,
        )
        states, _ = nn.utils.rnn.pad_packed_sequence(
            self.reader(packed)[0], batch_first=True, padding_value=-torch.inf
        )
        return on_sphere(self.to_code(states.amax(1)))

    def decode(self, codes: Tensor, tokens: Tensor) -> Tensor:
        """Logits ``[R, T, V]`` of the word after each of ``tokens``, given a code.

        Args:
            codes: ``[R, code_size]``.
            tokens: ``[R, T]``, of which the first starts the sentence.
        """
        return self._logits(self.states(codes, tokens)[0])

    def states(
        self, codes: Tensor, tokens: Tensor, before: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """States ``[R, T, width]`` of the decoder, and the last to go on from.

        Args:
            codes: ``[R, code_size]``.
            tokens: New ones, ``[R, T]``.
            before: What the last call gave, ``[1, R, width]``; None starts sentences.
        """
        if before is None:
            before = torch.tanh(self.to_state(codes))[None]
        repeated = codes[:, None].expand(-1, tokens.shape[1], -1)
        given = torch.cat([self.embedding(tokens), repeated], dim=-1)
        return self.writer(given, before.contiguous())

    def next_logits(self, states: Tensor) -> Tensor:
        """Logits ``[R, V]`` of the word after the last state of each row."""
        return self._logits(states[:, -1])

    def _logits(self, states: Tensor) -> Tensor:
        words = self.to_word(self.norm(states))
        return functional.linear(words, self.embedding.weight)


def on_sphere(codes: Tensor) -> Tensor:
    """Codes ``[R, size]`` of length ``sqrt(size)``."""
    return functional.normalize(codes, dim=-1) * codes.shape[-1] ** 0.5


_EMBEDDING_STD = 0.1
