import subprocess

import pytest

from taojin.core.provenance import git_state, package_versions


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    subprocess.run(command, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path):
    git(tmp_path, "init")
    (tmp_path / "file").write_text("one", encoding="utf-8")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-m", "first")
    return tmp_path


def test_a_clean_repository_has_a_commit_and_is_not_dirty(repository):
    state = git_state(repository)
    assert len(state["git_commit"]) == 40
    assert state["git_dirty"] == "false"


def test_a_changed_file_and_a_new_file_make_it_dirty(repository):
    (repository / "new").touch()
    assert git_state(repository)["git_dirty"] == "true"
    (repository / "new").unlink()
    (repository / "file").write_text("two", encoding="utf-8")
    assert git_state(repository)["git_dirty"] == "true"


def test_no_repository_no_commit_and_no_folder_are_no_state(tmp_path):
    assert git_state(tmp_path) == {}
    assert git_state(tmp_path / "nowhere") == {}
    git(tmp_path, "init")
    assert git_state(tmp_path) == {}


def test_without_git_there_is_no_state(repository, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert git_state(repository) == {}


def test_versions_name_what_results_depend_on():
    versions = package_versions()
    assert versions["python"].startswith("3.")
    assert {"taojin", "torch", "kedro", "mlflow"} <= versions.keys()
