import pandas as pd
import pytest
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError, DataError
from taojin.models.prompts import PromptTemplate


def test_fields_are_filled_and_other_columns_stay():
    rows = pd.DataFrame({"q": ["a", "b"], "n": [1, 2], "split": ["train", "test"]})
    before = rows.copy()
    template = PromptTemplate(prompt="Q{n}: {q} {{}}", target="{q}!")

    filled = template.fill(rows)

    pd.testing.assert_frame_equal(rows, before)
    assert template.fields == ("n", "q")
    assert list(filled["prompt"]) == ["Q1: a {}", "Q2: b {}"]
    assert list(filled["target"]) == ["a!", "b!"]
    assert list(filled["split"]) == ["train", "test"]


def test_braces_in_values_are_text():
    filled = PromptTemplate(prompt="{q}", target="x").fill(
        pd.DataFrame({"q": ["{other}"]})
    )

    assert list(filled["prompt"]) == ["{other}"]


def test_missing_columns_are_named():
    with pytest.raises(ConfigurationError, match=r"\['tone', 'topic'\].*\['text'\]"):
        PromptTemplate(prompt="{topic} {text}", target="{tone}").fill(
            pd.DataFrame({"text": ["a"]})
        )


def test_rows_with_an_empty_field_are_named():
    rows = pd.DataFrame({"q": ["a", None]}, index=["r1", "r2"])

    with pytest.raises(DataError, match=r"field q .* 1 rows.*\['r2'\]"):
        PromptTemplate(prompt="{q}", target="x").fill(rows)


@pytest.mark.parametrize("prompt", ["{a.b}", "{a[0]}", "{a:>9}", "{a!r}", "{}", "{0}"])
def test_only_names_of_columns_are_fields(prompt):
    with pytest.raises(ValidationError, match="name of"):
        PromptTemplate(prompt=prompt)


def test_a_lone_brace_is_refused():
    with pytest.raises(ValidationError, match="prompt is no template"):
        PromptTemplate(prompt="{a")


def test_a_template_without_fields_gives_every_row_the_same():
    filled = PromptTemplate(prompt="p", target="t").fill(pd.DataFrame({"x": [1, 2]}))

    assert list(filled["prompt"]) == ["p", "p"]


def test_an_empty_table_stays_empty():
    filled = PromptTemplate(prompt="{q}", target="t").fill(pd.DataFrame({"q": []}))

    assert list(filled["prompt"]) == []
