"""The whole state of a training run on disk: complete, verified, never half-written."""

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from taojin.core.errors import CheckpointMismatchError, CorruptCheckpointError
from taojin.core.files import PARTIAL_SUFFIX, atomic_directory
from taojin.core.fingerprints import fingerprint_of, hash_file
from taojin.models.tensor_files import write_tensors

logger = logging.getLogger(__name__)

TENSORS = "tensors.safetensors"
STATE = "state.json"
FORMAT = 1
NUM_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """Everything a run needs to go on as if it had never stopped.

    Attributes:
        step: Optimiser steps done.
        best_step: Step of the best validation so far, or None.
        fingerprint: What the run is: configuration, model, data; nested plain
            values, so that a difference can be named.
        tensors: Weights, optimiser state, random states.
        values: Counters, position in the data, history; plain JSON values.
    """

    step: int
    best_step: int | None
    fingerprint: Mapping[str, Any]
    tensors: Mapping[str, Tensor]
    values: Mapping[str, Any]


class CheckpointStore(Protocol):
    """Keeps the checkpoints of one run."""

    def save(self, checkpoint: Checkpoint, /) -> None:
        """Keep a checkpoint; afterwards older ones may be gone."""
        ...

    def latest(self, fingerprint: Mapping[str, Any], /) -> Checkpoint | None:
        """The newest sound checkpoint of this run, or None."""
        ...

    def load(self, step: int, fingerprint: Mapping[str, Any], /) -> Checkpoint:
        """The checkpoint of one step of this run."""
        ...


class MemoryCheckpointStore:
    """Keeps checkpoints in memory: for short runs that need no resume."""

    def __init__(self) -> None:
        self._kept: dict[int, Checkpoint] = {}

    def save(self, checkpoint: Checkpoint) -> None:
        """Keep the checkpoint, the one before it, and the best."""
        tensors = {name: tensor.clone() for name, tensor in checkpoint.tensors.items()}
        self._kept[checkpoint.step] = Checkpoint(
            checkpoint.step,
            checkpoint.best_step,
            checkpoint.fingerprint,
            tensors,
            json.loads(json.dumps(checkpoint.values)),
        )
        best = {step: kept.best_step for step, kept in self._kept.items()}
        self._kept = {step: self._kept[step] for step in steps_to_keep(best)}

    def latest(self, fingerprint: Mapping[str, Any]) -> Checkpoint | None:
        """The newest checkpoint, or None."""
        return self.load(max(self._kept), fingerprint) if self._kept else None

    def load(self, step: int, fingerprint: Mapping[str, Any]) -> Checkpoint:
        """One checkpoint.

        Raises:
            CheckpointMismatchError: If it is of another run.
            CorruptCheckpointError: If there is none of this step.
        """
        if step not in self._kept:
            message = f"no checkpoint of step {step} in memory"
            raise CorruptCheckpointError(message)
        kept = self._kept[step]
        _require_same_run(kept.fingerprint, fingerprint, f"step {step}")
        return kept


class DirectoryCheckpointStore:
    """Keeps checkpoints in a folder, one subfolder a run and step.

    Each is written beside its final place and renamed, so it is whole or absent;
    hashes are checked when it is read. The last two and the best of each are kept.
    Runs with other fingerprints lie side by side: a changed setting starts a new
    run and destroys nothing.

    Args:
        root: The folder.
        refuse_foreign: Raise, instead of starting anew, where the folder holds only
            checkpoints of other runs.
    """

    def __init__(self, root: str | Path, *, refuse_foreign: bool = False) -> None:
        self.root = Path(root)
        self.refuse_foreign = refuse_foreign

    def save(self, checkpoint: Checkpoint) -> None:
        """Write a checkpoint, then remove those no longer needed.

        Raises:
            OSError: If it cannot be written; earlier ones are untouched.
        """
        run = self._run(checkpoint.fingerprint)
        with atomic_directory(run / _folder_name(checkpoint.step)) as folder:
            write_tensors(checkpoint.tensors, folder / TENSORS)
            content = {
                "format": FORMAT,
                "step": checkpoint.step,
                "best_step": checkpoint.best_step,
                "fingerprint": dict(checkpoint.fingerprint),
                "tensors_hash": hash_file(folder / TENSORS),
                "values": dict(checkpoint.values),
            }
            sealed = {"hash": fingerprint_of(content), "content": content}
            (folder / STATE).write_text(json.dumps(sealed), encoding="utf-8")
        self._remove_old(run)

    def latest(self, fingerprint: Mapping[str, Any]) -> Checkpoint | None:
        """Load the newest checkpoint of this run that is sound.

        A damaged one is passed over with a warning that names it.

        Raises:
            CheckpointMismatchError: If ``refuse_foreign`` and all are of other runs.
            CorruptCheckpointError: If there are checkpoints and none is sound.
        """
        folders = _step_folders(self._run(fingerprint))
        problems = []
        for step in sorted(folders, reverse=True):
            try:
                return self.load(step, fingerprint)
            except CorruptCheckpointError as error:
                logger.warning("%s; trying the one before it", error)
                problems.append(str(error))
        if problems:
            message = (
                f"none of {len(problems)} checkpoints in {self._run(fingerprint)} is "
                f"sound, newest first: {problems[0]}; delete the folder to start anew"
            )
            raise CorruptCheckpointError(message)
        self._mention_foreign(fingerprint)
        return None

    def load(self, step: int, fingerprint: Mapping[str, Any]) -> Checkpoint:
        """Load and verify the checkpoint of one step.

        Raises:
            CorruptCheckpointError: If it is missing, truncated or altered.
            CheckpointMismatchError: If it is of another run.
        """
        return read_checkpoint(self._run(fingerprint) / _folder_name(step), fingerprint)

    def _run(self, fingerprint: Mapping[str, Any]) -> Path:
        return self.root / fingerprint_of(dict(fingerprint))[:12]

    def _remove_old(self, run: Path) -> None:
        folders = _step_folders(run)
        best: dict[int, int | None] = {}
        for step, folder in folders.items():
            try:
                best[step] = _read_state(folder)["best_step"]
            except CorruptCheckpointError:
                continue  # damaged: it counts for nothing and stays for inspection
        for step in best.keys() - steps_to_keep(best):
            # Renamed first: a folder that is half removed must not look like one.
            folders[step].rename(run / f".{folders[step].name}{PARTIAL_SUFFIX}")
        for outgoing in run.glob(f".*{PARTIAL_SUFFIX}"):  # a killed process's, too
            shutil.rmtree(outgoing, ignore_errors=True)

    def _mention_foreign(self, fingerprint: Mapping[str, Any]) -> None:
        others = [
            folder
            for run in sorted(self.root.glob("*"))
            if run.is_dir() and not run.name.startswith(".")
            for folder in list(_step_folders(run).values())[-1:]
        ]
        for folder in others:
            try:
                read_checkpoint(folder, fingerprint)
            except CheckpointMismatchError as error:
                if self.refuse_foreign:
                    raise
                logger.info("not continued: %s", error)
            except CorruptCheckpointError as error:
                logger.warning("%s", error)


