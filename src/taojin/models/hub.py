"""Any causal language model in the format of Transformers, behind our interface."""

import inspect
import json
import shutil
from pathlib import Path
from typing import Any, Protocol, cast

import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

from taojin.core.errors import ConfigurationError, CorruptArtifactError
from taojin.core.files import atomic_directory
from taojin.models.attention import KeyValueCache
from taojin.models.config import DecoderShape
from taojin.models.documents import document_mask, document_positions
from taojin.models.encoding import SequenceEdges

_TOKENIZER = "tokenizer.json"
_TOKENIZER_CONFIG = "tokenizer_config.json"
_TEMPLATE_FILE = "chat_template.jinja"
_TOKENIZER_FILES = (
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab.*",
    "merges.txt",
    _TEMPLATE_FILE,
)
_OFFLINE: dict[str, Any] = {"local_files_only": True, "trust_remote_code": False}
_UNREADABLE = (OSError, ValueError, KeyError, RuntimeError)
_UNBOUNDED_CONTEXT = 1 << 20
"""For models without a table of positions."""


class HubLanguageModel(nn.Module):
    """A network of Transformers that is trained and sampled like our own model.

    Attributes:
        network: What ``AutoModelForCausalLM`` loads.
        is_plain: Whether logits are the decoder's states times the output matrix.
            Some families add a bias, a scale or a cap; of those the whole logits
            are computed, and the states of :meth:`model` are logits already.
        shape: Its numbers, as far as a cache and a sampler need them.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network
        self.shape = shape_of(network)
        self.is_plain = _is_plain(network)
        self._cache_name = _cache_name(network)

    @property
    def _kind(self) -> torch.dtype:
        return next(self.network.parameters()).dtype

    @property
    def lm_head(self) -> nn.Module:
        """From what :meth:`model` returns to token logits."""
        return _output_layer(self.network) if self.is_plain else nn.Identity()

    def model(
        self,
        tokens: Tensor,
        positions: Tensor | None = None,
        cache: KeyValueCache | None = None,
        documents: Tensor | None = None,
    ) -> Tensor:
        """States ``[rows, new, width]`` of ``tokens [rows, new]``.

        See :meth:`taojin.models.decoder.Decoder.forward` for the arguments.
        """
        arguments: dict[str, Any] = {"use_cache": False}
        if documents is not None:
            positions = document_positions(documents)
            visible = document_mask(documents)
            arguments["attention_mask"] = _additive(~visible, self._kind)
        if positions is not None:
            arguments["position_ids"] = positions
        if cache is not None and positions is not None:
            arguments |= {
                self._cache_name: _LayerCache(cache, positions),
                "use_cache": True,
                "attention_mask": _hidden_of_cache(cache, positions),
            }
        if self.is_plain:
            return decoder_of(self.network)(tokens, **arguments).last_hidden_state
        return self.network(tokens, **arguments).logits

    def forward(
        self,
        tokens: Tensor,
        positions: Tensor | None = None,
        cache: KeyValueCache | None = None,
    ) -> Tensor:
        """Logits ``[rows, new, vocabulary]`` of the token after each of ``tokens``."""
        return self.lm_head(self.model(tokens, positions, cache))


def load_hub_model(
    directory: str | Path,
) -> tuple[HubLanguageModel, Tokenizer, SequenceEdges]:
    """Load a folder that Transformers reads; nothing is downloaded, no code is run.

    Args:
        directory: With ``config.json``, weights in safetensors and a tokenizer.

    Returns:
        The model in fp32 and in evaluation mode, its tokenizer, and the tokens that
        start and end its sequences. A text that spells out a special token is
        encoded as its characters.

    Raises:
        ConfigurationError: If the extra ``transformers`` is not installed, or the
            tokenizer names no token that ends a text.
        CorruptArtifactError: If the folder is none of a causal language model.
    """
    transformers = transformers_library()
    folder = Path(directory)
    try:
        network = transformers.AutoModelForCausalLM.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, **_OFFLINE
        )
    except _UNREADABLE as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    return HubLanguageModel(network).eval(), *load_hub_tokenizer(folder)


def load_hub_tokenizer(directory: str | Path) -> tuple[Tokenizer, SequenceEdges]:
    """Load the tokenizer of a folder that Transformers reads, and its edges.

    Raises:
        ConfigurationError: If it names no token that ends a text.
        CorruptArtifactError: If there is none.
    """
    folder = Path(directory)
    try:
        tokenizer = transformers_library().AutoTokenizer.from_pretrained(
            folder, **_OFFLINE
        )
    except _UNREADABLE as error:
        raise CorruptArtifactError(_message(folder, error)) from error
    backend = cast("Tokenizer", tokenizer.backend_tokenizer)
    backend.encode_special_tokens = True
    return backend, _edges(tokenizer, folder)


def untrained_like(model: HubLanguageModel) -> HubLanguageModel:
    """The same network with new weights, drawn from torch's generator."""
    kind = cast("Any", type(model.network))
    return HubLanguageModel(kind(cast("_Network", model.network).config)).eval()


def save_hub_model(
    model: HubLanguageModel,
    directory: str | Path,
    base: str | Path,
    chat_template: str | None = None,
    tokenizer_json: str | None = None,
) -> None:
    """Write a folder that Transformers reads, whole or not at all.

    Args:
        model: Without adapters; see :func:`taojin.models.adapters.merge_adapters`.
        directory: The folder; replaced if it exists.
        base: Folder whose tokenizer the model has; its files are copied.
        chat_template: Of the model's conversations; null keeps the base's.
        tokenizer_json: Of the model, if it has more tokens than the base's.
    """
    with atomic_directory(directory) as folder:
        cast("_Network", model.network).save_pretrained(folder)
        copy_tokenizer(base, folder, tokenizer_json)
        if chat_template is not None:
            replace_template(folder, chat_template)


