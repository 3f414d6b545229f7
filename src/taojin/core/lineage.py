"""What each node last made, from what: the memory that lets a run skip."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path

from taojin.core.files import write_text

VOLATILE = "volatile"
"""Tag of nodes that look at the world outside the catalogue; they always run, and
alone are no reason to record a run."""


@dataclass(frozen=True)
class LineageRecord:
    """One finished execution of a node.

    Attributes:
        node: Name of the node.
        key: Identity of the code, the parameters and the inputs.
        inputs: Fingerprint of each input; parameters are inputs too.
        outputs: Fingerprint of each output, as it was saved.
        run_id: The run that executed the node.
        finished_at: When, ISO 8601 in UTC.
        seconds: How long it took, loading and saving included.
    """

    node: str
    key: str
    code: str
    inputs: dict[str, str | None]
    outputs: dict[str, str | None]
    run_id: str
    finished_at: str
    seconds: float = field(compare=False)


class Lineage:
    """Records of nodes, one JSON file each."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def find(self, node: str) -> LineageRecord | None:
        """Return what the node last made; null if nothing, or nothing readable."""
        try:
            content = json.loads(self._path(node).read_text(encoding="utf-8"))
            return LineageRecord(**content)
        except (OSError, ValueError, TypeError):
            return None

    def store(self, record: LineageRecord) -> None:
        """Remember a finished execution."""
        write_text(self._path(record.node), json.dumps(asdict(record), indent=1))

    def forget(self, node: str) -> None:
        """Drop the record before the node's outputs are touched."""
        self._path(node).unlink(missing_ok=True)

    def __iter__(self) -> Iterator[LineageRecord]:
        """Yield all records, in the order in which the nodes finished."""
        names = sorted(path.stem for path in self._root.glob("*.json"))
        records = [record for name in names if (record := self.find(name))]
        yield from sorted(records, key=lambda record: record.finished_at)

    def _path(self, node: str) -> Path:
        return self._root / f"{node}.json"
