import dataclasses

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.evaluation.audits.config import MembershipConfig
from taojin.evaluation.audits.membership import audit_membership
from taojin.evaluation.audits.results import AuditResult
from taojin.evaluation.intervals import IntervalConfig
from taojin.models.bases import Base, untrained
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import document_edges
from taojin.models.language_model import LanguageModel
from taojin.models.padding import pad_tokens

CONFIG = MembershipConfig(
    max_documents=40, min_tokens=8, false_positive_rate=0.05, max_features=300
)
INTERVALS = IntervalConfig(num_resamples=200)
METHODS = ("likelihood", "zlib_ratio", "min_k_plus_plus")
SYLLABLES = [a + b for a in "bdfgklmnprst" for b in "aeiou"] + list("山水日月人口火木")


def texts(count, seed):
    random = np.random.default_rng(seed)
    return ["".join(random.choice(SYLLABLES, 12)) for _ in range(count)]


MEMBERS, OTHERS = texts(40, 1), texts(40, 2)


@pytest.fixture(scope="module")
def new(byte_tokenizer):
    config = LanguageModelConfig(depth=1, width=64, context_length=48)
    model = LanguageModel(config.shape(257))
    return Base(untrained(model, 0), byte_tokenizer, document_edges(byte_tokenizer))


def fitted(base, documents, num_steps):
    """Trained on the same few documents over and over."""
    model = untrained(base.model, 0).train()
    rows = [[base.edges.start, *base.tokenizer.encode(text).ids] for text in documents]
    tokens = pad_tokens(rows, filler=-100)
    inputs, targets = tokens[:, :-1].clamp(min=0), tokens[:, 1:]
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3)
    for _ in range(num_steps):
        logits = model(inputs).transpose(1, 2)
        loss = torch.nn.functional.cross_entropy(logits, targets)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return dataclasses.replace(base, model=model.eval())


@pytest.fixture(scope="module")
def overfitted(new):
    return fitted(new, MEMBERS, 80)


@pytest.fixture(scope="module")
def stranger(new):
    return fitted(new, texts(40, 3), 40)


@pytest.fixture(scope="module")
def found(overfitted, stranger):
    return audit_membership(
        overfitted, MEMBERS, OTHERS, CONFIG, INTERVALS, reference=stranger
    )


def area(result, method):
    return result.score(f"membership_auc_{method}").estimate


@pytest.mark.parametrize("method", [*METHODS, "reference_ratio"])
def test_a_model_that_knows_its_text_by_heart_is_found(found, method):
    share = found.score(f"membership_tpr_{method}")

    assert area(found, method).low > 0.9
    assert share.estimate.value > 0.9
    assert share.null is not None
    assert share.null.value == pytest.approx(0.05)


def test_texts_that_are_divided_by_chance_tell_nothing_alone(found):
    assert area(found, "text_alone").low <= 0.5
    assert found.facts["is_divided_by_chance"]
    assert found.warnings == ()
    assert AuditResult.model_validate_json(found.model_dump_json()) == found


@pytest.mark.parametrize("method", METHODS)
def test_a_model_that_saw_neither_is_inside_the_band_of_chance(stranger, method):
    result = audit_membership(stranger, MEMBERS, OTHERS, CONFIG, INTERVALS)

    score = result.score(f"membership_auc_{method}")
    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high


@pytest.mark.parametrize("method", ["likelihood", "min_k_plus_plus"])
def test_an_untrained_model_tells_nothing_at_all(new, method):
    result = audit_membership(new, MEMBERS, OTHERS, CONFIG, INTERVALS)

    assert area(result, method).low <= 0.5 <= area(result, method).high


@pytest.mark.parametrize("method", METHODS)
def test_the_fewer_members_were_seen_the_lower(overfitted, method):
    levels = (0, 10, 20, 30, 40)
    unseen = texts(40, 4)

    areas = [
        area(
            audit_membership(
                overfitted,
                unseen[:level] + MEMBERS[level:],
                OTHERS,
                CONFIG,
                INTERVALS,
            ),
            method,
        ).value
        for level in levels
    ]

    assert spearmanr(levels, areas)[0] == pytest.approx(-1.0)


def test_order_and_batches_make_no_difference(overfitted, stranger, found):
    again = audit_membership(
        overfitted,
        MEMBERS[::-1],
        OTHERS[::-1],
        CONFIG.model_copy(update={"batch_tokens": 100}),
        INTERVALS,
        reference=stranger,
    )

    # They rest on ranks, which rounding in the model does not change here.
    assert again == found


def test_sides_that_differ_in_themselves_are_called_so(stranger):
    later = [f"2031 {text[5:]}" for text in OTHERS]

    result = audit_membership(stranger, MEMBERS, later, CONFIG, INTERVALS)

    assert area(result, "text_alone").low > 0.5
    assert not result.facts["is_divided_by_chance"]
    [warning] = result.warnings
    assert "not divided by chance" in warning


def test_short_documents_are_left_out_and_too_few_are_an_error(stranger):
    few = [*OTHERS[:20], "ba", "da"]
    result = audit_membership(stranger, MEMBERS, few, CONFIG, INTERVALS)
    assert result.facts["num_too_short"] == 2
    assert result.facts["num_others"] == 20

    with pytest.raises(DataError, match="19 held-out items, and at least 20"):
        audit_membership(stranger, MEMBERS, OTHERS[:19], CONFIG, INTERVALS)


def test_settings_that_contradict_are_refused():
    with pytest.raises(ValidationError, match=r"max_documents is 50.*0\.01"):
        MembershipConfig(max_documents=50)
