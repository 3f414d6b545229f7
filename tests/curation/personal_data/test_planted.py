from taojin.curation.personal_data import KINDS
from taojin.curation.personal_data.planted import plant_personal_data


def test_one_seed_makes_one_set_and_another_another():
    first = list(plant_personal_data(1, 3, 20))
    assert first == list(plant_personal_data(1, 3, 20))
    assert first != list(plant_personal_data(2, 3, 20))


def test_spans_hold_the_values_and_leave_the_sentence():
    for text, _, spans in plant_personal_data(0, 5, 30):
        assert "{" not in text
        for _, start, end in spans:
            assert 0 <= start < end <= len(text)
            assert text[start:end] == text[start:end].strip()


def test_every_kind_is_planted_and_half_of_the_set_holds_nothing():
    planted = list(plant_personal_data(0))
    assert {span.kind for each in planted for span in each.spans} == set(KINDS)
    assert {each.language for each in planted} == {"en", "zh"}
    assert sum(not each.spans for each in planted) >= len(planted) / 2