def copy_tokenizer(
    source: str | Path, target: Path, tokenizer_json: str | None = None
) -> None:
    """Copy the files that are a tokenizer in the format of Transformers.

    Args:
        source: Folder that holds them.
        target: Folder that gets them.
        tokenizer_json: Stands for the tokenizer itself, if it has more tokens.
    """
    for pattern in _TOKENIZER_FILES:
        for path in Path(source).glob(pattern):
            shutil.copy(path, target / path.name)
    if tokenizer_json is not None:
        (target / _TOKENIZER).write_text(tokenizer_json, encoding="utf-8")


class _Network(Protocol):
    """What is used of ``transformers.PreTrainedModel``."""

    config: Any

    def save_pretrained(self, folder: Path, /) -> None: ...
    def get_decoder(self) -> nn.Module: ...
    def get_output_embeddings(self) -> nn.Module | None: ...


class _LayerCache:
    """Our cache of fixed size under the one method that attention layers call."""

    is_compileable = False

    def __init__(self, cache: KeyValueCache, positions: Tensor) -> None:
        self._cache = cache
        self._positions = positions

    def update(
        self, keys: Tensor, values: Tensor, layer: int, *_: Any, **__: Any
    ) -> tuple[Tensor, Tensor]:
        return self._cache.write(layer, self._positions, keys, values)

    def get_seq_length(self, *_: Any) -> int:
        return 0  # positions are given, nothing is counted from here

    def __len__(self) -> int:
        return len(self._cache.keys)


def _hidden_of_cache(cache: KeyValueCache, positions: Tensor) -> Tensor:
    """Minus infinity, or nearly, where a token must not look, ``[rows, 1, new, all]``."""
    columns = torch.arange(cache.length, device=positions.device)
    future = (columns > positions[..., None])[:, None]
    return _additive(future, cache.keys[0].dtype)


def _additive(hidden: Tensor, kind: torch.dtype) -> Tensor:
    """A mask that is added to the attention logits.

    Having four dimensions it is taken as it is; attention that is not fused would add
    one of truth values, too.
    """
    mask = torch.zeros(hidden.shape, dtype=kind, device=hidden.device)
    return mask.masked_fill(hidden, torch.finfo(kind).min)


def replace_template(folder: Path, chat_template: str) -> None:
    """Write a chat template into a folder's tokenizer, in the place of its own."""
    path = folder / _TOKENIZER_CONFIG
    content: dict[str, Any] = {}
    if path.exists():
        content = json.loads(path.read_text(encoding="utf-8"))
    content["chat_template"] = chat_template
    path.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
    # A file of its own would win over the configuration.
    (folder / _TEMPLATE_FILE).unlink(missing_ok=True)


def transformers_library() -> Any:
    """The library, if it is installed.

    Raises:
        ConfigurationError: If it is not.
    """
    try:
        import transformers
    except ImportError as error:
        message = (
            "a base that is no model of this project needs the extra `transformers`: "
            "pip install 'taojin[transformers]'"
        )
        raise ConfigurationError(message) from error
    return transformers


def decoder_of(network: nn.Module) -> nn.Module:
    """The part of a network of Transformers below its output matrix."""
    return cast("_Network", network).get_decoder()


def _output_layer(network: nn.Module) -> nn.Module:
    layer = cast("_Network", network).get_output_embeddings()
    return layer if layer is not None else nn.Identity()


@torch.no_grad()
def _is_plain(network: nn.Module) -> bool:
    """Measured, because every family has a head of its own."""
    head = _output_layer(network)
    if not isinstance(head, nn.Linear) or head.bias is not None:
        return False
    training = network.training
    network.eval()
    probe = torch.arange(1, 4, device=head.weight.device)[None]
    states = decoder_of(network)(probe, use_cache=False).last_hidden_state
    plain = torch.equal(head(states), network(probe, use_cache=False).logits)
    network.train(training)
    return plain


def _cache_name(network: nn.Module) -> str:
    """The argument's name changed within version 5 of Transformers."""
    known = inspect.signature(decoder_of(network).forward).parameters
    return "cache" if "cache" in known else "past_key_values"


def shape_of(network: nn.Module) -> DecoderShape:
    """The numbers of a network that a cache, a sampler or a head needs."""
    config = cast("_Network", network).config.get_text_config()
    num_heads = config.num_attention_heads
    return DecoderShape(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=num_heads,
        num_key_value_heads=getattr(config, "num_key_value_heads", None) or num_heads,
        head_dim=getattr(config, "head_dim", None) or config.hidden_size // num_heads,
        intermediate_size=getattr(config, "intermediate_size", None)
        or 4 * config.hidden_size,
        max_position_embeddings=getattr(
            config, "max_position_embeddings", _UNBOUNDED_CONTEXT
        ),
        rope_theta=10_000.0,
        rms_norm_eps=1e-6,
        tie_word_embeddings=bool(config.tie_word_embeddings),
    )


def _edges(tokenizer: Any, folder: Path) -> SequenceEdges:
    end = tokenizer.eos_token_id
    if end is None:
        message = (
            f"the tokenizer in {folder} names no eos_token, and a text must end; set "
            "eos_token in its tokenizer_config.json"
        )
        raise ConfigurationError(message)
    start = tokenizer.bos_token_id
    return SequenceEdges(end if start is None else start, end)


def _message(folder: Path, problem: object) -> str:
    return (
        f"{folder} is no causal language model that Transformers reads: "
        f"{str(problem)[:300]}; give a folder with config.json, model.safetensors and "
        "tokenizer.json"
    )
