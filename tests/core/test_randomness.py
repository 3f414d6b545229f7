from taojin.core.randomness import derive_seed, generator


def test_a_purpose_always_gets_the_same_numbers():
    first = generator(7, "split").random(4).tolist()

    assert generator(7, "split").random(4).tolist() == first


def test_purposes_and_seeds_are_independent():
    seeds = {
        derive_seed(seed, name) for seed in range(20) for name in ("a", "b", "1", "11")
    }

    assert len(seeds) == 80
    assert all(0 <= seed < 2**63 for seed in seeds)
