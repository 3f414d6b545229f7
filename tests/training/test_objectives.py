import math

import pytest
import torch

from taojin.models.classifier import SequenceClassifier
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.training.config import TrainingConfig
from taojin.training.objectives import (
    IGNORED,
    Classification,
    LabelledBatch,
    NextToken,
    TokenBatch,
)

CONFIG = TrainingConfig(
    num_steps=1,
    batch_size=1,
    matrix_learning_rate=0.1,
    embedding_learning_rate=0.2,
    head_learning_rate=0.3,
    weight_decay=0.4,
)


def _shape(*, tie=False):
    config = LanguageModelConfig(depth=1, width=16, tie_embeddings=tie)
    return config.shape(vocab_size=20)


def _random(model):
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model


def test_an_untrained_model_pays_the_logarithm_of_the_vocabulary_a_token():
    tokens = torch.randint(20, (3, 7))

    loss = NextToken(LanguageModel(_shape())).loss(TokenBatch(tokens, tokens))

    assert loss.num_units == 21
    assert loss.total.item() == pytest.approx(21 * math.log(20), rel=1e-6)


def test_ignored_targets_do_not_count():
    objective = NextToken(_random(LanguageModel(_shape())))
    tokens = torch.tensor([[1, 2, 3, 4]])
    targets = torch.tensor([[2, IGNORED, 4, IGNORED]])

    loss = objective.loss(TokenBatch(tokens, targets))

    shares = objective.model(tokens).log_softmax(-1)[0]
    assert loss.num_units == 2
    assert loss.total.item() == pytest.approx(-(shares[0, 2] + shares[2, 4]).item())


def test_a_batch_without_targets_has_no_loss_and_no_gradient():
    objective = NextToken(_random(LanguageModel(_shape())))
    tokens = torch.tensor([[1, 2]])

    loss = objective.loss(TokenBatch(tokens, torch.full((1, 2), IGNORED)))
    loss.total.backward()

    assert (loss.num_units, loss.total.item()) == (0, 0.0)
    gradient = objective.model.lm_head.weight.grad
    assert gradient is not None
    assert gradient.abs().max() == 0


def test_a_classifier_pays_for_examples_and_counts_right_answers():
    model = _random(SequenceClassifier(_shape(), ("a", "b", "c")))
    inputs, lengths = torch.tensor([[1, 2], [3, 0]]), torch.tensor([2, 1])
    answers = model(inputs, lengths).argmax(-1)

    right = Classification(model).loss(LabelledBatch(inputs, lengths, answers))
    wrong = Classification(model).loss(
        LabelledBatch(inputs, lengths, (answers + 1) % 3)
    )

    assert right.num_units == wrong.num_units == 2
    assert right.metrics == {"accuracy": 2.0}
    assert wrong.metrics == {"accuracy": 0.0}
    assert right.total < wrong.total


def test_muon_trains_the_matrices_of_the_blocks_and_adamw_the_rest():
    model = LanguageModel(_shape())

    matrices, embeddings, heads = NextToken(model).parameter_groups(CONFIG)

    assert matrices.algorithm == "muon"
    assert len(matrices.names) == 7
    assert all(dict(model.named_parameters())[n].ndim == 2 for n in matrices.names)
    assert embeddings.names == ("model.embed_tokens.weight",)
    assert "lm_head.weight" in heads.names
    assert "model.layers.0.self_attn.q_norm.weight" in heads.names
    assert {embeddings.algorithm, heads.algorithm} == {"adamw"}
    rates = [group.learning_rate for group in (matrices, embeddings, heads)]
    assert rates == [0.1, 0.2, 0.3]
    assert [g.weight_decay for g in (matrices, embeddings, heads)] == [0.4, 0.0, 0.0]


@pytest.mark.parametrize(
    "objective",
    [
        NextToken(LanguageModel(_shape())),
        NextToken(LanguageModel(_shape(tie=True))),
        Classification(SequenceClassifier(_shape(), ("a", "b"))),
    ],
)
def test_every_weight_is_in_exactly_one_group(objective):
    groups = objective.parameter_groups(CONFIG)
    names = [name for group in groups for name in group.names]

    assert sorted(names) == sorted(n for n, _ in objective.model.named_parameters())


def test_tables_of_ngrams_have_a_group_and_an_optimiser_of_their_own():
    shape = _shape().model_copy(update={"max_ngram": 3, "num_ngram_buckets": 8})

    groups = NextToken(LanguageModel(shape)).parameter_groups(CONFIG)
    tables = {group.name: group for group in groups}["ngrams"]

    assert tables.names == ("model.ngrams.weight",)
    assert tables.algorithm == "row_adagrad"
    assert tables.learning_rate == CONFIG.ngram_learning_rate


def test_adamw_can_train_everything():
    config = CONFIG.model_copy(update={"optimiser": "adamw"})

    groups = NextToken(LanguageModel(_shape())).parameter_groups(config)

    assert {group.algorithm for group in groups} == {"adamw"}
