import json

import pytest
from pydantic import ValidationError

from taojin.core.errors import ConfigurationError, DataError
from taojin.curation.personal_data import find
from taojin.evaluation.audits.canary_texts import (
    CanariesConfig,
    Canary,
    insert_canaries,
    make_canaries,
    read_canaries,
    save_canaries,
)

FORM = {"template": "the code is {secret}.", "pattern": "##?-#", "secret": "12a-3"}


def canary(**changes):
    return Canary.model_validate({"canary_id": "c", **FORM, **changes})


def test_each_kind_language_and_number_of_repeats_gets_canaries_of_its_own():
    made = make_canaries(CanariesConfig(num_each=2))

    assert len(made) == 2 * 2 * 3 * 4
    assert len({one.canary_id for one in made}) == len(made)
    assert len({one.text for one in made}) == len(made)
    assert {one.num_repeats for one in made} == {0, 1, 10, 100}


def test_a_seed_gives_the_same_canaries_and_another_seed_others():
    first, again, other = (make_canaries(CanariesConfig(seed=n)) for n in (1, 1, 2))

    assert first == again
    assert not {one.secret for one in first} & {one.secret for one in other}


def test_every_canary_says_what_it_is_and_is_nobody():
    for one in make_canaries(CanariesConfig(num_each=50, repeats=(1,))):
        label = {"en": "Canary", "zh": "金丝雀"}[one.language]
        assert one.text.startswith(label)
        assert list(find(f"Write to\n{one.text}\nphone, mail")) == []
        if one.kind == "email":
            assert one.secret.endswith(".invalid")


def test_other_secrets_are_distinct_of_the_pattern_and_never_the_own_one():
    one = make_canaries(CanariesConfig(kinds=("phone",)))[0]

    others = one.other_secrets(500, 0)

    assert len({*others, one.secret}) == 501
    assert others == one.other_secrets(500, 0) != one.other_secrets(500, 1)
    for secret in others[:20]:
        assert one.model_copy(update={"secret": secret}).with_secret(secret)
        Canary.model_validate({**one.model_dump(), "secret": secret})


def test_a_small_space_is_listed_whole():
    own = canary(pattern="#-?", secret="3-k")  # noqa: S106 - none

    assert own.num_secrets == 260
    assert len(set(own.other_secrets(1000, 0))) == 259
    assert "3-k" not in own.other_secrets(1000, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"template": "nothing here"},
        {"template": "{secret} {secret}"},
        {"secret": "12a-x"},
        {"pattern": "abc", "secret": "abc"},
    ],
)
def test_a_canary_without_a_secret_of_its_pattern_is_refused(changes):
    with pytest.raises(ValidationError, match=r"must hold|not of the pattern"):
        canary(**changes)


def test_each_canary_stands_in_as_many_texts_as_it_has_repeats():
    texts = [f"one {n}\ntwo {n}" for n in range(120)]
    made = make_canaries(CanariesConfig(languages=("zh",)))

    written = insert_canaries(texts, made, seed=1)

    for one in made:
        assert sum(one.text in text.split("\n") for text in written) == one.num_repeats
    rest = {one.text for one in made}
    kept = ["\n".join(x for x in text.split("\n") if x not in rest) for text in written]
    assert kept == texts
    assert written != insert_canaries(texts, made, seed=2)


def test_more_repeats_than_texts_are_refused():
    with pytest.raises(ConfigurationError, match="100 texts, and there are 3"):
        insert_canaries(["a"] * 3, make_canaries())


def test_a_file_of_canaries_is_read_as_it_was_written(tmp_path):
    made = make_canaries()

    save_canaries(made, tmp_path / "canaries.jsonl")

    assert read_canaries(tmp_path / "canaries.jsonl") == made


@pytest.mark.parametrize(
    ("lines", "problem"),
    [
        (["{"], "line 1, is no canary"),
        ([json.dumps({"canary_id": "a", **FORM})] * 2, "another canary is called 'a'"),
    ],
)
def test_a_damaged_file_says_where(tmp_path, lines, problem):
    (tmp_path / "c.jsonl").write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(DataError, match=problem):
        read_canaries(tmp_path / "c.jsonl")
