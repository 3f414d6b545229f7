"""The lineage of a run, in MLflow's words."""

import json
from collections.abc import Iterable

from mlflow.entities import Dataset, DatasetInput, InputTag

from taojin.core.lineage import LineageRecord

_CONTEXT = "mlflow.data.context"


def made_in_run(records: Iterable[LineageRecord], run_id: str) -> set[str]:
    """Name the datasets that a run made."""
    return {
        name for record in records if record.run_id == run_id for name in record.outputs
    }


def dataset_inputs(records: Iterable[LineageRecord], run_id: str) -> list[DatasetInput]:
    """Describe the datasets of a run by name and fingerprint.

    Args:
        records: Records of the pipeline's nodes.
        run_id: The run. What other runs made and this one found up to date is tagged
            ``reused``; what it made, ``made``; what no node makes, ``read``.
    """
    found: dict[str, tuple[str, str]] = {}
    for record in records:
        context = "made" if record.run_id == run_id else "reused"
        for name, fingerprint in record.outputs.items():
            if fingerprint:
                found[name] = (fingerprint, context)
    for record in records:
        for name, fingerprint in record.inputs.items():
            if fingerprint and not _is_parameter(name):
                found.setdefault(name, (fingerprint, "read"))
    return [
        _describe(name, fingerprint, context)
        for name, (fingerprint, context) in sorted(found.items())
    ]


def _is_parameter(name: str) -> bool:
    return name == "parameters" or name.startswith("params:")


def _describe(name: str, fingerprint: str, context: str) -> DatasetInput:
    dataset = Dataset(
        name=name,
        digest=fingerprint[:36],  # the longest that MLflow stores
        source_type="kedro",
        source=json.dumps({"dataset": name}),
    )
    return DatasetInput(dataset=dataset, tags=[InputTag(_CONTEXT, context)])
