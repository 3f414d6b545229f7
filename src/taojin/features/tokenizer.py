"""Byte-level byte-pair encoding, trained on the train split alone.

Byte-pair encoding after Sennrich et al. 2016; over bytes after Radford et al. 2019,
so that any Unicode text survives the round trip and nothing is unknown.
"""

import logging
from collections.abc import Iterator
from typing import Any

import pandas as pd
import pyarrow as pa
from pydantic import Field
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers
from tokenizers.trainers import BpeTrainer

from taojin.core.config import StageConfig
from taojin.core.errors import CorruptArtifactError, EmptyStageError
from taojin.core.fingerprints import DIGEST_BYTES, hash_text
from taojin.core.shards import Shards
from taojin.features.splits import split_of_documents

END_OF_DOCUMENT = "<|end_of_document|>"
"""Ends every document. In a text these characters are ordinary characters."""

_NUM_BYTE_VALUES = 256
_NUM_SPECIAL_TOKENS = 1

_WORDS = Regex(
    r"[^\s\p{L}\p{N}]?\p{L}+"  # a word, with the sign that leads it: _name .name (x
    r"| ?\p{L}+"  # a word after a space
    r"| ?\p{N}{1,3}"  # digits, at most three, so that numbers share tokens
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*"  # punctuation, with the line that it ends
    r"|[\r\n]+ *(?= \S)"  # line ends and indentation, but the last space ...
    r"|\s+(?!\S)|\s"  # ... which goes with its word
)

_log = logging.getLogger(__name__)


class TokenizerConfig(StageConfig):
    """Size and training sample of the vocabulary."""

    vocab_size: int = Field(
        default=4096, ge=_NUM_BYTE_VALUES + _NUM_SPECIAL_TOKENS, le=1 << 20
    )
    """Wanted number of tokens; a small corpus may support fewer."""
    min_frequency: int = Field(default=2, ge=1)
    """A pair seen less often is not merged."""
    max_train_megabytes: float = Field(default=100.0, gt=0.0)
    """Train on a sample of about this much text where there is more."""


def train_tokenizer(
    documents: Shards, splits: pd.DataFrame, config: TokenizerConfig
) -> str:
    """Train the vocabulary on the documents of the train split.

    The same documents give the same vocabulary, on any number of cores.

    Args:
        documents: Documents.
        splits: ``document_id`` and ``split`` of exactly these documents.
        config: Size and sample.

    Returns:
        The tokeniser as JSON (the ``tokenizer.json`` of the Hugging Face format).

    Raises:
        CountMismatchError: If the splits are not of exactly these documents.
        EmptyStageError: If the train split holds no document.
    """
    assignment = split_of_documents(documents, splits)
    train_ids = {name for name, split in assignment.items() if split == "train"}
    num_bytes = sum(
        table.column("text").nbytes for table in _train_tables(documents, train_ids)
    )
    if num_bytes == 0:
        message = "features.tokenizer: the train split holds no document to train on"
        raise EmptyStageError(message)
    share = min(1.0, config.max_train_megabytes * 1e6 / num_bytes)
    tokenizer = untrained()
    tokenizer.train_from_iterator(
        _sampled_texts(documents, train_ids, share), _trainer(config)
    )
    found = tokenizer.get_vocab_size()
    if found < config.vocab_size:
        _log.warning(
            "features.tokenizer: the train split (%.1f MB) supports %d tokens, "
            "vocab_size asks for %d; going on with %d",
            num_bytes / 1e6,
            found,
            config.vocab_size,
            found,
        )
    return tokenizer.to_str()


def load_tokenizer(tokenizer_json: str) -> Tokenizer:
    """Build the tokeniser from its JSON, so that texts hold no control tokens.

    A text that spells out ``<|end_of_document|>`` is encoded as these characters,
    never as the token: a document cannot forge the end of itself.

    Raises:
        CorruptArtifactError: If it is not the JSON of one of our tokenisers.
    """
    try:
        tokenizer = Tokenizer.from_str(tokenizer_json)
    except Exception as error:  # the Rust binding raises no narrower class
        message = f"not the JSON of a tokeniser ({error}); train it anew"
        raise CorruptArtifactError(message) from error
    if tokenizer.token_to_id(END_OF_DOCUMENT) is None:
        message = f"the tokeniser has no {END_OF_DOCUMENT} token; train it anew"
        raise CorruptArtifactError(message)
    tokenizer.encode_special_tokens = True
    return tokenizer


def untrained() -> Tokenizer:
    """Make our tokeniser without a vocabulary."""
    tokenizer = Tokenizer(models.BPE())
    split: Any = pre_tokenizers.Split(_WORDS, behavior="isolated")
    to_bytes = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([split, to_bytes])
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _trainer(config: TokenizerConfig) -> BpeTrainer:
    return BpeTrainer(
        vocab_size=config.vocab_size,
        min_frequency=config.min_frequency,
        special_tokens=[AddedToken(END_OF_DOCUMENT, special=True, normalized=False)],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )


def _train_tables(documents: Shards, train_ids: set[str]) -> Iterator[pa.Table]:
    for table in documents.tables(["document_id", "text"]):
        ids = table.column("document_id").to_pylist()
        # Curation can leave a part without rows; a list without items has no type.
        chosen = [document_id in train_ids for document_id in ids]
        yield table.filter(pa.array(chosen, type=pa.bool_()))


def _sampled_texts(
    documents: Shards, train_ids: set[str], share: float
) -> Iterator[list[str]]:
    """Yield the texts of a share of the documents, chosen by a hash of their ids."""
    limit = share * (1 << (8 * DIGEST_BYTES))
    for table in _train_tables(documents, train_ids):
        ids, texts = table.column("document_id"), table.column("text")
        yield [
            text
            for document_id, text in zip(
                ids.to_pylist(), texts.to_pylist(), strict=True
            )
            if int(hash_text(f"tokenizer/{document_id}"), 16) < limit
        ]
