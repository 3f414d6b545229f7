"""What a source may be used for, against what the corpus is for."""

from collections.abc import Collection, Mapping

from taojin.core.errors import ConfigurationError
from taojin.governance.licences import LicencePolicy


def require_purpose(
    purposes: Mapping[str, Collection[str]], policy: LicencePolicy
) -> None:
    """Check that every source may be used for the purpose of the corpus.

    A licence says what anybody may do; an owner may have agreed to less. What no
    owner agreed to is not allowed.

    Args:
        purposes: What each source, by name, may be used for.
        policy: Its ``purpose`` is needed.

    Raises:
        ConfigurationError: If any source may not; names all of them.
    """
    wrong = [
        f"{name} (declares {', '.join(sorted(allowed)) or 'none'})"
        for name, allowed in sorted(purposes.items())
        if policy.purpose not in allowed
    ]
    if wrong:
        message = (
            f"licence_policy.purpose is {policy.purpose}, and these sources do not "
            f"list it under purposes: {'; '.join(wrong[:10])}; if the owner agrees add "
            "it in sources.yml, else remove the source or change the policy"
        )
        raise ConfigurationError(message)
