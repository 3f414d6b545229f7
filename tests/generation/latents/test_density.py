import json
from typing import Any

import numpy as np
import pytest

from taojin.core.errors import CorruptArtifactError, DataError
from taojin.generation.latents.density import (
    FACTS,
    TENSORS,
    LatentDensityConfig,
    fit_latent_density,
    load_latent_density,
    save_latent_density,
)


def two_heaps(count=2000):
    """A quarter around (-3, 0), the rest around (3, 1), where both are correlated."""
    draw = np.random.default_rng(0)
    left = draw.normal(0.0, 0.3, (count // 4, 2)) + np.array([-3.0, 0.0])
    right = draw.multivariate_normal(
        [3.0, 1.0], [[1.0, 0.8], [0.8, 1.0]], 3 * count // 4
    )
    return np.concatenate([left, right]).astype(np.float32)


def fitted(**settings):
    return fit_latent_density(
        two_heaps(), LatentDensityConfig(**{"num_components": 2, **settings})
    )


def test_a_fitted_density_draws_what_it_was_fitted_to():
    drawn = fitted().sample(8000, seed=1)
    left = drawn[:, 0] < 0
    assert left.mean() == pytest.approx(0.25, abs=0.02)
    np.testing.assert_allclose(drawn[left].mean(0), [-3.0, 0.0], atol=0.05)
    correlations: Any = np.corrcoef(drawn[~left].T)
    assert correlations[0, 1] == pytest.approx(0.8, abs=0.03)
    np.testing.assert_allclose(drawn[~left].std(0), [1.0, 1.0], atol=0.06)


def test_draws_are_repeatable():
    density = fitted()
    assert (density.sample(5, seed=1) == density.sample(5, seed=1)).all()
    assert (density.sample(5, seed=1) != density.sample(5, seed=2)).any()
    assert (fitted().means == density.means).all()


def test_a_saved_density_comes_back_whole(tmp_path):
    density = fitted()
    save_latent_density(density, tmp_path / "d")
    loaded = load_latent_density(tmp_path / "d")
    assert loaded.facts == density.facts
    assert loaded.facts["num_codes"] == 2000
    assert (loaded.sample(9, seed=0) == density.sample(9, seed=0)).all()


def test_an_altered_or_foreign_folder_is_refused(tmp_path):
    save_latent_density(fitted(), tmp_path / "d")
    path = tmp_path / "d" / TENSORS
    whole = path.read_bytes()
    path.write_bytes(whole[:-8] + b"12345678")
    with pytest.raises(CorruptArtifactError, match="altered"):
        load_latent_density(tmp_path / "d")
    path.write_bytes(whole)
    facts = tmp_path / "d" / FACTS
    content = json.loads(facts.read_text(encoding="utf-8"))
    facts.write_text(json.dumps({**content, "kind": "model"}), encoding="utf-8")
    with pytest.raises(CorruptArtifactError, match="fit it again"):
        load_latent_density(tmp_path / "d")


def test_too_few_or_broken_latents_are_refused():
    with pytest.raises(DataError, match="num_components 10"):
        fit_latent_density(two_heaps()[:9], LatentDensityConfig())
    broken = two_heaps()
    broken[3, 0] = np.nan
    with pytest.raises(DataError, match="not finite"):
        fit_latent_density(broken, LatentDensityConfig())


def test_a_fit_that_was_cut_short_says_so_and_warns_nobody():
    assert fitted(num_iterations=1, num_components=8).facts["converged"] is False
