"""BLEU and self-BLEU are those of NLTK, at a fraction of its time."""

import numpy as np
import pytest

from taojin.core.errors import DataError
from taojin.evaluation.sentences.overlap import References, score_overlap

REFERENCES = [
    "a cat sits on the mat .",
    "a dog sits on a mat near a cat .",
    "the dog runs",
    "a a a bird",
]
SAMPLES = [
    "a cat sits on a mat .",
    "a dog",
    "the bird runs on the mat near the dog .",
    "zebra",
    "a a a a cat cat",
    "",
    "a cat sits on the mat .",
]

# sentence_bleu of NLTK 3.10.4, uniform weights, SmoothingFunction().method1.
GOLDEN = [
    [1.0, 0.928318, 0.795271, 0.421685],
    [0.606531, 0.281527, 0.191802, 0.152354],
    [0.596285, 0.35422, 0.158738, 0.101138],
    [0.0, 0.0, 0.0, 0.0],
    [0.535362, 0.392902, 0.203394, 0.148589],
    [0.0, 0.0, 0.0, 0.0],
    [1.0, 1.0, 1.0, 1.0],
]
GOLDEN_SELF = [
    [0.816497, 0.64366, 0.508133, 0.294685],
    [0.316228, 0.215443, 0.177828, 0.158489],
    [0.333333, 0.240375, 0.118684, 0.080146],
    [0.0, 0.0, 0.0, 0.0],
    [0.267681, 0.114885, 0.080876, 0.071052],
    [0.0, 0.0, 0.0, 0.0],
    [1.0, 0.843433, 0.622333, 0.346572],
]


def _words(texts):
    return [text.split() for text in texts]


def test_bleu_is_that_of_nltk():
    found = References(_words(REFERENCES)).bleu(_words(SAMPLES))
    assert found == pytest.approx(np.array(GOLDEN), abs=1e-6)


def test_self_bleu_leaves_each_sample_out_of_its_own_references():
    found = References(_words(SAMPLES)).self_bleu()
    assert found == pytest.approx(np.array(GOLDEN_SELF), abs=1e-6)


def test_a_copy_among_the_samples_gives_full_self_bleu():
    twice = _words([*REFERENCES[:2], *REFERENCES[:2]])
    assert References(twice).self_bleu() == pytest.approx(np.ones((4, 4)))


def test_scores_are_means_over_the_samples():
    scores = score_overlap(_words(SAMPLES), _words(REFERENCES))
    assert scores.bleu[2] == pytest.approx(np.mean([row[0] for row in GOLDEN]))
    assert scores.self_bleu[5] == pytest.approx(
        np.mean([row[3] for row in GOLDEN_SELF]), abs=1e-6
    )
    assert (scores.num_samples, scores.num_references) == (7, 4)


def test_references_are_counted_once_for_many_sets():
    known = References(_words(REFERENCES))
    first = score_overlap(_words(SAMPLES), known)
    assert first == score_overlap(_words(SAMPLES), _words(REFERENCES))


@pytest.mark.parametrize("samples", [[], ["one"]])
def test_too_few_samples_are_refused(samples):
    with pytest.raises(DataError, match=r"sample|self-BLEU"):
        score_overlap(_words(samples), _words(REFERENCES))
