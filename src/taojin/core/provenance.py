"""Where a run came from: the commit of its code, the versions of its packages."""

import shutil
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

PACKAGES = (
    "taojin",
    "great-expectations",
    "kedro",
    "mlflow",
    "numpy",
    "pandas",
    "pyarrow",
    "scikit-learn",
    "tokenizers",
    "torch",
)
_GIT_SECONDS = 10


def git_state(folder: Path) -> dict[str, str]:
    """Return the commit that a folder stands at and whether files differ from it.

    Returns:
        ``git_commit`` and ``git_dirty`` (``true`` or ``false``); empty if git is not
        installed, the folder is in no repository, or nothing was ever committed.
    """
    commit = _git(folder, "rev-parse", "HEAD")
    if not commit:
        return {}
    changes = _git(folder, "status", "--porcelain")
    dirty = "unknown" if changes is None else str(bool(changes)).lower()
    return {"git_commit": commit, "git_dirty": dirty}


def package_versions() -> dict[str, str]:
    """Return the versions of Python and of the packages that results depend on."""
    versions = {"python": ".".join(map(str, sys.version_info[:3]))}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return versions


def _git(folder: Path, *arguments: str) -> str | None:
    git = shutil.which("git")
    if git is None:
        return None
    try:
        finished = subprocess.run(  # noqa: S603 - the arguments are constants
            [git, "-C", str(folder), *arguments],
            capture_output=True,
            text=True,
            timeout=_GIT_SECONDS,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return finished.stdout.strip()
