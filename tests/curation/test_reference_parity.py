"""Decisions equal those of datatrove's filters, which are here as an oracle only."""

import importlib.metadata
import importlib.util
import inspect
import random
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

pytest.importorskip("datatrove", reason="datatrove is the oracle here")
pytest.importorskip("spacy", reason="datatrove needs spaCy")

from datatrove.pipeline.filters import gopher_repetition_filter as reference
from datatrove.utils.text import PUNCTUATION_SET, split_into_words

from taojin.curation.kernels.measure import measure_texts

SPACES = [chr(code) for code in range(0x3001) if chr(code).isspace()]
PROSE = (
    "The quick brown fox jumps over the lazy dog and then it runs away with a friend "
    "that it has known for years. They have to be fast, of course, to get home.\n"
)


@pytest.fixture(scope="module")
def parity(request):
    path = request.config.rootpath / "benchmarks" / "reference_parity.py"
    spec = importlib.util.spec_from_file_location("reference_parity", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def installed_texts():
    """Descriptions of installed packages and docstrings: real text on any machine."""
    for distribution in importlib.metadata.distributions():
        yield distribution.read_text("METADATA") or ""
    for module in (np, np.linalg, pd, pd.DataFrame, pa):
        for name in sorted(dir(module)):
            yield inspect.getdoc(getattr(module, name)) or ""


def real_texts(count, max_chars):
    texts = [text[:max_chars].strip() for text in installed_texts()]
    long_enough = sorted({text for text in texts if len(text) > max_chars // 4})
    return random.Random(0).sample(long_enough, min(count, len(long_enough)))  # noqa: S311  # no secret


def mutated_texts(texts):
    """Real texts after damage of the kinds that rules look for."""
    rng = random.Random(1)  # noqa: S311  # no secret
    for text in texts:
        lines = text.split("\n")
        word = rng.choice(text.split() or [""])
        middle = rng.choice(lines)
        yield rng.choice(SPACES).join(lines)
        yield "\r\n".join(lines + rng.choices(lines, k=len(lines) // 3 + 1))
        yield "\n\n".join([*lines, *rng.choices(lines, k=len(lines) // 2)])
        yield text.replace(word, word * 2 + "...", 9).replace(" the ", "… # ", 7)
        yield "\n".join(f"{rng.choice('-•')} {line}..." for line in lines)
        yield (middle + " ") * rng.randint(2, 30) + text[:700]
        yield text.replace("\n", ".[12]\n").replace(middle, f"{middle} {{x}}.", 1)
        yield PROSE * 6 + middle + " Lorem ipsum it is."


def adversarial_texts():
    yield from ("", "a", "。", " ", "\n", "\n\n\n", "\0", "\ufffd" * 9)
    yield "".join(SPACES)
    yield "🎉👩‍👩‍👧🇩🇪👍🏽" * 200
    yield "🎉 👩‍👩‍👧\n🇩🇪. 👍🏽!\n" * 60
    yield from (PROSE.replace(" ", space) * 3 for space in SPACES)
    yield from (PROSE.replace("\n", f"{space}\n") * 6 for space in SPACES)
    yield from (f"{space}{PROSE}{space}" * 6 for space in SPACES)
    yield PROSE.replace("\n", "\r\n") * 6
    yield "混合 scripts мир عالم. " * 40 + PROSE * 2
    yield b"caf\xc3 \xe2\x80 \xff broken\xc3\xa9. ".decode("utf-8", "replace") * 40
    yield "ab" * 100_000
    yield "\u0301\u200d\u0600" * 300
    yield "[1] " * 500 + PROSE * 6
    yield "".join(f"{n} {n}{n}.{n} " for n in range(900))
    yield f"{PROSE.strip()}…\n" * 6
    yield from (PROSE.replace(" and ", mark * 5) * 6 for mark in (" #", " …", "..."))
    yield PROSE.replace("e", "É").upper() * 8


def all_texts(num_real):
    real = real_texts(num_real, 1000)
    return [*real, *mutated_texts(real[: num_real // 10]), *adversarial_texts()]


@pytest.fixture(scope="module")
def texts():
    return all_texts(100)


def test_every_decision_is_that_of_the_reference(parity, texts):
    check_parity(parity, texts)


@pytest.mark.slow
def test_every_decision_on_many_texts_is_that_of_the_reference(parity):
    check_parity(parity, all_texts(400))


def check_parity(parity, texts):
    differences, num_rewritten = parity.compare(texts)
    assert [each for each in differences if each.is_decision] == []
    assert num_rewritten == 0
    # The reference names the first line that condemns a text, we a rule.
    assert {(each.ours, each.theirs) for each in differences} <= {
        ("lorem_ipsum", "curly_bracket")
    }


def test_every_rule_is_broken_by_some_text(parity, texts):
    signals = measure_texts(as_column(texts), parity.FAMILIES)
    for _, rules in parity.FILTERS.values():
        for rule in rules:
            is_broken = rule.reason in parity.judge([rule], signals)
            assert is_broken or rule.reason == "gopher_long_doc", rule
        assert None in parity.judge(rules, signals)


def test_values_are_those_of_the_reference(texts):
    sample = [text for text in texts[::4] if len(text) < 10_000]
    signals = measure_texts(as_column(sample), ["gopher"])
    for row, text in enumerate(sample):
        for name, value in reference_values(text).items():
            assert signals[name][row] == value, (name, text)


def reference_values(text):
    words = split_into_words(text)
    content = [word for word in words if set(word) - PUNCTUATION_SET]
    num_chars = max(len(text), 1)
    values = {
        "gopher_num_words": len(content),
        "gopher_mean_word_length": np.mean([len(w) for w in content]) if content else 0,
        "gopher_hash_ratio": text.count("#") / max(len(words), 1),
    }
    for size in (2, 3, 4):
        ngrams = reference.get_n_grams(words, size)
        top = reference.find_top_duplicate(ngrams) if ngrams else 0
        values[f"gopher_share_top_{size}_gram_chars"] = top / num_chars
    for size in range(5, 11):
        copied = reference.find_all_duplicate(words, size)
        values[f"gopher_share_duplicate_{size}_gram_chars"] = copied / num_chars
    return values


def as_column(texts):
    return pa.chunked_array([pa.array(texts, pa.large_string())])


@pytest.mark.slow
def test_one_line_of_ten_megabytes_is_judged_alike(parity):
    rng = random.Random(2)  # noqa: S311  # no secret
    words = PROSE.split() + [str(n) for n in range(5_000)]
    line = " ".join(rng.choices(words, k=1_900_000))
    assert len(line) > 10_000_000 / 1.3
    differences, num_rewritten = parity.compare([line])
    assert differences == []
    assert num_rewritten == 0