def read_checkpoint(folder: Path, fingerprint: Mapping[str, Any]) -> Checkpoint:
    """Load and verify one checkpoint folder.

    Raises:
        CorruptCheckpointError: If a file is missing, truncated or altered.
        CheckpointMismatchError: If it is of another run; says what differs.
    """
    content = _read_state(folder)
    _require_same_run(content["fingerprint"], fingerprint, str(folder))
    try:
        if hash_file(folder / TENSORS) != content["tensors_hash"]:
            raise _corrupt(folder, f"{TENSORS} was altered or cut off")
        tensors = load_file(folder / TENSORS)
    except (OSError, SafetensorError) as error:
        raise _corrupt(folder, error) from error
    return Checkpoint(
        content["step"],
        content["best_step"],
        content["fingerprint"],
        tensors,
        content["values"],
    )


def steps_to_keep(best: Mapping[int, int | None]) -> set[int]:
    """Choose the last two checkpoints and the best one that each refers to.

    Args:
        best: Of each checkpoint's step, the best step it knew.
    """
    last = sorted(best)[-NUM_KEPT:]
    return {*last, *(best[step] for step in last)} & best.keys()


def differences(
    found: Mapping[str, Any], needed: Mapping[str, Any], path: str = ""
) -> list[str]:
    """Name every leaf in which two nested mappings differ."""
    result: list[str] = []
    for key in sorted({*found, *needed}):
        name, left, right = f"{path}{key}", found.get(key), needed.get(key)
        if isinstance(left, Mapping) and isinstance(right, Mapping):
            result += differences(left, right, f"{name}.")
        elif left != right:
            result.append(f"{name} was {left!r:.60} and is now {right!r:.60}")
    return result


def _require_same_run(
    found: Mapping[str, Any], needed: Mapping[str, Any], place: str
) -> None:
    # In memory a tuple is a tuple; on disk it has become a list.
    before, now = (json.loads(json.dumps(dict(run))) for run in (found, needed))
    if before != now:
        listed = differences(before, now)
        message = (
            f"checkpoint {place} is of another run: {'; '.join(listed[:5])}"
            f"{f' and {len(listed) - 5} more' if len(listed) > 5 else ''}; restore "
            "these settings to continue it, or delete it to start anew"
        )
        raise CheckpointMismatchError(message)


def _read_state(folder: Path) -> dict[str, Any]:
    try:
        sealed: Any = json.loads((folder / STATE).read_text(encoding="utf-8"))
        content: dict[str, Any] = sealed["content"]
        sound = sealed["hash"] == fingerprint_of(content)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _corrupt(folder, error) from error
    if not sound:
        raise _corrupt(folder, f"{STATE} was altered")
    if content["format"] != FORMAT:
        raise _corrupt(folder, f"format {content['format']} is not {FORMAT}")
    return content


def _corrupt(folder: Path, problem: object) -> CorruptCheckpointError:
    return CorruptCheckpointError(
        f"checkpoint {folder} is damaged: {str(problem)[:200]}"
    )


def _folder_name(step: int) -> str:
    return f"step-{step:09d}"


def _step_folders(run: Path) -> dict[int, Path]:
    return {int(path.name[5:]): path for path in sorted(run.glob("step-*"))}
