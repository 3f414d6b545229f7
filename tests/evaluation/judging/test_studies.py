import pytest

from taojin.core.errors import ConfigurationError, DataError
from taojin.evaluation.human import StudyConfig
from taojin.evaluation.judging.studies import REAL, HumanConfig, make_text_study

CONFIG = HumanConfig(
    study=StudyConfig(pairs_a_comparison=4, num_repeats=1, num_checks=2)
)


def test_sets_are_paired_with_each_other_and_with_real_texts(write_texts):
    sets = {"a": write_texts(9, 1), "b": write_texts(6, 2)}

    study = make_text_study(sets, write_texts(12, 3), CONFIG)

    kinds = [pair.kind for pair in study.key.pairs]
    assert study.key.models == ("a", "b", REAL)
    assert (kinds.count("comparison"), kinds.count("check")) == (12, 2)


def test_judges_see_nothing_of_who_wrote_what(write_texts):
    study = make_text_study(
        {"secretname": write_texts(9, 1)}, write_texts(12, 3), CONFIG
    )

    shown = [f"{pair.pair_id}{pair.prompt}{pair.a}{pair.b}" for pair in study.pairs]
    assert not any("secretname" in one or REAL in one for one in shown)


def test_the_order_of_texts_makes_no_difference(write_texts):
    texts, real = write_texts(9, 1), write_texts(12, 3)

    first = make_text_study({"a": texts}, real, CONFIG)
    second = make_text_study({"a": texts[::-1]}, real[::-1], CONFIG)

    assert first.pairs == second.pairs


def test_a_set_may_not_be_called_as_the_real_texts_are(write_texts):
    with pytest.raises(ConfigurationError, match="has_real"):
        make_text_study({REAL: write_texts(9, 1)}, write_texts(12, 3), CONFIG)


def test_short_texts_are_not_shown_and_none_is_an_error(write_texts):
    with pytest.raises(DataError, match="min_characters"):
        make_text_study({"a": ["short"]}, write_texts(12, 3), CONFIG)
