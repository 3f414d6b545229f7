"""The row of real sentences of the Texygen benchmark, from its own files."""

from pathlib import Path

import pytest

from taojin.evaluation.sentences.overlap import score_overlap
from taojin.evaluation.sentences.words import split_caption

REAL = Path(__file__).parents[4] / "shared" / "data" / "texygen"


def _captions(name):
    lines = (REAL / name).read_text(encoding="utf-8").split("\n")
    return [split_caption(line) for line in lines if line.strip()]


@pytest.mark.slow
@pytest.mark.skipif(not REAL.exists(), reason="the shared benchmark data is absent")
def test_training_captions_get_what_was_measured_with_another_program():
    scores = score_overlap(_captions("image_coco.txt"), _captions("test_coco.txt"))
    assert (scores.num_samples, scores.num_references) == (10_000, 10_000)
    # Of 2,000 captions, with the words of NLTK: hence the tolerances.
    wanted = {2: 0.736, 3: 0.513, 4: 0.329, 5: 0.211}
    assert scores.bleu == pytest.approx(wanted, abs=0.01)
    wanted = {2: 0.886, 3: 0.737, 4: 0.559, 5: 0.400}
    assert scores.self_bleu == pytest.approx(wanted, abs=0.02)
