from taojin.reporting.settings_table import settings_rows
from taojin.reporting.texts import Texts


def test_nested_settings_get_dotted_names(say: Texts) -> None:
    settings = {"model": {"depth": 4, "tied": True}, "learning_rate": 0.0012345}
    assert settings_rows(settings, say) == [
        ("model.depth", "4"),
        ("model.tied", "yes"),
        ("learning_rate", "0.001234"),
    ]


def test_units_in_names_are_heeded(say: Texts) -> None:
    settings = {"num_bytes_weights": 15_300_000, "model": {"training_seconds": 134.2}}
    assert settings_rows(settings, say) == [
        ("num_bytes_weights", "15.3 MB"),
        ("model.training_seconds", "2 min 14 s"),
    ]


def test_what_is_not_set_is_a_dash(say: Texts) -> None:
    assert settings_rows({"a": None, "b": ""}, say) == [("a", "–"), ("b", "–")]


def test_long_values_are_cut(say: Texts) -> None:
    rows = settings_rows({"text": "x" * 999, "list": list(range(999))}, say)
    assert all(len(value) <= 200 for _, value in rows)


def test_lists_are_written_out(say: Texts) -> None:
    assert settings_rows({"bands": [14, 8], "none": []}, say)[0] == ("bands", "14, 8")
