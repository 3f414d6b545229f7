import pandas as pd
import pytest
import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers

from taojin.core.errors import ConfigurationError, EmptyStageError
from taojin.generation.config import SamplingConfig
from taojin.generation.sampling import sample
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.prediction import predict_labels
from taojin.models.storage import load_classifier, load_language_model, save_model
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import finetune_classifier, finetune_language_model
from taojin.training.finetuning_config import (
    ClassifierFinetuningConfig,
    LanguageFinetuningConfig,
)
from taojin.training.pretraining import new_language_model

TRAINING = {
    "num_steps": 40,
    "batch_size": 8,
    "validate_every": 20,
    "num_threads": 1,
    "log_every": 20,
}
WORDS = {"fruit": ["apple", "pear", "plum"], "metal": ["iron", "gold", "zinc"]}


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    shape = LanguageModelConfig(depth=1, width=32, context_length=32).shape(257)
    folder = tmp_path_factory.mktemp("base") / "model"
    save_model(new_language_model(shape, seed=9), folder, tokenizer.to_str())
    return folder


def _topics(num_train=20):
    rows = [
        (f"{word} {number}", label, split)
        for label, words in WORDS.items()
        for split in ("train", "validation", "test")
        for word in words
        for number in range(num_train if split == "train" else 2)
    ]
    return pd.DataFrame(rows, columns=["text", "label", "split"])


def _descriptions():
    rows = [
        (f"{word}:", label, split)
        for label, words in WORDS.items()
        for word in words
        for split in ("train",) * 6 + ("validation", "test")
    ]
    return pd.DataFrame(rows, columns=["prompt", "target", "split"])


def _classifier_config(**training):
    settings = TrainingConfig(**{**TRAINING, **training})
    return ClassifierFinetuningConfig(max_tokens=16, dropout=0.1, training=settings)


def _language_config(**training):
    settings = TrainingConfig(**{**TRAINING, **training})
    return LanguageFinetuningConfig(max_tokens=24, training=settings)


def test_a_classifier_learns_its_classes(base, tmp_path):
    examples = _topics()
    before = examples.copy()

    finetuned = finetune_classifier(examples, base, _classifier_config())

    pd.testing.assert_frame_equal(examples, before)
    assert finetuned.model.labels == ("fruit", "metal")
    test = examples[examples["split"] == "test"]
    shares = predict_labels(finetuned.model, finetuned.tokenizer, list(test["text"]))
    assert list(shares.idxmax(axis=1)) == list(test["label"])
    assert finetuned.history[-1]["validation_loss"] < 0.3
    save_model(finetuned.model, tmp_path / "c", finetuned.tokenizer.to_str())
    assert load_classifier(tmp_path / "c").shape.max_position_embeddings == 16


def test_a_language_model_learns_targets(base):
    finetuned = finetune_language_model(
        _descriptions(), base, _language_config(num_steps=60)
    )

    texts = sample(
        finetuned.model,
        finetuned.tokenizer,
        ["apple:", "zinc:"],
        SamplingConfig(temperature=0.0, max_new_tokens=10),
    )
    assert [text.text for text in texts] == ["fruit", "metal"]
    assert all(text.finished for text in texts)


@pytest.mark.parametrize(
    ("finetune", "examples", "make_config"),
    [
        (finetune_classifier, _topics, _classifier_config),
        (finetune_language_model, _descriptions, _language_config),
    ],
    ids=["classifier", "language model"],
)
class TestBoth:
    def test_the_start_is_the_base_or_new_weights(
        self, base, finetune, examples, make_config
    ):
        config = make_config(
            num_steps=1,
            matrix_learning_rate=0,
            embedding_learning_rate=0,
            head_learning_rate=0,
        )
        known = load_language_model(base).model.embed_tokens.weight

        def start(**keywords):
            model = finetune(examples(), base, config, **keywords).model
            return model.model.embed_tokens.weight

        assert torch.equal(start(), known)
        assert not torch.equal(start(from_scratch=True), known)

    def test_one_seed_gives_one_model(self, base, finetune, examples, make_config):
        def weight():
            config = make_config(num_steps=3, seed=4)
            model = finetune(examples(), base, config).model
            return model.model.layers[0].mlp.up_proj.weight

        assert torch.equal(weight(), weight())

    def test_no_training_example_is_refused(
        self, base, finetune, examples, make_config
    ):
        rows = examples()

        with pytest.raises(EmptyStageError, match="split"):
            finetune(rows[rows["split"] == "test"], base, make_config())

    def test_no_validation_example_is_done_without(
        self, base, finetune, examples, make_config
    ):
        rows = examples()

        finetuned = finetune(
            rows[rows["split"] == "train"], base, make_config(num_steps=2)
        )

        assert finetuned.history[-1]["validation_loss"] is None

    def test_more_tokens_than_the_context_of_the_base_are_refused(
        self, base, finetune, examples, make_config
    ):
        config = make_config().model_copy(update={"max_tokens": 33})

        with pytest.raises(ConfigurationError, match=r"max_tokens is 33.* 32 tokens"):
            finetune(examples(), base, config)

    def test_changed_examples_start_anew(
        self, base, finetune, examples, make_config, tmp_path
    ):
        store = DirectoryCheckpointStore(tmp_path)
        config = make_config(num_steps=2)

        for rows in (examples(), examples().iloc[1:], examples()):
            finetune(rows, base, config, store=store)

        assert len(list(tmp_path.iterdir())) == 2


def test_one_class_is_refused(base):
    rows = _topics()

    with pytest.raises(ConfigurationError, match=r"two labels or more.*fruit"):
        finetune_classifier(
            rows.loc[rows["label"] == "fruit"], base, _classifier_config()
        )


@pytest.mark.parametrize("text", ["", "中文 🎉", "a\0\ud800", "long " * 5000])
def test_odd_texts_are_trained_on(base, text):
    rows = _topics(num_train=1).astype(object)  # pandas strings hold no surrogates
    rows.loc[0, "text"] = text

    finetuned = finetune_classifier(rows, base, _classifier_config(num_steps=2))

    assert finetuned.history[-1]["train_loss"] > 0
