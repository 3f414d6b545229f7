import torch

from taojin.models.codecs.token_layout import ANY, TokenLayout
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel
from taojin.training.audio_generation.objective import ConditionedCodes
from taojin.training.objectives import TokenBatch

LAYOUT = TokenLayout(
    labels=("a", "b"), speakers=("x",), num_codebooks=2, codebook_size=6
)


def objective(open_share=0.0, noise_share=0.0):
    torch.manual_seed(0)
    shape = LanguageModelConfig(depth=1, width=32, context_length=16)
    return ConditionedCodes(
        LanguageModel(shape.shape(LAYOUT.vocab_size)), LAYOUT, open_share, noise_share
    )


def seen(task, training=True, rows=4000):
    """What the model reads of many equal sounds."""
    inputs = torch.tensor([[2, 4, 5, 11, 7, 0]]).expand(rows, -1)
    found = []
    task.model.train(training)
    task.model.model.register_forward_pre_hook(
        lambda _module, arguments: found.append(arguments[0])
    )
    task.loss(TokenBatch(inputs, inputs))
    return inputs, found[0]


def test_conditions_are_withheld_as_often_as_asked_together_half_of_the_time():
    _, read = seen(objective(open_share=0.2))

    label, speaker = (read[:, :2] == ANY).float().mean(0).tolist()
    both = (read[:, :2] == ANY).all(1).float().mean().item()
    assert abs(label - 0.2) < 0.03
    assert abs(speaker - 0.2) < 0.03
    assert abs(both - (0.5 * 0.2 + 0.5 * 0.04)) < 0.03


def test_codes_are_replaced_by_others_of_their_book_and_names_are_not():
    inputs, read = seen(objective(noise_share=0.3))

    assert torch.equal(read[:, [0, 1, 5]], inputs[:, [0, 1, 5]])
    for place, first in ((2, 5), (3, 11), (4, 5)):
        column = read[:, place]
        assert set(column.tolist()) == set(range(first, first + 6))
        changed = (column != inputs[:, place]).float().mean().item()
        assert abs(changed - 0.3 * 5 / 6) < 0.03


def test_nothing_is_withheld_or_replaced_in_validation():
    inputs, read = seen(objective(open_share=0.5, noise_share=0.5), training=False)

    assert torch.equal(read, inputs)


def test_the_batch_is_left_as_it_was():
    task = objective(open_share=0.5, noise_share=0.5)
    inputs = torch.tensor([[2, 4, 6, 12]])
    before = inputs.clone()

    for _ in range(5):
        task.loss(TokenBatch(inputs, inputs))

    assert torch.equal(inputs, before)
