from taojin.generation.audio.config import AudioSamplingConfig


def test_settings_reach_the_sampler_of_texts():
    config = AudioSamplingConfig(temperature=0.7, top_k=5, top_p=0.9, min_p=0.1)

    filters = config.filters()

    assert (filters.temperature, filters.top_k) == (0.7, 5)
    assert (filters.top_p, filters.min_p) == (0.9, 0.1)


def test_guidance_of_strength_one_is_off():
    assert AudioSamplingConfig().guidance_config() is None
    guided = AudioSamplingConfig(guidance=2.5, plausibility=0.1).guidance_config()
    assert guided is not None
    assert (guided.strength, guided.plausibility) == (2.5, 0.1)
