"""The language reference that ships inside the interpreter as ``pydoc_data.topics``."""

import ast
from collections.abc import Iterator
from pathlib import PurePosixPath

TOPICS_MODULE = PurePosixPath("pydoc_data/topics.py")


def find_topics(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield names and texts from the module's one dictionary, in order of names."""
    for node in module.body:
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict):
            topics = ast.literal_eval(node.value)
            for name in sorted(topics):
                yield str(name), str(topics[name]).strip()
