import math

import numpy as np
import pandas as pd
import pytest
import torch

from taojin.core.errors import ConfigurationError, DataError, EmptyStageError
from taojin.models.classifier import SequenceClassifier
from taojin.models.config import LanguageModelConfig
from taojin.models.hub_heads import load_hub_classifier
from taojin.models.prediction import predict_labels, predict_values
from taojin.models.storage import load_classifier
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import save_finetuned
from taojin.training.finetuning_config import HeadFinetuningConfig, LowRankConfig
from taojin.training.heads import HeadExample, collate_heads, finetune_head
from taojin.training.objectives import MultiLabel, Pairwise, Regression

TRAINING = {
    "num_steps": 60,
    "batch_size": 8,
    "validate_every": 30,
    "num_threads": 1,
}
KINDS = {"apple": ["fruit"], "iron": ["metal"], "goldapple": ["fruit", "metal"]}
VALUES = {"small": 100.0, "medium": 200.0, "enormous": 600.0}


def _rows(content):
    splits = ("train",) * 8 + ("validation", "test")
    return [(key, value, split) for key, value in content.items() for split in splits]


def _labelled():
    rows = _rows({**KINDS, "nothing": []})
    return pd.DataFrame(rows, columns=["text", "labels", "split"])


def _measured():
    rows = _rows(VALUES)
    return pd.DataFrame(rows, columns=["text", "value", "split"])


def _compared():
    order = list(VALUES)
    rows = _rows({order[2]: order[1], order[1]: order[0]})
    return pd.DataFrame(rows, columns=["better", "other", "split"])


EXAMPLES = {"multi_label": _labelled, "regression": _measured, "pairwise": _compared}


def _config(task, adapter=None, **training):
    settings = TrainingConfig(**{**TRAINING, **training})
    return HeadFinetuningConfig(
        task=task,
        max_tokens=16,
        pooling="last",
        dropout=0.0,
        adapter=adapter,
        training=settings,
    )


def _batch(texts, targets):
    return collate_heads(
        [HeadExample(text, target) for text, target in zip(texts, targets, strict=True)]
    )


def _model(labels):
    torch.manual_seed(0)
    shape = LanguageModelConfig(depth=1, width=16, context_length=8).shape(20)
    model = SequenceClassifier(shape, labels)
    for weight in model.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return model


def test_labels_cost_their_nats_each():
    model = _model(("a", "b", "c"))
    batch = _batch([([1, 2],), ([3],)], [[1.0, 0.0, 1.0], [0.0, 0.0, 0.0]])

    loss = MultiLabel(model).loss(batch)

    chances = model(batch.inputs, batch.lengths).sigmoid()
    right = torch.where(batch.targets > 0, chances, 1 - chances)
    assert loss.num_units == 2
    assert loss.total.item() == pytest.approx(-right.log().sum().item(), rel=1e-5)
    assert loss.metrics["accuracy"] == pytest.approx(
        (right > 0.5).float().mean(1).sum().item()
    )


def test_numbers_cost_half_their_squared_error():
    model = _model(("a", "b"))
    batch = _batch([([1, 2],), ([3],)], [[1.0, -2.0], [0.5, 0.0]])

    loss = Regression(model).loss(batch)

    errors = (model(batch.inputs, batch.lengths) - batch.targets).square()
    assert loss.num_units == 2
    assert loss.total.item() == pytest.approx(errors.sum().item() / 2, rel=1e-5)
    assert loss.metrics["squared_error"] == pytest.approx(
        errors.sum().item() / 2, rel=1e-5
    )


def test_a_pair_costs_the_chance_of_the_wrong_order():
    model = _model(("score",))
    batch = _batch([([1, 2], [3]), ([4], [5, 6, 7])], [[1.0], [1.0]])
    assert batch.inputs[:, 0].tolist() == [1, 4, 3, 5]

    loss = Pairwise(model).loss(batch)

    scores = model(batch.inputs, batch.lengths)[:, 0]
    margins = (scores[:2] - scores[2:]).tolist()
    expected = sum(math.log1p(math.exp(-margin)) for margin in margins)
    assert loss.num_units == 2
    assert loss.total.item() == pytest.approx(expected, rel=1e-5)
    assert loss.metrics["accuracy"] == sum(margin > 0 for margin in margins)


def test_any_number_of_labels_is_learnt(base_folder, tmp_path):
    examples = _labelled()
    before = examples.copy()

    finetuned = finetune_head(examples, base_folder("own"), _config("multi_label"))

    pd.testing.assert_frame_equal(examples, before)
    texts = [*KINDS, "nothing"]
    shares = predict_labels(finetuned.model, finetuned.tokenizer, texts)
    found = [list(shares.columns[row > 0.5]) for row in shares.to_numpy()]
    assert found == [["fruit"], ["metal"], ["fruit", "metal"], []]
    save_finetuned(finetuned, tmp_path / "m")
    again = predict_labels(load_classifier(tmp_path / "m"), finetuned.tokenizer, texts)
    pd.testing.assert_frame_equal(again, shares)


