"""A decoder-only Transformer that predicts the next token."""

from torch import Tensor, nn

from taojin.models.attention import KeyValueCache
from taojin.models.config import DecoderShape
from taojin.models.decoder import Decoder


class LanguageModel(nn.Module):
    """Decoder and output matrix; loads as ``Qwen3ForCausalLM`` in Transformers.

    Attributes:
        model: The decoder.
        lm_head: From states to token logits.
    """

    def __init__(self, shape: DecoderShape) -> None:
        super().__init__()
        self.model = Decoder(shape)
        self.lm_head = nn.Linear(shape.hidden_size, shape.vocab_size, bias=False)
        if shape.tie_word_embeddings:
            nn.init.normal_(self.model.embed_tokens.weight, std=_TIED_STD)
            self.lm_head.weight = self.model.embed_tokens.weight
        else:
            nn.init.zeros_(self.lm_head.weight)

    @property
    def shape(self) -> DecoderShape:
        """The numbers the model was built from."""
        return self.model.shape

    def forward(
        self,
        tokens: Tensor,
        positions: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """Logits ``[rows, new, vocabulary]`` of the token after each of ``tokens``.

        See :meth:`Decoder.forward` for the arguments.
        """
        return self.lm_head(self.model(tokens, positions, cache))


_TIED_STD = 0.02
