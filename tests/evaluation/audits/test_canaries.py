import numpy as np
import pyarrow as pa
import pytest
import torch
from scipy.stats import skewnorm, spearmanr
from torch.nn import functional

from taojin.core.errors import DataError
from taojin.evaluation.audits import canaries
from taojin.evaluation.audits.canaries import (
    NULL_BITS,
    ExposureConfig,
    audit_canaries,
    exposure_of,
    null_exposure,
)
from taojin.evaluation.audits.canary_texts import (
    CanariesConfig,
    insert_canaries,
    make_canaries,
)
from taojin.evaluation.intervals import IntervalConfig
from taojin.models.bases import Base
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import document_edges, encode
from taojin.models.language_model import LanguageModel
from taojin.models.padding import pad_tokens
from taojin.models.threads import thread_limit

INTERVALS = IntervalConfig(num_resamples=200)
CONFIG = ExposureConfig(num_candidates=99)
IGNORED = -100


@pytest.fixture(autouse=True, scope="module")
def _one_thread():
    with thread_limit(1):
        yield


def texts_with(made, number=100):
    draw = np.random.default_rng(0)
    words = ["ka", "ro", "mi", "金", "河", "sho"]
    texts = [" ".join(draw.choice(words, 6)) for _ in range(number)]
    return insert_canaries(texts, made)


def table_of(texts):
    return [pa.table({"text": texts[:30]}), pa.table({"text": texts[30:]})]


def new_model(tokenizer):
    torch.manual_seed(0)
    config = LanguageModelConfig(depth=1, width=48, context_length=128)
    model = LanguageModel(config.shape(257)).eval()
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.05)
    return Base(model, tokenizer, document_edges(tokenizer))


@pytest.fixture(scope="module")
def planted():
    return make_canaries(CanariesConfig(kinds=("number",), num_each=2))


@pytest.fixture(scope="module")
def trained(byte_tokenizer, planted):
    """A model that read a text for every place of a canary, as many times as it stands."""
    base = new_model(byte_tokenizer)
    lines = [one.text for one in planted for _ in range(one.num_repeats)]
    draw = np.random.default_rng(1)
    optimiser = torch.optim.AdamW(base.model.parameters(), lr=5e-3)
    for _ in range(160):
        some = draw.choice(lines, 12)
        rows = [
            [base.edges.start, *encode(byte_tokenizer, line), base.edges.end]
            for line in some
        ]
        tokens = pad_tokens(rows, IGNORED)
        logits = base.model(tokens[:, :-1].clamp(min=0)).flatten(0, 1)
        loss = functional.cross_entropy(
            logits, tokens[:, 1:].flatten(), ignore_index=IGNORED
        )
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return base


def test_exposure_grows_with_how_often_a_canary_was_read(trained, planted):
    found = audit_canaries(
        trained, planted, table_of(texts_with(planted)), CONFIG, INTERVALS
    )

    rows = found.tables["exposure_by_repeats"]
    assert [row["num_texts"] for row in rows] == [0, 1, 10, 100]
    values = [row["exposure"] for row in rows]
    assert values[-1] == pytest.approx(np.log2(100))  # the likeliest of a hundred
    assert values[0] < 4.0
    assert values[0] + 0.5 < values[1] < values[2]
    extrapolated = [row["extrapolated"] for row in rows]
    assert extrapolated[-1] > 10.0 > extrapolated[0]
    score = found.score("canary_exposure")
    assert score.null is not None
    assert (score.num_generated, score.num_real) == (12, 4)
    assert (score.axis, score.better) == ("legality", "lower")
    assert found.facts["resolution_bits"] == pytest.approx(np.log2(100))


def test_canaries_that_were_never_read_are_inside_the_band_of_chance(byte_tokenizer):
    made = make_canaries(
        CanariesConfig(repeats=(0, 1), kinds=("phone",), num_each=3, seed=2)
    )
    base = new_model(byte_tokenizer)

    # They stand in the text, but this model never read it.
    found = audit_canaries(base, made, table_of(texts_with(made)), CONFIG, INTERVALS)

    score = found.score("canary_exposure")
    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high
    control = found.facts["control_exposure"]
    assert score.null.low <= control["value"] <= score.null.high


def test_the_null_is_the_exposure_of_a_random_rank():
    draw = np.random.default_rng(0)
    means = [
        np.mean([np.log2(1000) - np.log2(draw.integers(1, 1001)) for _ in range(10)])
        for _ in range(2000)
    ]

    null = null_exposure(10, 0.95)

    assert null.value == NULL_BITS
    assert np.mean(means) == pytest.approx(null.value, abs=0.05)
    inside = np.mean([null.low <= mean <= null.high for mean in means])
    assert 0.93 <= inside <= 0.97


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_better_a_secret_is_known_the_higher_its_exposure(language):
    made = make_canaries(CanariesConfig(languages=(language,)))[0]
    draw = np.random.default_rng(3)
    candidates = draw.normal(20.0, 2.0, 500)

    found = [
        exposure_of(loss, candidates, made.num_secrets)
        for loss in (21.0, 20.0, 18.0, 16.0, 15.0)
    ]

    values = [one.estimate.value for one in found]
    assert spearmanr(range(5), values)[0] == pytest.approx(1.0)
    assert all(one.estimate.low <= one.estimate.value for one in found)
    assert all(one.estimate.value <= one.estimate.high for one in found)


