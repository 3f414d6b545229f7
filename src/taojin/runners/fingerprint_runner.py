"""A sequential runner that executes only what is out of date.

A node is up to date when its code, its parameters and its inputs have the
fingerprints under which it last ran, and its outputs are on disk with the
fingerprints that it left. The decision falls node by node as the run proceeds, so a
node that was executed again and made the same as before stops the wave there.
"""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path

from kedro.io import CatalogProtocol, MemoryDataset
from kedro.pipeline import Pipeline
from kedro.pipeline.node import Node
from kedro.runner import SequentialRunner
from kedro.runner.task import Task
from pluggy import PluginManager

from taojin.core.errors import DataError
from taojin.core.fingerprints import fingerprint_of, hash_file, hash_tree
from taojin.core.lineage import VOLATILE, Lineage, LineageRecord
from taojin.runners.code_version import code_version

LINEAGE = "lineage"
"""Name of the catalogue entry that holds the records."""

logger = logging.getLogger(__name__)


class FingerprintRunner(SequentialRunner):
    """Runs the nodes that are out of date, in topological order."""

    def __str__(self) -> str:
        """Name the base class: by its name Kedro-Viz knows that it may follow a run."""
        return f"<kedro.runner.sequential_runner.SequentialRunner object: {type(self)}>"

    def _run(
        self,
        pipeline: Pipeline,
        catalog: CatalogProtocol,
        hook_manager: PluginManager | None = None,
        run_id: str | None = None,
    ) -> None:
        if LINEAGE not in catalog:
            super()._run(pipeline, catalog, hook_manager, run_id)
            return
        lineage: Lineage = catalog.load(LINEAGE)
        num_skipped = 0
        try:
            for node in pipeline.nodes:
                task = Task(node, catalog, self._is_async, hook_manager, run_id)
                num_skipped += not _bring_up_to_date(task, lineage)
        except Exception:
            logger.warning(
                "The run stopped. Run the same command again to go on from here: "
                "what is finished is kept."
            )
            raise
        logger.info("%d of %d steps were up to date", num_skipped, len(pipeline.nodes))


def _bring_up_to_date(task: Task, lineage: Lineage) -> bool:
    """Execute a node unless it is up to date; return whether it was executed."""
    node, catalog = task.node, task.catalog
    started = time.perf_counter()
    inputs = _fingerprints(node.inputs, catalog)
    code = code_version(node.func)
    key = fingerprint_of(code, inputs, sorted(node.outputs))
    if _is_up_to_date(node, key, catalog, lineage):
        logger.info("Up to date: %s", node.name)
        return False
    _require_inputs(node, catalog)
    lineage.forget(node.name)
    task.execute()
    seconds = time.perf_counter() - started
    lineage.store(
        LineageRecord(
            node=node.name,
            key=key,
            code=code,
            inputs=inputs,
            outputs=_fingerprints(node.outputs, catalog),
            run_id=task.run_id or "",
            finished_at=datetime.now(UTC).isoformat(),
            seconds=round(seconds, 3),
        )
    )
    logger.info("Done: %s (%.1f s)", node.name, seconds)
    return True


def _require_inputs(node: Node, catalog: CatalogProtocol) -> None:
    """Check that the artifacts that a node reads have been made.

    Raises:
        DataError: If any has not; names all of them and the command that makes them.
    """
    missing = [
        name
        for name in sorted(node.inputs)
        if not getattr(catalog[name], "is_resource", False) and not catalog.exists(name)
    ]
    if missing:
        names = ",".join(missing)
        message = (
            f"{node.name} needs {', '.join(missing)}, which no run has made yet; "
            f"make it first: kedro run --to-outputs={names}"
        )
        raise DataError(message)


def _is_up_to_date(
    node: Node, key: str, catalog: CatalogProtocol, lineage: Lineage
) -> bool:
    if VOLATILE in node.tags:
        return False
    record = lineage.find(node.name)
    if record is None or record.key != key:
        return False
    if not all(catalog.exists(name) for name in node.outputs):
        return False
    return _fingerprints(node.outputs, catalog) == record.outputs


def _fingerprints(names: list[str], catalog: CatalogProtocol) -> dict[str, str | None]:
    return {name: fingerprint_dataset(name, catalog) for name in sorted(names)}


def fingerprint_dataset(name: str, catalog: CatalogProtocol) -> str | None:
    """Return the identity of a dataset's content; null for resources.

    Resources (a workspace, a metric sink, the number of workers) are means, not
    data: they say nothing about whether a result is out of date.
    """
    dataset = catalog[name]
    if getattr(dataset, "is_resource", False):
        return None
    if isinstance(dataset, MemoryDataset):
        return _fingerprint_value(dataset)
    if not dataset.exists():
        return None
    own = getattr(dataset, "fingerprint", None)
    if own is not None:
        return own()
    location = Path(str(getattr(dataset, "_filepath", None) or dataset._path))  # noqa: SLF001 - Kedro has no public name for it
    return hash_tree(location) if location.is_dir() else hash_file(location)


def _fingerprint_value(dataset: MemoryDataset) -> str | None:
    if not dataset.exists():
        return None
    value = dataset.load()
    return None if getattr(value, "is_resource", False) else fingerprint_of(value)
