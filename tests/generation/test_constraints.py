import json
import re

import pytest
from tokenizers import Tokenizer
from tokenizers.trainers import BpeTrainer

from taojin.core.errors import ConfigurationError
from taojin.generation.config import ConstraintConfig, SamplingConfig
from taojin.generation.constraints import Form
from taojin.generation.sampling import sample
from taojin.models.encoding import END_OF_DOCUMENT

pytest.importorskip("llguidance", reason="the extra `constraints` is not installed")
hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

PATTERNS = [
    r"[a-z]+",
    r"(yes|no|不)",
    r"[0-9]{3}-[0-9]{4}",
    r"[A-Z][a-z]*( [a-z]+)*\.",
    r"(ab|a*c){2,5}",
    r"[中文数据]{1,4}!?",
    r"x*y*z",
]
FLAT = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "size": {"type": "integer"}},
    "required": ["name", "size"],
    "additionalProperties": False,
}


def _texts(model, tokenizer, form, num_texts=6, **settings):
    config = SamplingConfig(
        constraint=ConstraintConfig(**form), **{"temperature": 1.0, **settings}
    )
    generations = sample(model, tokenizer, [""] * num_texts, config)
    assert all(generation.finished for generation in generations)
    return [generation.text for generation in generations]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_text_matches_the_pattern(random_model, byte_tokenizer, pattern):
    texts = _texts(
        random_model(), byte_tokenizer, {"regex": pattern}, max_new_tokens=24
    )

    assert all(re.fullmatch(pattern, text) for text in texts)


def test_every_text_matches_with_tokens_of_many_bytes(random_model, byte_tokenizer):
    trained = Tokenizer.from_str(byte_tokenizer.to_str())
    trained.train_from_iterator(
        ['{"name": "one"}', "12 345 数据 数据"] * 9,
        BpeTrainer(
            vocab_size=257,
            special_tokens=[END_OF_DOCUMENT],
            show_progress=False,
            initial_alphabet=list('{}":,0123456789 数据'),
        ),
    )
    model = random_model()

    texts = _texts(model, trained, {"regex": r'\{"name": "[0-9 ]+"\}'}, 8)

    assert all(re.fullmatch(r'\{"name": "[0-9 ]+"\}', text) for text in texts)


def _schemas():
    """Schemas whose shortest document fits into the model's context."""
    leaves = st.sampled_from(
        [
            {"type": "string"},
            {"type": "string", "maxLength": 5},
            {"type": "integer"},
            {"type": "number"},
            {"type": "boolean"},
            {"type": "null"},
            {"enum": ["red", "蓝", 3]},
        ]
    )

    def containers(inner):
        arrays = st.builds(
            lambda item, least: {"type": "array", "items": item, "minItems": least},
            inner,
            st.integers(0, 2),
        )
        objects = st.builds(
            lambda values, required: {
                "type": "object",
                "properties": values,
                "required": sorted(values)[:required],
                "additionalProperties": False,
            },
            st.dictionaries(st.sampled_from("abcd"), inner, max_size=3),
            st.integers(0, 3),
        )
        return arrays | objects

    return st.recursive(leaves, containers, max_leaves=4)


def _fits(value, schema):
    """A small judge of our own: the keywords that the schemas above use."""
    if "enum" in schema:
        return value in schema["enum"]
    kinds = {
        "string": str,
        "integer": int,
        "number": int | float,
        "boolean": bool,
        "null": type(None),
        "array": list,
        "object": dict,
    }
    if not isinstance(value, kinds[schema["type"]]):
        return False
    if isinstance(value, str):
        return len(value) <= schema.get("maxLength", len(value))
    if isinstance(value, list):
        enough = len(value) >= schema["minItems"]
        return enough and all(_fits(item, schema["items"]) for item in value)
    if isinstance(value, dict):
        known = schema["properties"]
        return set(schema["required"]) <= value.keys() <= known.keys() and all(
            _fits(value[name], known[name]) for name in value
        )
    return True


@hypothesis.settings(max_examples=12, deadline=None, derandomize=True)
@hypothesis.given(schema=_schemas(), seed=st.integers(0, 99))
def test_every_text_is_a_document_of_the_schema(
    random_model, byte_tokenizer, schema, seed
):
    model = random_model(context_length=96)

    texts = _texts(
        model,
        byte_tokenizer,
        {"json_schema": schema},
        num_texts=3,
        max_new_tokens=90,
        seed=seed,
    )

    assert all(_fits(json.loads(text), schema) for text in texts)


def test_a_text_that_runs_out_of_room_is_led_to_its_end(random_model, byte_tokenizer):
    model = random_model(context_length=64)

    texts = _texts(model, byte_tokenizer, {"json_schema": FLAT}, 12, max_new_tokens=32)

    assert all(_fits(json.loads(text), FLAT) for text in texts)
    # Some had to be led: they use nearly all the room.
    assert max(len(text.encode()) for text in texts) > 28


def test_texts_of_a_form_do_not_depend_on_the_rows_beside_them(
    random_model, byte_tokenizer
):
    form = {"regex": r"[a-z]+( [a-z]+)*"}
    model = random_model()
    arguments = (model, byte_tokenizer, form, 5)

    together = _texts(*arguments, max_new_tokens=20)

    assert _texts(*arguments, max_new_tokens=20, batch_size=1) == together


def test_a_form_holds_against_rules_that_contradict_it(random_model, byte_tokenizer):
    texts = _texts(
        random_model(),
        byte_tokenizer,
        {"regex": "aaaa"},
        max_new_tokens=20,
        min_new_tokens=20,
        no_repeat_ngram=1,
    )

    assert set(texts) == {"aaaa"}


@pytest.mark.parametrize(
    ("form", "problem"),
    [
        ({"regex": "[a-"}, "sampling.constraint cannot be used"),
        ({"json_schema": {"type": "nonsense"}}, "sampling.constraint cannot be used"),
        ({"regex": "a{50}"}, "no complete text of at most 24 tokens"),
    ],
)
def test_a_form_that_cannot_be_kept_is_refused(
    random_model, byte_tokenizer, form, problem
):
    with pytest.raises(ConfigurationError, match=problem):
        _texts(random_model(), byte_tokenizer, form, max_new_tokens=24)


@pytest.mark.parametrize("pattern", ["a*b", '("a)*b', r"(\\)*x", "中+。"])
def test_an_end_is_found_behind_repetitions(byte_tokenizer, pattern):
    form = Form(ConstraintConfig(regex=pattern), byte_tokenizer, 257, 0)

    end = form.ending(form.matcher(), 40)

    assert end is not None
    assert re.fullmatch(pattern, byte_tokenizer.decode(end))
