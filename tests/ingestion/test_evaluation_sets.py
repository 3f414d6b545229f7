import pytest

from taojin.ingestion.evaluation_sets import EvaluationSets

FIELDS = {"kind": "csv", "location": "tests/x.csv"}


@pytest.mark.parametrize("declared", [{}, None, {"a": None}])
def test_there_may_be_none(declared):
    assert len(EvaluationSets.model_validate(declared)) == 0


def test_a_set_is_declared_like_a_source():
    sets = EvaluationSets.model_validate(
        {"b": FIELDS, "a": {**FIELDS, "location": "y"}}
    )
    assert [source.name for source in sets] == ["a", "b"]
    assert sets.registry()["b"].location == "tests/x.csv"


def test_mistakes_are_told_as_for_sources():
    with pytest.raises(ValueError, match="unknown kind"):
        EvaluationSets.model_validate({"a": {**FIELDS, "kind": "cvs"}})
