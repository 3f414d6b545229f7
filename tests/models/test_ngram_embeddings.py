import pytest
import torch

from taojin.core.errors import ConfigurationError
from taojin.models.attention import KeyValueCache
from taojin.models.config import DecoderShape, LanguageModelConfig
from taojin.models.decoder import Decoder
from taojin.models.ngram_embeddings import NgramEmbeddings

CONFIG = LanguageModelConfig(
    depth=1, width=16, context_length=16, max_ngram=4, num_ngram_buckets=1000
)
SHAPE = CONFIG.shape(50)


def _tables(shape=SHAPE):
    torch.manual_seed(0)
    tables = NgramEmbeddings(shape)
    torch.nn.init.normal_(tables.weight)
    return tables.requires_grad_(requires_grad=False)


def _embed(tables, tokens):
    row = torch.tensor([tokens])
    return tables(row, torch.arange(len(tokens))[None])[0]


def test_a_token_depends_on_the_last_few_alone():
    tables = _tables()

    one = _embed(tables, [7, 7, 1, 2, 3, 4])
    other = _embed(tables, [9, 8, 1, 2, 3, 4])

    torch.testing.assert_close(one[5], other[5])
    for place in (2, 3, 4):
        assert (one[place] - other[place]).abs().max() > 0.1


def test_the_order_within_an_ngram_matters():
    tables = _tables()

    assert (_embed(tables, [1, 2])[1] - _embed(tables, [2, 1])[1]).abs().max() > 0.1


def test_ngrams_that_reach_back_beyond_the_start_count_as_none():
    tables = _tables()

    embedded = _embed(tables, [3, 5, 5])

    assert embedded[0].abs().max() == 0
    alone = DecoderShape.model_validate({**SHAPE.model_dump(), "max_ngram": 2})
    bigrams = NgramEmbeddings(alone)
    bigrams.weight.data.copy_(tables.weight[: len(bigrams.weight)])
    torch.testing.assert_close(embedded[1], _embed(bigrams, [3, 5])[1].detach())


def test_every_document_of_a_row_starts_anew():
    decoder = _decoder()
    tokens = torch.tensor([[4, 5, 6, 7, 8, 9]])

    packed = decoder(tokens, documents=torch.tensor([[0, 0, 0, 1, 1, 1]]))

    apart = torch.cat([decoder(tokens[:, :3]), decoder(tokens[:, 3:])], dim=1)
    torch.testing.assert_close(packed, apart, rtol=1e-4, atol=1e-5)


def test_rows_are_spread_over_the_tables():
    rows = torch.cartesian_prod(torch.arange(50), torch.arange(20))
    bags = _tables()._table_rows(rows, torch.tensor([[0, 1]]), None)[:, 1, 0]

    share = bags.unique().numel() / 1000

    assert bags.min() >= 1
    assert bags.max() <= 1000
    assert abs(share - (1 - torch.exp(torch.tensor(-1.0)))) < 0.05


def test_tokens_read_one_by_one_give_what_they_give_together():
    decoder = _decoder()
    tokens = torch.randint(50, (2, 8))
    cache = KeyValueCache(SHAPE, 2, 8, decoder.norm.weight)

    together = decoder(tokens)
    parts = [
        decoder(tokens[:, place : place + 1], torch.full((2, 1), place), cache)
        for place in range(8)
    ]

    torch.testing.assert_close(torch.cat(parts, 1), together, rtol=1e-4, atol=1e-5)


def test_rows_at_different_places_look_back_to_their_own_tokens():
    decoder = _decoder()
    tokens = torch.tensor([[1, 2, 3, 4], [5, 6, 0, 0]])
    cache = KeyValueCache(SHAPE, 2, 8, decoder.norm.weight)
    decoder(tokens, torch.arange(4).expand(2, -1), cache)
    cache.keep_rows(torch.tensor([1]))

    after = decoder(torch.tensor([[7]]), torch.tensor([[2]]), cache)

    wanted = decoder(torch.tensor([[5, 6, 7]]))[:, -1:]
    torch.testing.assert_close(after, wanted, rtol=1e-4, atol=1e-5)


def test_gradients_are_of_the_rows_that_were_read():
    tables = NgramEmbeddings(SHAPE)

    tables(torch.tensor([[1, 2, 3]]), torch.arange(3)[None]).sum().backward()

    gradient = tables.weight.grad
    assert gradient is not None
    assert gradient.is_sparse
    assert gradient.coalesce().indices().shape[1] == 3  # two 2-grams and a 3-gram


def test_a_model_without_tables_has_no_weight_more():
    plain = Decoder(LanguageModelConfig(depth=1).shape(9))

    assert plain.ngrams is None
    assert not [name for name, _ in plain.named_parameters() if "ngram" in name]


def test_transformers_is_not_told_of_a_model_that_it_cannot_express():
    with pytest.raises(ConfigurationError, match="max_ngram is 4"):
        SHAPE.to_transformers()

    content = SHAPE.to_config()
    assert content["model_type"] not in ("qwen3", None)
    assert DecoderShape.from_transformers(content) == SHAPE


def _decoder():
    torch.manual_seed(0)
    decoder = Decoder(SHAPE).eval()
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return decoder.requires_grad_(requires_grad=False)
