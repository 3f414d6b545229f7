import math

import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from taojin.models.classifier import SequenceClassifier
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT, encode, encode_document
from taojin.models.language_model import LanguageModel
from taojin.models.prediction import predict_labels, score_targets

SHAPE = LanguageModelConfig(depth=1, width=32, context_length=24).shape(257)


def _tokenizer():
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    return tokenizer


def _random(model):
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def _examples(*pairs):
    rows = [(str(i), prompt, target) for i, (prompt, target) in enumerate(pairs)]
    return pd.DataFrame(rows, columns=["document_id", "prompt", "target"])


def test_every_text_gets_a_distribution_in_its_own_row():
    model = _random(SequenceClassifier(SHAPE, ("x", "y", "z")))
    texts = [
        "short",
        "a text longer than the context of the model",
        "",
        "中文 🎉\0\ud800",
    ]

    result = predict_labels(model, _tokenizer(), texts, batch_size=2)

    assert list(result.columns) == ["x", "y", "z"]
    assert result.sum(axis=1).to_numpy() == pytest.approx([1.0] * 4)
    tokens = torch.tensor([encode_document(_tokenizer(), "short", 24)])
    alone = model(tokens, torch.tensor([tokens.shape[1]])).softmax(-1)[0]
    assert result.iloc[0].to_list() == pytest.approx(alone.tolist(), abs=1e-6)


def test_no_texts_give_no_rows():
    model = SequenceClassifier(SHAPE, ("x", "y"))

    assert predict_labels(model, _tokenizer(), []).shape == (0, 2)


def test_an_untrained_model_pays_the_logarithm_of_the_vocabulary():
    result = score_targets(
        LanguageModel(SHAPE), _tokenizer(), _examples(("ab", "xyz"), ("c", "é"))
    )

    assert result["num_tokens"].tolist() == [4, 3]
    assert result["num_bytes"].tolist() == [3, 2]
    assert result["nats"].tolist() == pytest.approx(
        [4 * math.log(257), 3 * math.log(257)], rel=1e-6
    )


def test_a_target_is_scored_after_its_prompt_and_with_its_end():
    model, tokenizer = _random(LanguageModel(SHAPE)), _tokenizer()
    examples = _examples(("ask", "say"), ("a", "much longer target"))

    result = score_targets(model, tokenizer, examples, batch_size=2)

    tokens = torch.tensor([[0, *encode(tokenizer, "asksay"), 0]])
    log_shares = model(tokens[:, :-1]).log_softmax(-1)[0]
    expected = -sum(log_shares[i, tokens[0, i + 1]].item() for i in range(3, 7))
    assert result["nats"].tolist()[0] == pytest.approx(expected, rel=1e-5)


def test_the_size_of_the_batch_does_not_matter():
    model = _random(LanguageModel(SHAPE))
    examples = _examples(*[("p" * i, "t" * (9 - i)) for i in range(9)])

    one = score_targets(model, _tokenizer(), examples, batch_size=1)
    all_ = score_targets(model, _tokenizer(), examples, batch_size=9)

    pd.testing.assert_frame_equal(one, all_, rtol=1e-5)
    assert one["document_id"].tolist() == examples["document_id"].tolist()
