import pytest

from taojin.core.errors import ConfigurationError
from taojin.governance.licences import LicencePolicy
from taojin.governance.purposes import require_purpose


def test_a_source_whose_owner_agreed_may_be_used():
    require_purpose({"news": ("research", "commercial")}, LicencePolicy())


def test_all_sources_that_may_not_be_used_are_named_at_once():
    with pytest.raises(ConfigurationError) as caught:
        require_purpose(
            {"mail": (), "news": ("commercial",), "talks": ("research",)},
            LicencePolicy(purpose="commercial"),
        )

    assert "mail (declares none)" in str(caught.value)
    assert "talks (declares research)" in str(caught.value)
    assert "news" not in str(caught.value)
