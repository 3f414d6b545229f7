import numpy as np
import pytest

from taojin.features.augmentation.spans import SpanMaskingConfig, mask_spans

ENGLISH = " ".join(f"word{number}" for number in range(100))
CHINESE = "天地玄黄宇宙洪荒日月盈昃辰宿列张寒来暑往秋收冬藏"


def masked(text, seed=0, **settings):
    return mask_spans(text, SpanMaskingConfig(**settings), np.random.default_rng(seed))


def test_the_share_of_words_is_masked_exactly():
    found = masked(ENGLISH, share=0.3, mask="[M]")

    kept = [word for word in found.split() if word != "[M]"]
    assert len(kept) == 70
    assert kept == [word for word in ENGLISH.split() if word in kept]


def test_a_span_has_one_mask_however_long():
    found = masked(ENGLISH, share=0.5, mean_length=4.0, mask="[M]")

    assert "[M] [M]" not in found
    assert 5 <= found.split().count("[M]") <= 25


def test_spans_are_left_out_without_a_mask():
    found = masked(ENGLISH, share=0.3, mask=None)

    assert len(found.split()) == 70
    assert "  " not in found
    assert found == found.strip()


def test_chinese_is_masked_by_characters():
    found = masked(CHINESE, share=0.25, mask=None)

    assert len(found) == 18
    assert set(found) <= set(CHINESE)


def test_lengths_are_geometric_up_to_the_longest():
    """With a share so small that spans hardly meet."""
    lengths = []
    for seed in range(400):
        words = masked(
            ENGLISH, seed, share=0.03, mean_length=1.5, max_length=3, mask=None
        ).split()
        gone = [n for n in range(100) if f"word{n}" not in words]
        lengths.append(gone)
    runs = [np.split(g, np.flatnonzero(np.diff(g) > 1) + 1) for g in lengths]
    sizes = np.array([len(run) for some in runs for run in some])

    assert all(len(gone) == 3 for gone in lengths)
    assert sizes.max() == 3
    assert 1.0 < sizes.mean() < 2.0


@pytest.mark.parametrize("text", ["", "  ", "word", "字", "。"])
def test_a_text_of_one_word_or_none_stays(text):
    assert masked(text, share=1.0, mask="[M]") == text


def test_one_word_is_left_even_when_all_may_go():
    assert len(masked("a b c d", share=1.0, mask=None).split()) == 1


def test_spans_follow_the_seed():
    assert masked(ENGLISH, 1) == masked(ENGLISH, 1)
    assert masked(ENGLISH, 1) != masked(ENGLISH, 2)


def test_nothing_is_masked_without_a_share():
    assert masked(ENGLISH, share=0.0) == ENGLISH
