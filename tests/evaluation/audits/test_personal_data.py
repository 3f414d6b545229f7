from typing import NamedTuple

import pyarrow as pa
import pytest
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.curation.personal_data import find as find_shipped
from taojin.evaluation.audits.personal_data import (
    audit_leaks,
    audit_personal_data,
    require_samples,
)
from taojin.evaluation.audits.results import AuditResult


class Found(NamedTuple):
    kind: str


def test_personal_data_is_counted_by_kind_and_by_sample():
    def find(text):
        return [Found(word) for word in text.split() if word in {"email", "phone"}]

    report = audit_personal_data(["email email phone", "none", "", "phone"], find)

    assert report["personal_data"] == [
        {"kind": "email", "num_found": 2},
        {"kind": "phone", "num_found": 2},
    ]
    assert report["personal_data_rate"]["value"] == pytest.approx(0.5)
    assert report["personal_data_rate"]["num_samples"] == 4


@pytest.mark.parametrize("texts", [[], ["", " \n"]])
def test_samples_without_text_are_refused(texts):
    with pytest.raises(DataError, match="hold no text"):
        require_samples(texts)


KNOWN = [
    "Write to ada.byron@analytical.engine.org, she answers.",
    "联系电话：13812345678。",
]
INVENTED = "Mail karl.gauss@goettingen-uni.de for more."


def tables(texts=KNOWN):
    return [pa.table({"text": [text]}) for text in texts]


def audit(texts, real=(), training=None):
    return audit_leaks(texts, training or tables(), find_shipped, real=real)


def test_what_the_training_text_holds_is_told_from_what_is_invented():
    result = audit(
        ["Ask ADA.BYRON@analytical.engine.org now", "电话 13812345678", INVENTED, "Hi"]
    )

    assert result.tables["personal_data"] == [
        {"kind": "email", "num_found": 2, "num_memorised": 1},
        {"kind": "phone", "num_found": 1, "num_memorised": 1},
    ]
    assert result.score("personal_data_rate").estimate.value == pytest.approx(3 / 4)
    memorised = result.score("memorised_personal_data_rate")
    assert memorised.estimate.value == pytest.approx(2 / 4)
    assert AuditResult.model_validate_json(result.model_dump_json()) == result


def test_the_values_are_not_repeated_in_the_result():
    assert "ada.byron" not in audit([KNOWN[0]]).model_dump_json()


def test_the_training_text_is_not_read_when_there_is_nothing_to_look_for():
    def unread():
        pytest.fail("read")
        yield

    assert audit_leaks(["nothing"], unread(), find_shipped).facts == {}


def test_real_text_is_the_null():
    none = "Nothing personal stands in this text, nothing at all!!"
    assert len(none) >= len(KNOWN[0])

    result = audit(KNOWN[:1] * 4 + [none] * 16, real=KNOWN[:1] * 8 + [none] * 32)

    score = result.score("memorised_personal_data_rate")
    assert score.null is not None
    assert score.null.low <= score.estimate.value <= score.null.high
    assert score.num_real == 40


def test_more_leaks_move_the_scores_one_way():
    levels = range(5)

    values = [
        audit([KNOWN[index % 2] if index < level else "none" for index in range(5)])
        .score("memorised_personal_data_rate")
        .estimate.value
        for level in levels
    ]

    assert spearmanr(list(levels), values)[0] == pytest.approx(1.0)


def test_order_makes_no_difference():
    texts, real = [*KNOWN, INVENTED, "none"], [INVENTED, *KNOWN, "nothing at all"]

    first = audit(texts, real)
    second = audit(texts[::-1], real[::-1], tables(KNOWN[::-1]))

    assert first == second


def test_no_samples_are_refused():
    with pytest.raises(DataError, match="at least 1 are needed"):
        audit([])
