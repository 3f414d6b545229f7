"""The shape of a decoder: one dial, and the numbers derived from it."""

from typing import Any, Self

from pydantic import Field, model_validator

from taojin.core.config import StageConfig
from taojin.core.errors import ConfigurationError

ARCHITECTURE = "Qwen3ForCausalLM"
LAST_POOLING_ARCHITECTURE = "Qwen3ForSequenceClassification"
MEAN_POOLING_ARCHITECTURE = "TaojinMeanClassifier"
"""Not of Transformers; its decoder loads there as ``Qwen3Model``."""
MODEL_TYPE = "qwen3"
NGRAM_ARCHITECTURE = "TaojinNgramForCausalLM"
"""Not of Transformers, which has no embeddings of n-grams."""
NUM_NGRAM_BUCKETS = 16_384

_NGRAM_MODEL_TYPE = "taojin_ngram"
_WIDTH_PER_LAYER = 48
_HEAD_WIDTH = 32
_WIDE_HEAD_WIDTH = 64
_WIDE = 512
"""From this width on, heads are as wide as the field's large models have them."""


class DecoderShape(StageConfig):
    """Every number of a decoder, under the names of Transformers' ``Qwen3Config``.

    Attributes:
        vocab_size: Tokens of the vocabulary.
        hidden_size: Width of the residual stream.
        num_hidden_layers: Transformer blocks.
        num_attention_heads: Query heads.
        num_key_value_heads: Key and value heads; each serves a group of query heads.
        head_dim: Width of a head; even, because rotations act on pairs.
        intermediate_size: Width of the gated feed-forward layer.
        max_position_embeddings: Longest context in tokens that training shows.
        rope_theta: Base of the rotary frequencies.
        rms_norm_eps: Added to the mean square before its root is taken.
        tie_word_embeddings: Whether input and output share one matrix.
        max_ngram: Longest n-gram with embeddings of its own; 1 for none.
        num_ngram_buckets: Rows of each table of n-grams.
    """

    vocab_size: int = Field(ge=2)
    hidden_size: int = Field(ge=8)
    num_hidden_layers: int = Field(ge=1)
    num_attention_heads: int = Field(ge=1)
    num_key_value_heads: int = Field(ge=1)
    head_dim: int = Field(ge=2, multiple_of=2)
    intermediate_size: int = Field(ge=8)
    max_position_embeddings: int = Field(ge=2)
    rope_theta: float = Field(gt=1.0)
    rms_norm_eps: float = Field(gt=0.0, lt=1.0)
    tie_word_embeddings: bool
    max_ngram: int = Field(default=1, ge=1, le=16)
    num_ngram_buckets: int = Field(default=NUM_NGRAM_BUCKETS, ge=1)

    @model_validator(mode="after")
    def _check_groups(self) -> Self:
        if self.num_attention_heads % self.num_key_value_heads:
            message = (
                f"num_heads {self.num_attention_heads} must be a multiple of "
                f"num_key_value_heads {self.num_key_value_heads}"
            )
            raise ValueError(message)
        return self

    def to_config(self) -> dict[str, Any]:
        """The content of the ``config.json`` of our folders.

        Transformers reads it, too, but for a model with embeddings of n-grams, which
        has an architecture and a type that Transformers refuses.
        """
        if self.max_ngram == 1:
            return self.to_transformers()
        return self.model_dump() | {
            "architectures": [NGRAM_ARCHITECTURE],
            "model_type": _NGRAM_MODEL_TYPE,
        }

    def to_transformers(self) -> dict[str, Any]:
        """The content of a ``config.json`` that Transformers 4.51 and later reads.

        Raises:
            ConfigurationError: If the model has embeddings of n-grams.
        """
        if self.max_ngram > 1:
            message = (
                f"max_ngram is {self.max_ngram}, and Transformers has no architecture "
                "with embeddings of n-grams; pretrain with max_ngram 1 to export the "
                "model"
            )
            raise ConfigurationError(message)
        shape = self.model_dump(exclude={"max_ngram", "num_ngram_buckets"})
        rope_theta = shape.pop("rope_theta")
        return shape | {
            "architectures": [ARCHITECTURE],
            "model_type": MODEL_TYPE,
            "hidden_act": "silu",
            "attention_bias": False,
            "attention_dropout": 0.0,
            "use_sliding_window": False,
            "use_cache": True,
            "dtype": "float32",
            "torch_dtype": "float32",  # its name before Transformers 4.56
            "rope_theta": rope_theta,
            "rope_parameters": {"rope_type": "default", "rope_theta": rope_theta},
        }

    @classmethod
    def from_transformers(cls, content: dict[str, Any]) -> Self:
        """Read the shape from the content of a ``config.json``.

        Raises:
            ValueError: If a number is missing or out of range.
        """
        rope: dict[str, Any] = content.get("rope_parameters") or {}
        merged = {"rope_theta": rope.get("rope_theta"), **content}
        optional = {"max_ngram", "num_ngram_buckets"} - merged.keys()
        names = cls.model_fields.keys() - optional
        return cls.model_validate({name: merged.get(name) for name in names})


