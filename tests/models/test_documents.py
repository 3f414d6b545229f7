import torch
from torch.nn import functional

from taojin.models.config import LanguageModelConfig
from taojin.models.documents import document_mask, document_positions
from taojin.models.language_model import LanguageModel

DOCUMENTS = torch.tensor([[0, 0, 0, 1, 1, 2], [0, 1, 1, 1, 1, 1]])


def test_a_token_sees_its_own_document_up_to_itself():
    mask = document_mask(DOCUMENTS)

    assert mask.shape == (2, 1, 6, 6)
    assert mask[0, 0].int().tolist() == [
        [1, 0, 0, 0, 0, 0],
        [1, 1, 0, 0, 0, 0],
        [1, 1, 1, 0, 0, 0],
        [0, 0, 0, 1, 0, 0],
        [0, 0, 0, 1, 1, 0],
        [0, 0, 0, 0, 0, 1],
    ]


def test_positions_start_anew_in_each_document():
    expected = [[0, 1, 2, 0, 1, 0], [0, 0, 1, 2, 3, 4]]

    assert document_positions(DOCUMENTS).tolist() == expected


def _model():
    torch.manual_seed(0)
    model = LanguageModel(
        LanguageModelConfig(depth=2, width=32, context_length=16).shape(vocab_size=20)
    )
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.double()


def test_the_loss_of_a_packed_row_is_that_of_its_documents_alone():
    model = _model()
    inputs, targets = torch.randint(20, (2, 2, 6))

    def loss(inputs, targets, documents=None):
        logits = model.lm_head(model.model(inputs, documents=documents))
        return functional.cross_entropy(
            logits.flatten(0, 1), targets.flatten(), reduction="sum"
        )

    packed = loss(inputs, targets, DOCUMENTS)

    alone = [
        loss(
            inputs[row, DOCUMENTS[row] == number][None],
            targets[row, DOCUMENTS[row] == number][None],
        )
        for row in range(2)
        for number in DOCUMENTS[row].unique()
    ]
    torch.testing.assert_close(packed, torch.stack(alone).sum(), atol=1e-9, rtol=0)
    assert (packed - loss(inputs, targets)).abs() > 0.01


def test_a_row_of_one_document_is_read_as_without_documents():
    model = _model()
    tokens = torch.randint(20, (2, 6))

    one = model.model(tokens, documents=torch.zeros_like(tokens))

    torch.testing.assert_close(one, model.model(tokens))
