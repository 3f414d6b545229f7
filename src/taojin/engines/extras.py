"""Packages that are installed only where their engine is wanted."""

import importlib
from typing import Any

from taojin.core.errors import ConfigurationError


def import_extra(module: str, extra: str) -> Any:
    """Import a module of an optional extra.

    Raises:
        ConfigurationError: If it is not installed; names the extra.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        message = (
            f"engine.name is {extra}, which needs a package that is not installed "
            f"({error}); install it: pip install 'taojin[{extra}]', or set engine.name "
            "to local"
        )
        raise ConfigurationError(message) from error
