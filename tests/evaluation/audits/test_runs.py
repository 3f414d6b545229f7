import numpy as np
import pytest

from taojin.evaluation.audits import runs as runs_module
from taojin.evaluation.audits.hash_tables import HashTable
from taojin.evaluation.audits.runs import RollingHash, Runs


@pytest.fixture
def random():
    return np.random.default_rng(2)


def plain_places(samples, text, length):
    wanted = {
        tuple(s[i : i + length]) for s in samples for i in range(len(s) - length + 1)
    }
    windows = (tuple(text[i : i + length]) for i in range(len(text) - length + 1))
    return [place for place, window in enumerate(windows) if window in wanted]


@pytest.mark.parametrize("tokens_at_once", [7, 64, 1 << 20])
def test_every_place_of_every_run_is_found(random, monkeypatch, tokens_at_once):
    monkeypatch.setattr(runs_module, "_TOKENS_AT_ONCE", tokens_at_once)
    text = random.integers(0, 3, 500)
    samples = [random.integers(0, 3, size) for size in (0, 4, 9, 30)]

    found = list(Runs(samples, 5, seed=0).places(text, everywhere=True))

    places = np.concatenate([positions for positions, _ in found])
    assert places.tolist() == plain_places(samples, text, 5)


def test_one_place_of_each_run_is_enough_where_not_all_are_asked_for(random):
    text = np.tile(random.integers(0, 9, 50), 20)
    runs = Runs([text[:40]], 30, seed=0)

    [(_, every)] = runs.places(text, everywhere=True)
    [(_, some)] = runs.places(text, everywhere=False)

    assert len(every) > len(some) == runs.num_runs == 11


def coarse_at_first(samples, length, seed):
    """Of the first seed a bad function, which knows two hashes."""
    honest = RollingHash(samples, length, seed)
    return honest if seed else lambda tokens: honest(tokens) % np.uint64(2)


def test_runs_with_one_hash_are_told_apart(random):
    text = random.integers(0, 4, 400)
    samples = [random.integers(0, 4, 30)]

    runs = Runs(samples, 4, seed=0, family=coarse_at_first)

    places = np.concatenate([p for p, _ in runs.places(text, everywhere=True)])
    assert places.tolist() == plain_places(samples, text, 4)


def wrong_in_long_texts(samples, length, seed):
    """There it takes every run for the first one of the samples."""
    honest = RollingHash(samples, length, seed)
    first = honest(samples[0])[0]

    def hash_runs(tokens):
        hashes = honest(tokens)
        return np.full_like(hashes, first) if len(tokens) > 100 else hashes

    return hash_runs


def test_what_only_has_the_hash_of_a_run_is_rejected(random):
    text = random.integers(0, 50, 300)
    text[200:205] = 60
    runs = Runs([np.full(7, 60)], 5, seed=0, family=wrong_in_long_texts)

    [(places, _)] = runs.places(text, everywhere=True)

    assert places.tolist() == [200]


def test_a_table_finds_what_it_holds_and_nothing_else(random):
    hashes = random.integers(0, 1 << 63, 3000, dtype=np.uint64)
    others = np.concatenate([hashes[:500], hashes[:500] + np.uint64(1)])
    random.shuffle(others)

    positions, places = HashTable(hashes).find(others)

    held = np.isin(others, hashes)
    assert positions.tolist() == np.flatnonzero(held).tolist()
    assert (HashTable(hashes).hashes[places] == others[held]).all()
    assert len(HashTable(hashes[:0]).find(others)[0]) == 0
