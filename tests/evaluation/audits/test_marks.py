import pytest
from scipy.stats import spearmanr

from taojin.core.errors import DataError
from taojin.evaluation.audits.marks import audit_marks

LABEL = "【AI 生成】"


def is_marked(text):
    return text.startswith(LABEL)


def test_marks_are_counted_beside_false_alarms():
    score = audit_marks([LABEL + "a", "b"], is_marked, real=["c", "d", "e", "f"])

    assert (score.better, score.estimate.value) == ("higher", pytest.approx(0.5))
    assert score.null is not None
    assert score.null.value == 0.0
    assert score.num_real == 4


def test_the_more_are_marked_the_higher_in_any_order():
    levels = range(5)
    texts = [[(LABEL if i < n else "") + str(i) for i in range(5)] for n in levels]

    values = [audit_marks(some, is_marked).estimate.value for some in texts]

    assert spearmanr(list(levels), values)[0] == pytest.approx(1.0)
    assert audit_marks(texts[2][::-1], is_marked) == audit_marks(texts[2], is_marked)


def test_no_texts_are_refused():
    with pytest.raises(DataError, match="mark_validity"):
        audit_marks([], is_marked)
