"""Finetuning on a user's own examples, from files and the command line."""

import json

import pytest

pytestmark = pytest.mark.long

ROWS = {
    "head": [{"text": f"item {n}", "labels": ["odd"] * (n % 2)} for n in range(60)],
    "instruction": [{"prompt": f"Say {n}:", "target": f" {n}"} for n in range(40)],
    "preference": [
        {"prompt": f"Say {n}:", "chosen": f" {n}", "rejected": " no"} for n in range(40)
    ],
    "unlikelihood": [
        {"target": f"You fool {n}" if n % 2 else f"Well done {n}", "flagged": n % 2 > 0}
        for n in range(40)
    ],
}
MADE = {
    "finetune_head", "measure_head", "finetune_instructions", "tune_on_preferences",
    "gather_flagged_examples", "train_against_flagged", "measure_penalty",
}  # fmt: skip


def enabled(*tasks: str) -> str:
    settings = [f"finetuning.{task}.enabled=true" for task in tasks]
    return f"--params={','.join([*settings, 'finetuning.preference.base=instruction'])}"


def test_own_examples_are_finetuned_on_from_the_command_line(project):
    folder = project.data / "01_raw/finetuning"
    folder.mkdir(parents=True)
    for task, rows in ROWS.items():
        lines = "\n".join(json.dumps(row) for row in rows)
        (folder / f"{task}.jsonl").write_text(lines)

    output = project.run("--pipelines=finetuning", enabled(*ROWS))

    assert set(project.executed(output)) >= MADE
    for task in ROWS:
        assert (project.data / f"06_models/{task}_model/model.safetensors").exists()
    shares = project.json("08_reporting/unlikelihood_report.json")["flagged_share"]
    assert shares["after"]["num_samples"] == 16
    assert project.json("08_reporting/head_report.json")["task"] == "multi_label"

    # One more example is one more training, and of nothing else.
    with (folder / "instruction.jsonl").open("a") as file:
        file.write('\n{"prompt": "Say it:", "target": "it"}')
    output = project.run("--pipelines=finetuning", enabled(*ROWS))

    made = set(project.executed(output))
    assert {"finetune_instructions", "tune_on_preferences"} <= made
    assert not made & {"finetune_head", "gather_flagged_examples"}


def test_a_bad_line_is_one_clear_error(project):
    folder = project.data / "01_raw/finetuning"
    folder.mkdir(parents=True)
    (folder / "instruction.jsonl").write_text(
        '{"prompt": "p", "target": "t"}\n{"p": 1}'
    )

    done = project.try_run("--pipelines=finetuning", enabled("instruction"))

    assert done.returncode != 0
    message = done.stdout + done.stderr
    assert "instruction.jsonl" in message
    assert "line 2: prompt, target missing" in message
    assert "Traceback" not in message
