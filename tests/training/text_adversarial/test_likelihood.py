"""Maximum likelihood of weighted sentences, and drawing from what it gives."""

from collections import Counter

import pytest
import torch
from tokenizers import Tokenizer

from taojin.core.errors import EmptyStageError
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import end_of_document
from taojin.models.storage import load_language_model
from taojin.training.objectives import NextToken, TokenBatch
from taojin.training.text_adversarial.config import SentenceModelConfig
from taojin.training.text_adversarial.drawing import draw_sentences
from taojin.training.text_adversarial.likelihood import (
    WeightedNextToken,
    train_sentence_model,
)
from taojin.training.text_adversarial.sentences import (
    Sentence,
    collate_sentences,
    collate_tokens,
    encode_sentences,
)
from taojin.training.text_adversarial.vocabulary import UNKNOWN, word_tokenizer

ROWS = [[0, 2, 3, 0], [0, 4, 0]]


def test_with_weights_of_one_the_loss_is_that_of_language_models(sentence_model):
    model = sentence_model.model
    batch = collate_tokens(ROWS)
    wanted = NextToken(model).loss(TokenBatch(batch.inputs, batch.targets))
    found = WeightedNextToken(model).loss(batch)
    assert found.total.item() == pytest.approx(wanted.total.item(), rel=1e-5)
    assert found.num_units == wanted.num_units == 5


def test_a_weight_multiplies_the_loss_of_its_sentence(sentence_model):
    objective = WeightedNextToken(sentence_model.model)
    each = [objective.loss(collate_tokens([row])).total.item() for row in ROWS]
    batch = collate_sentences([Sentence(ROWS[0], 3.0), Sentence(ROWS[1], 0.0)])
    assert objective.loss(batch).total.item() == pytest.approx(3.0 * each[0], rel=1e-5)


def test_drawn_sentences_follow_the_model_s_distribution(sentence_model):
    model, edge = sentence_model.model, end_of_document(sentence_model.tokenizer)
    random = torch.Generator().manual_seed(0)
    rows = draw_sentences(model, edge, 3000, 8, random)
    shares = model(torch.tensor([[edge]]))[0, 0].softmax(-1)
    counts = Counter(row[1] for row in rows)
    for token, share in enumerate(shares.tolist()):
        assert counts[token] / 3000 == pytest.approx(share, abs=0.03)
    assert all(row[0] == row[-1] == edge for row in rows)
    assert all(edge not in row[1:-1] for row in rows)
    assert max(map(len, rows)) <= 10


def test_a_model_is_saved_as_any_language_model(sentence_model, tmp_path):
    sentence_model.save(tmp_path / "model")
    loaded = load_language_model(tmp_path / "model")
    tokens = torch.tensor([[0, 2, 3]])
    assert torch.equal(loaded(tokens), sentence_model.model(tokens))


def test_the_vocabulary_does_not_depend_on_the_order_of_sentences(sentences):
    assert word_tokenizer(sentences) == word_tokenizer(sentences[::-1])


def test_rare_and_unseen_words_are_one_token():
    tokenizer = Tokenizer.from_str(word_tokenizer(["a a b", "a c c"], 2))
    unknown = tokenizer.token_to_id(UNKNOWN)
    ids = tokenizer.encode("a b c d").ids
    assert [number == unknown for number in ids] == [False, True, False, True]
    assert tokenizer.decode(tokenizer.encode("a c a").ids) == "a c a"


def test_long_sentences_lose_their_end(sentence_model):
    rows = encode_sentences(sentence_model.tokenizer, ["a cat runs near the cat ."], 4)
    assert len(rows[0]) == 5  # four inputs, and the end
    assert rows[0][0] == rows[0][-1]


@pytest.mark.parametrize("texts", [[], [" "]])
def test_no_words_are_refused(texts):
    with pytest.raises(EmptyStageError, match="min_count"):
        word_tokenizer(texts)


def test_no_sentence_is_refused(sentences, training):
    config = SentenceModelConfig(
        model=LanguageModelConfig(depth=1, width=32, context_length=12),
        training=training(),
    )
    with pytest.raises(EmptyStageError, match="no sentence"):
        train_sentence_model([], sentences, word_tokenizer(sentences), config)
