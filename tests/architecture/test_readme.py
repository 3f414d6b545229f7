"""What README tells people to type exists."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ("README.md", "README.zh-CN.md")


def commands(readme: str) -> list[str]:
    text = (ROOT / readme).read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:bash|sh)\n(.*?)```", text, flags=re.DOTALL)
    lines = [line.split("  #")[0].strip() for line in "\n".join(blocks).splitlines()]
    return [line for line in lines if line and not line.startswith("#")]


@pytest.mark.parametrize("readme", READMES)
def test_every_make_target_exists(readme):
    targets = set(
        re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    )
    used = {c.split()[1] for c in commands(readme) if c.startswith("make ")}
    assert used
    assert used <= targets


@pytest.mark.parametrize("readme", READMES)
def test_every_kedro_run_names_things_that_exist(readme):
    stages = {path.name for path in (ROOT / "src/taojin/pipelines").iterdir()}
    environments = {path.name for path in (ROOT / "conf").iterdir() if path.is_dir()}
    modalities = {"text", "image", "audio"}
    for command in commands(readme):
        for names in re.findall(r"--pipelines[= ](\S+)", command):
            assert set(names.split(",")) <= stages | modalities, command
        for names in re.findall(r"--namespaces[= ](\S+)", command):
            roots = {name.split(".")[0] for name in names.split(",")}
            assert roots <= modalities | stages, command
        for name in re.findall(r"--env[= ](\S+)", command):
            assert name in environments, command


@pytest.mark.parametrize("readme", READMES)
def test_every_path_named_exists(readme):
    text = (ROOT / readme).read_text(encoding="utf-8")
    links = re.findall(r"\]\(([^)#:]+)\)", text)
    missing = [link for link in links if not (ROOT / link).exists()]
    assert not missing


def test_both_languages_give_the_same_commands():
    assert commands("README.md") == commands("README.zh-CN.md")


def test_make_help_lists_the_targets():
    printed = subprocess.run(
        ["make", "help"],  # noqa: S607 - the make on the path is meant
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    for target in ("run", "test", "lint", "viz", "mlflow", "bench", "smoke"):
        assert f"make {target} " in printed
