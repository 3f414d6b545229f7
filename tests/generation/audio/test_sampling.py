import numpy as np
import pytest
import torch

from taojin.core.errors import ConfigurationError
from taojin.generation.audio.config import AudioSamplingConfig
from taojin.generation.audio.sampling import (
    Wish,
    generate_clips,
    generate_codes,
    wishes_for,
)
from taojin.models.codecs.audio_generator import AudioGenerator
from taojin.models.codecs.network import Codec
from taojin.models.codecs.shape import CodecShape
from taojin.models.codecs.token_layout import ANY, END, TokenLayout
from taojin.models.config import LanguageModelConfig
from taojin.models.language_model import LanguageModel

LAYOUT = TokenLayout(
    labels=("one", "two"), speakers=("ann", "bo"), num_codebooks=2, codebook_size=12
)


@pytest.fixture(scope="module")
def model():
    """Random weights; 40 samples a code, 200 codes of a book a second."""
    torch.manual_seed(0)
    shape = CodecShape(
        fft_size=80, hop_size=20, levels=(4, 3), width=16, num_blocks=2, kernel_size=3
    )
    sizes = LanguageModelConfig(depth=1, width=32, context_length=64)
    network = LanguageModel(sizes.shape(LAYOUT.vocab_size))
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.5)
    return AudioGenerator(Codec(shape).eval(), network.eval(), LAYOUT)


def config(**settings):
    return AudioSamplingConfig(**{"max_seconds": 0.1, "num_threads": 1, **settings})


WISHES = wishes_for(("one", "two"), ("ann", "bo"), 3)


def test_every_label_is_wished_of_every_speaker():
    assert len(WISHES) == 12
    assert WISHES[:4] == [Wish("one", "ann")] * 3 + [Wish("one", "bo")]


def test_a_sound_is_made_for_every_wish(model):
    clips = generate_clips(model, WISHES, config())

    assert [clip.wish for clip in clips] == WISHES
    for clip in clips:
        assert clip.samples.dtype == np.float32
        assert len(clip.samples) % 40 == 0
        assert 40 <= len(clip.samples) <= 800
        assert np.abs(clip.samples).max() <= 1.0
        assert clip.finished or len(clip.samples) == 800
    assert len({len(clip.samples) for clip in clips}) > 1


def test_codes_are_whole_moments_of_the_right_books(model):
    codes, finished = generate_codes(model, WISHES * 4, config(temperature=5.0))

    assert len(codes) == len(finished) == 48
    assert any(finished)
    for rows in codes:
        assert rows.ndim == 2
        assert len(rows) >= 1
        assert rows.shape[1] == 2
        assert 0 <= rows.min() <= rows.max() < 12


def test_a_seed_gives_the_same_sounds_whatever_stands_beside_them(model):
    once = generate_codes(model, WISHES, config(seed=3))[0]

    again = generate_codes(model, WISHES, config(seed=3, batch_size=5))[0]
    other = generate_codes(model, WISHES, config(seed=4))[0]

    assert all(map(np.array_equal, once, again))
    assert not all(map(np.array_equal, once, other))


def test_without_temperature_equal_wishes_give_equal_sounds(model):
    codes = generate_codes(model, [Wish("one", "bo")] * 3, config(temperature=0.0))[0]

    assert np.array_equal(codes[0], codes[1])
    assert np.array_equal(codes[0], codes[2])


def test_wishes_may_be_left_open(model):
    clips = generate_clips(model, [Wish(), Wish("two")], config())

    assert len(clips) == 2


def test_an_unknown_label_or_speaker_is_refused_and_the_known_are_listed(model):
    with pytest.raises(ConfigurationError, match=r"'nine'.*\['one', 'two'\]"):
        generate_clips(model, [Wish("nine", "ann")], config())
    with pytest.raises(ConfigurationError, match=r"'cy'.*\['ann', 'bo'\]"):
        generate_clips(model, [Wish("one", "cy")], config())


def test_too_short_a_time_for_a_code_is_refused(model):
    with pytest.raises(ConfigurationError, match=r"max_seconds is 0\.004"):
        generate_clips(model, WISHES, config(max_seconds=0.004))


def test_sounds_never_exceed_the_context(model):
    codes, _ = generate_codes(model, WISHES, config(max_seconds=100.0))

    assert max(map(len, codes)) <= 31


def test_nothing_is_made_of_no_wish(model):
    assert generate_clips(model, [], config()) == []


def test_guidance_exaggerates_what_a_label_makes_likelier(model):
    """The first code of a label gains by guidance what the label gave it."""
    prefix = torch.tensor([LAYOUT.prefix("one", "ann"), [ANY, ANY]])
    with torch.inference_mode():
        conditioned, base = model.language_model(prefix)[:, -1]
    first = slice(LAYOUT.first_code, LAYOUT.first_code + 12)
    guided = base[first] + 8.0 * (conditioned[first] - base[first])

    wishes = [Wish("one", "ann")]
    plain = generate_codes(model, wishes, config(temperature=0.0))[0]
    strong = generate_codes(model, wishes, config(temperature=0.0, guidance=8.0))[0]

    assert plain[0][0, 0] == conditioned[first].argmax()
    assert strong[0][0, 0] == guided.argmax()


def test_the_end_is_no_code():
    assert END not in range(LAYOUT.first_code, LAYOUT.vocab_size)
