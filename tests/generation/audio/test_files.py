import numpy as np
from scipy.io import wavfile

from taojin.generation.audio.files import write_clips, write_wave
from taojin.generation.audio.sampling import GeneratedClip, Wish


def test_a_wave_comes_back_and_what_is_too_loud_is_cut(tmp_path):
    samples = np.array([0.0, 0.5, -0.5, 1.5, -1.5], np.float32)

    write_wave(tmp_path / "x.wav", samples, 8000)

    rate, found = wavfile.read(tmp_path / "x.wav")
    assert rate == 8000
    assert found.dtype == np.int16
    np.testing.assert_allclose(found / 32767, [0, 0.5, -0.5, 1, -1], atol=1e-4)


def test_files_are_named_by_place_label_and_speaker(tmp_path):
    silence = np.zeros(10, np.float32)
    wishes = [Wish("零", "ann"), Wish("a/b", None), *[Wish()] * 9]

    write_clips([GeneratedClip(w, silence, True) for w in wishes], tmp_path / "c", 8000)

    names = sorted(path.name for path in (tmp_path / "c").iterdir())
    assert names[:3] == ["00_零_ann.wav", "01_a-b_-.wav", "02_-_-.wav"]
    assert len(names) == 11