class LanguageModelConfig(StageConfig):
    """A decoder-only language model, sized by one dial.

    Unset numbers follow from ``depth``: width 48 a layer, heads 32 wide (64 from
    width 512 on), one key-value head for two query heads, a feed-forward layer 8/3
    as wide as the model, rounded up to a multiple of 32.
    """

    depth: int = Field(default=4, ge=1, le=96)
    """Transformer blocks; everything else follows unless it is set."""
    context_length: int = Field(default=256, ge=2, le=131_072)
    """Longest text in tokens that the model sees at once."""
    width: int | None = Field(default=None, ge=8, le=16_384)
    """Width of the residual stream."""
    num_heads: int | None = Field(default=None, ge=1, le=256)
    """Query heads."""
    num_key_value_heads: int | None = Field(default=None, ge=1, le=256)
    """Key and value heads; must divide the number of query heads."""
    head_width: int | None = Field(default=None, ge=2, le=512, multiple_of=2)
    """Width of a head."""
    feed_forward_width: int | None = Field(default=None, ge=8, le=65_536)
    """Width of the gated feed-forward layer."""
    rope_theta: float = Field(default=10_000.0, gt=1.0)
    """Base of the rotary frequencies."""
    norm_epsilon: float = Field(default=1e-6, gt=0.0, lt=1e-2)
    """Keeps the normalisation finite on zero vectors."""
    tie_embeddings: bool = False
    """Share the input and the output matrix."""
    max_ngram: int = Field(default=1, ge=1, le=16)
    """Longest n-gram with hashed embeddings of its own; 1 for none. Pays while less
    than about one epoch is seen; such a model cannot leave for Transformers."""
    num_ngram_buckets: int = Field(default=NUM_NGRAM_BUCKETS, ge=1, le=1 << 26)
    """Rows of each table of n-grams."""

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        self.shape(vocab_size=2)
        return self

    def shape(self, vocab_size: int) -> DecoderShape:
        """Derive every number that was not set."""
        width = self.width or _WIDTH_PER_LAYER * self.depth
        default_head = _HEAD_WIDTH if width < _WIDE else _WIDE_HEAD_WIDTH
        head_width = self.head_width or default_head
        num_heads = self.num_heads or max(1, round(width / head_width))
        num_key_value_heads = self.num_key_value_heads or (
            num_heads // 2 if num_heads % 2 == 0 else num_heads
        )
        return DecoderShape(
            vocab_size=vocab_size,
            hidden_size=width,
            num_hidden_layers=self.depth,
            num_attention_heads=num_heads,
            num_key_value_heads=num_key_value_heads,
            head_dim=head_width,
            intermediate_size=self.feed_forward_width or 32 * -(-width // 12),
            max_position_embeddings=self.context_length,
            rope_theta=self.rope_theta,
            rms_norm_eps=self.norm_epsilon,
            tie_word_embeddings=self.tie_embeddings,
            max_ngram=self.max_ngram,
            num_ngram_buckets=self.num_ngram_buckets,
        )
