import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from taojin.core.errors import DataError
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.storage import save_model
from taojin.training.pretraining import new_language_model
from taojin.training.semi_supervised.config import RepresentationConfig
from taojin.training.semi_supervised.representation import represent

TEXTS = [
    "an apple and a pear", "a pear and a plum", "apple, plum and pear pie",
    "iron and gold", "gold and zinc", "zinc, iron and gold wire",
]  # fmt: skip
TRAIN = np.ones(len(TEXTS), bool)


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    shape = LanguageModelConfig(depth=1, width=32, context_length=32).shape(257)
    folder = tmp_path_factory.mktemp("base") / "model"
    save_model(new_language_model(shape, seed=9), folder, tokenizer.to_str())
    return folder


@pytest.mark.parametrize("kind", ["latent_semantics", "decoder", "both"])
def test_vectors_have_length_1_and_repeat(kind, base):
    config = RepresentationConfig(kind=kind, num_dimensions=4)

    vectors = represent(TEXTS, TRAIN, base, config)

    assert len(vectors) == len(TEXTS)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-6)
    np.testing.assert_array_equal(vectors, represent(TEXTS, TRAIN, base, config))


def test_texts_about_the_same_are_near(base):
    vectors = represent(TEXTS, TRAIN, base, RepresentationConfig(num_dimensions=2))

    nearness = vectors @ vectors.T

    assert nearness[:3, :3].min() > nearness[:3, 3:].max()


@pytest.mark.parametrize("kind", ["latent_semantics", "decoder"])
def test_held_out_texts_teach_nothing(kind, base):
    config = RepresentationConfig(kind=kind, num_dimensions=3)
    train = np.array([True] * 5 + [False])

    first = represent(TEXTS, train, base, config)
    second = represent([*TEXTS[:5], "quite another text"], train, base, config)

    np.testing.assert_allclose(first[:5], second[:5], atol=1e-6)


def test_the_decoder_does_not_see_the_padding(base):
    config = RepresentationConfig(kind="decoder")
    texts = ["ab", "abc", "a much longer text than that"]
    train = np.array([True, True, False])

    short = represent(texts[:2], train[:2], base, config)
    beside_long = represent(texts, train, base, config)

    np.testing.assert_allclose(short, beside_long[:2], atol=1e-4)


def test_a_text_without_known_words_is_a_vector_of_zeros(base):
    train = np.array([True] * 6 + [False])

    vectors = represent([*TEXTS, "淘"], train, base, RepresentationConfig())

    assert np.isfinite(vectors).all()
    assert not vectors[-1].any()


def test_too_few_or_wordless_texts_are_refused(base):
    with pytest.raises(DataError, match="there are 1"):
        represent(TEXTS, np.eye(6, dtype=bool)[0], base, RepresentationConfig())
    with pytest.raises(DataError, match="no words"):
        represent(["", " "], np.ones(2, bool), base, RepresentationConfig())
