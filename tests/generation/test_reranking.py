import numpy as np

from taojin.generation.config import SamplingConfig
from taojin.generation.reranking import sample_best
from taojin.generation.sampling import sample

CONFIG = SamplingConfig(max_new_tokens=8, temperature=1.0)


def _length(texts):
    return np.array([len(text) for text in texts])


def test_the_text_with_the_highest_score_is_kept(random_model, byte_tokenizer):
    model, prompts = random_model(), ["a", "b"]
    all_texts = sample(model, byte_tokenizer, prompts * 5, CONFIG)

    best = sample_best(model, byte_tokenizer, prompts, CONFIG, _length, 5)

    assert [one.prompt for one in best] == prompts
    for place, chosen in enumerate(best):
        assert len(chosen.text) == max(len(one.text) for one in all_texts[place::2])


def test_one_candidate_is_plain_sampling(random_model, byte_tokenizer):
    model = random_model()

    best = sample_best(model, byte_tokenizer, ["a", "b"], CONFIG, _length, 1)

    assert best == sample(model, byte_tokenizer, ["a", "b"], CONFIG)