def test_numbers_are_learnt_in_the_units_of_the_data(base_folder, tmp_path):
    finetuned = finetune_head(_measured(), base_folder("own"), _config("regression"))

    found = predict_values(finetuned.model, finetuned.tokenizer, list(VALUES))
    assert found["value"].to_numpy() == pytest.approx(list(VALUES.values()), abs=60)
    save_finetuned(finetuned, tmp_path / "m")
    again = load_classifier(tmp_path / "m")
    pd.testing.assert_frame_equal(
        predict_values(again, finetuned.tokenizer, list(VALUES)), found
    )


@pytest.mark.parametrize("adapter", [None, LowRankConfig(learning_rate=0.01)])
def test_an_order_is_learnt_from_pairs(base_folder, adapter):
    config = _config("pairwise", adapter)

    finetuned = finetune_head(_compared(), base_folder("own"), config)

    found = predict_values(finetuned.model, finetuned.tokenizer, list(VALUES))
    assert np.argsort(found["score"].to_numpy()).tolist() == [0, 1, 2]


@pytest.mark.parametrize("task", list(EXAMPLES))
class TestTasks:
    def test_transformers_gives_the_same_outputs(self, base_folder, task, tmp_path):
        transformers = pytest.importorskip("transformers")
        finetuned = finetune_head(
            EXAMPLES[task](), base_folder("own"), _config(task, num_steps=5)
        )
        save_finetuned(finetuned, tmp_path / "m")

        theirs = transformers.AutoModelForSequenceClassification.from_pretrained(
            tmp_path / "m"
        ).eval()

        tokens = torch.tensor([[0, 5, 6, 7]])
        torch.testing.assert_close(
            theirs(tokens).logits,
            finetuned.model(tokens, torch.tensor([4])),
            atol=1e-4,
            rtol=1e-4,
        )
        known = {"multi_label": "multi_label_classification"}
        assert theirs.config.problem_type == known.get(task, "regression")

    def test_a_missing_column_is_named(self, base_folder, task):
        rows = EXAMPLES[task]()
        name = rows.columns[1]

        with pytest.raises(ConfigurationError, match=rf"{task} needs .*'{name}'"):
            finetune_head(rows.drop(columns=name), base_folder("own"), _config(task))

    def test_no_training_example_is_refused(self, base_folder, task):
        rows = EXAMPLES[task]()

        with pytest.raises(EmptyStageError, match="split"):
            finetune_head(
                rows.loc[rows["split"] == "test"], base_folder("own"), _config(task)
            )

    def test_one_seed_gives_one_model(self, base_folder, task):
        def weights():
            config = _config(task, num_steps=3)
            made = finetune_head(EXAMPLES[task](), base_folder("own"), config)
            return list(made.model.parameters())

        assert all(map(torch.equal, weights(), weights()))


def test_a_number_that_is_none_is_named(base_folder):
    rows = _measured()
    rows.loc[4, "value"] = math.nan

    with pytest.raises(DataError, match=r"1 rows have no finite number.*\['4'\]"):
        finetune_head(rows, base_folder("own"), _config("regression"))


def test_numbers_that_never_differ_are_refused(base_folder):
    with pytest.raises(DataError, match=r"\['value'\] never differ"):
        finetune_head(
            _measured().assign(value=1.0), base_folder("own"), _config("regression")
        )


@pytest.mark.parametrize("pooling", ["mean", "last"])
@pytest.mark.parametrize("adapter", [None, LowRankConfig(learning_rate=0.01)])
def test_a_head_stands_on_any_base(base_folder, pooling, adapter, tmp_path):
    transformers = pytest.importorskip("transformers")
    config = _config("regression", adapter, num_steps=60, log_every=1)
    config = config.model_copy(update={"pooling": pooling})

    finetuned = finetune_head(_measured(), base_folder("gpt2"), config)
    save_finetuned(finetuned, tmp_path / "m")

    first, last = (finetuned.history[place]["train_loss"] for place in (0, -1))
    assert last < first
    again, tokenizer, edges = load_hub_classifier(tmp_path / "m")
    pd.testing.assert_frame_equal(
        predict_values(again, tokenizer, list(VALUES), edges=edges),
        predict_values(finetuned.model, finetuned.tokenizer, list(VALUES)),
    )
    if pooling == "last":
        theirs = transformers.AutoModelForSequenceClassification.from_pretrained(
            tmp_path / "m"
        ).eval()
        tokens = torch.tensor([[0, 5, 6, 7, 0, 0], [0, 5, 6, 7, 8, 9]])
        torch.testing.assert_close(
            theirs(tokens).logits,
            finetuned.model(tokens, torch.tensor([4, 6])),
            atol=1e-4,
            rtol=1e-4,
        )


def test_a_head_is_asked_what_it_was_trained_for(base_folder):
    finetuned = finetune_head(
        _compared(), base_folder("own"), _config("pairwise", num_steps=1)
    )

    with pytest.raises(ValueError, match="pairwise gives values"):
        predict_labels(finetuned.model, finetuned.tokenizer, ["a"])
    finetuned.model.task = "single_label"
    with pytest.raises(ValueError, match="single_label gives labels"):
        predict_values(finetuned.model, finetuned.tokenizer, ["a"])