def test_order_and_batches_make_no_difference(trained, planted):
    tables = table_of(texts_with(planted))
    small = CONFIG.model_copy(update={"batch_tokens": 300})

    some = planted[::3]

    first = audit_canaries(trained, some, tables, CONFIG, INTERVALS)
    second = audit_canaries(trained, some[::-1], tables[::-1], small, INTERVALS)

    assert first.scores == second.scores
    ranks = [
        {row["canary_id"]: (row["rank"], row["num_texts"]) for row in one}
        for one in (first.tables["canaries"], second.tables["canaries"])
    ]
    assert ranks[0] == ranks[1]


def test_all_secrets_of_a_small_space_are_ranked_exactly():
    losses = np.array([3.0, 1.0, 2.0, 5.0, 4.0, 9.0, 8.0])

    found = exposure_of(2.5, losses, 8)

    assert found.rank == 3
    assert found.estimate.value == np.log2(8) - np.log2(3)
    assert found.estimate.low == found.estimate.high == found.estimate.value


def test_where_candidates_do_not_differ_nothing_is_extrapolated():
    found = exposure_of(1.0, np.full(99, 1.0), 10**9)

    assert found.extrapolated is None
    assert found.estimate.value == 0.0


def test_ties_count_against_a_secret():
    assert exposure_of(1.0, np.full(99, 1.0) + np.eye(99)[0], 10**9).rank == 99


def test_above_the_resolution_the_interval_goes_on_to_all_secrets():
    draw = np.random.default_rng(4)

    found = exposure_of(0.0, draw.normal(50.0, 2.0, 999), 10**9)

    assert found.rank == 1
    assert found.estimate.value == pytest.approx(np.log2(1000))
    assert found.estimate.low < np.log2(1000)
    assert found.estimate.high == np.log2(10**9)
    assert found.extrapolated == np.log2(10**9)


# tensorflow-privacy 0.8.12, privacy_tests/secret_sharer/exposures.py, of the losses
# below: its number of secrets leaves the own one out.
INTERPOLATED = [
    7.643856189774725,
    3.434402824145775,
    1.7612131404128837,
    0.4441838449383617,
]
EXTRAPOLATED = [
    8.409947094175275,
    3.5631092724098363,
    1.7186038986008965,
    0.4678042390722787,
]


def reference_inputs():
    draw = np.random.default_rng(7)
    candidates = np.array(
        skewnorm.rvs(4.0, loc=20.0, scale=3.0, size=400, random_state=draw)
    )
    return np.array([18.5, 19.9, 21.0, 23.0]), candidates


def test_it_is_what_the_reference_library_computes():
    losses, candidates = reference_inputs()

    found = [exposure_of(loss, candidates, 10**9) for loss in losses]

    own = len(candidates) + 1
    interpolated = [
        one.estimate.value - np.log2(own / len(candidates)) for one in found
    ]
    assert interpolated == pytest.approx(INTERPOLATED, abs=1e-9)
    assert [one.extrapolated for one in found] == pytest.approx(EXTRAPOLATED, abs=1e-6)


def test_a_difference_of_the_detectable_size_is_found_four_times_in_five():
    number, draw = 25, np.random.default_rng(5)
    score = canaries._score(np.full(number, 2.0), 0, INTERVALS)
    assert score.null is not None
    assert score.min_detectable is not None
    gain = score.min_detectable / NULL_BITS
    # Exposures of chance, and as many bits more on average.
    found = [
        np.mean(draw.exponential(NULL_BITS, number) + gain * NULL_BITS)
        > score.null.high
        for _ in range(2000)
    ]

    assert 0.72 <= np.mean(found) <= 0.88


def test_canaries_that_curation_took_out_are_named(byte_tokenizer, planted):
    kept = [one for one in planted if one.num_repeats != 10]

    found = audit_canaries(
        new_model(byte_tokenizer),
        planted,
        table_of(texts_with(kept)),
        CONFIG,
        INTERVALS,
    )

    assert found.facts["num_lost"] == 4
    [warning] = found.warnings
    assert "4 of 16 canaries" in warning
    secrets = {one.secret for one in planted}
    assert not any(secret in found.model_dump_json() for secret in secrets)


def test_without_canaries_in_the_training_text_there_is_nothing_to_measure(
    byte_tokenizer, planted
):
    with pytest.raises(DataError, match="at least 2 are needed"):
        audit_canaries(
            new_model(byte_tokenizer), planted, table_of(["x"] * 40), CONFIG, INTERVALS
        )
