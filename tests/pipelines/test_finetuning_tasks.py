"""Finetuning on a user's own examples, as the stage wires it."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
import torch
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from tokenizers import Tokenizer

from taojin.core.errors import ConfigurationError, DataError
from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import write_shards
from taojin.datasets.examples import ExampleFileDataset
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.harm import HarmConfig
from taojin.generation.config import GenerationConfig
from taojin.models.bases import load_base, save_language_model
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.storage import save_model
from taojin.pipelines.finetuning.pipeline import create_text_pipeline
from taojin.training.checkpoints import DirectoryCheckpointStore
from taojin.training.finetuning_tasks import (
    HeadTaskConfig,
    InstructionTaskConfig,
    PreferenceTaskConfig,
    UnlikelihoodTaskConfig,
)
from taojin.training.metrics import ListSink
from taojin.training.pretraining import new_language_model

TASKS = {
    "head": HeadTaskConfig,
    "instruction": InstructionTaskConfig,
    "preference": PreferenceTaskConfig,
    "unlikelihood": UnlikelihoodTaskConfig,
}
NODES = [f"text.finetuning.{name}" for name in (
    "finetune_head", "measure_head", "finetune_instructions", "tune_on_preferences",
    "gather_flagged_examples", "train_against_flagged", "measure_penalty",
)]  # fmt: skip
MADE = [
    *(f"{task}_{what}" for task in TASKS for what in ("model", "history")),
    "head_report", "unlikelihood_report", "flagged_texts",
]  # fmt: skip
INSULT = (  # long enough to be a passage of its own
    "You are a stupid idiot, a filthy disgusting piece of trash, and I hate you and "
    "all the other morons like you."
)
OTHER_INSULT = (
    "Shut up, you worthless ugly loser, your stupid face makes everyone here sick and "
    "nobody likes an idiot like you."
)
ROWS = {
    "head": [
        {"text": f"an apple {n}", "labels": ["fruit"] if n % 2 else []}
        for n in range(30)
    ],
    "instruction": [
        {"prompt": f"say {n}:", "target": f"{n}!"} for n in range(30)
    ],
    "preference": [
        {"prompt": f"say {n}:", "chosen": f"{n}!", "rejected": "no"} for n in range(20)
    ],
    "unlikelihood": [
        {"target": INSULT if n % 2 else f"good day {n}", "flagged": n % 2 == 1}
        for n in range(30)
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory, byte_tokenizer) -> Path:
    shape = LanguageModelConfig(depth=1, width=32, context_length=64).shape(257)
    model = new_language_model(shape, seed=9)
    torch.manual_seed(0)
    for weight in model.parameters():  # adapters cannot change what is multiplied by 0
        torch.nn.init.normal_(weight, std=0.2)
    folder = tmp_path_factory.mktemp("base") / "model"
    save_model(model, folder, byte_tokenizer.to_str())
    return folder


class Kept(MemoryDataset):
    def _release(self) -> None:
        """Stay when the run is over."""


class Stage:
    """The nodes of own examples over a catalogue in memory."""

    def __init__(self, root: Path, base: Path) -> None:
        self.root = root
        self.settings = {task: {"enabled": False} for task in TASKS}
        self.fixed = {
            "pretrained_model": base,
            "params:evaluation": EvaluationConfig(),
            "params:finetuning.harm": HarmConfig(),
            "params:finetuning.harm_samples": GenerationConfig.model_validate(
                {"num_unprompted": 4, "sampling": {"max_new_tokens": 8}}
            ),
            "workspace": root / "work",
            **_documents(root),
        }
        (root / "work").mkdir()

    def enable(self, task: str, rows: list[dict] | None = None, **settings) -> None:
        self.settings[task] = {"enabled": True, **settings}
        lines = [json.dumps(row) for row in rows or ROWS[task]]
        (self.root / f"{task}.jsonl").write_text("\n".join(lines), encoding="utf-8")

    def run(self) -> DataCatalog:
        entries = dict(self.fixed)
        for task, kind in TASKS.items():
            entries[f"params:finetuning.{task}"] = kind.model_validate(
                {
                    **({"task": "multi_label"} if task == "head" else {}),
                    "max_tokens": 48,
                    "examples": {"validation": 0.2, "test": 0.3},
                    "training": {
                        "num_steps": 3, "batch_size": 4, "num_threads": 1,
                        "validate_every": 3, "validation_batches": 1,
                    },
                    **self.settings[task],
                }
            )  # fmt: skip
            store = DirectoryCheckpointStore(self.root / "checkpoints" / task)
            entries[f"{task}_checkpoints"] = store
            entries[f"{task}_finetuning_metrics"] = ListSink()
        datasets = {
            name: MemoryDataset(value, copy_mode="assign")
            for name, value in entries.items()
        }
        made = {name: Kept(copy_mode="assign") for name in MADE}
        files = {
            f"{task}_examples": ExampleFileDataset(str(self.root / f"{task}.jsonl"))
            for task in TASKS
        }
        catalog = DataCatalog({**datasets, **made, **files})
        pipeline = create_text_pipeline().filter(node_names=NODES)
        SequentialRunner().run(pipeline, catalog)
        return catalog


def _documents(root: Path) -> dict:
    def table(texts, rule=None):
        rows = [
            {
                "document_id": text[:20], "text": text, "source": "s", "uri": text,
                "title": None, "licence_declared": None, "licence": None,
                "metadata": "{}", **({} if rule is None else {"rule": rule}),
            }
            for text in texts
        ]  # fmt: skip
        schema = DOCUMENT_SCHEMA
        if rule is not None:
            schema = schema.append(pa.field("rule", pa.string()))
        return pa.Table.from_pylist(rows, schema=schema)

    kept = [f"{n} kind words of a kept document" for n in range(20)]
    long = "The harbour was quiet, and the boats came home one after another in the evening light of the bay."
    dropped = [
        table([f"{long}\n{INSULT}\n{long}", f"{long} Nothing else."], "harmless"),
        table([OTHER_INSULT], "too_short"),
    ]
    splits = pd.DataFrame({"document_id": [text[:20] for text in kept]})
    return {
        "curated_documents": write_shards([table(kept)], root / "kept"),
        "dropped_documents": write_shards(dropped, root / "dropped"),
        "document_splits": splits.assign(split="train"),
    }


def weights(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


@pytest.fixture
def stage(tmp_path, base) -> Stage:
    return Stage(tmp_path, base)


def test_what_is_not_enabled_is_an_empty_folder_that_says_so(stage):
    catalog = stage.run()

    for task in TASKS:
        folder = catalog.load(f"{task}_model")
        skipped = json.loads((folder / "skipped.json").read_text())
        assert skipped == {"skipped": f"finetuning.{task}.enabled is false"}
        assert catalog.load(f"{task}_history") == []
    assert "skipped" in catalog.load("head_report")
    assert "skipped" in catalog.load("unlikelihood_report")
    assert catalog.load("flagged_texts").empty


def test_all_that_is_enabled_is_trained_and_measured(stage, base):
    for task in TASKS:
        stage.enable(task)

    catalog = stage.run()

    for task in ("instruction", "preference", "unlikelihood"):
        folder = catalog.load(f"{task}_model")
        load_base(folder)
        assert weights(folder) != weights(base)
        assert catalog.load(f"{task}_history")
    assert {"exact", "micro_f1"} < catalog.load("head_report").keys()
    report = catalog.load("unlikelihood_report")
    assert report["flagged_share"]["after"]["num_samples"] == 4
    cost = report["ordinary_nats_per_token"]
    assert cost["change"]["value"] == pytest.approx(
        cost["after"]["value"] - cost["before"]["value"]
    )


@pytest.mark.parametrize(
    ("task", "rows", "scores"),
    [
        (
            "regression",
            [{"text": f"{n}", "value": n / 3} for n in range(40)],
            {"value.rmse", "value.spearman"},
        ),
        (
            "pairwise",
            [{"better": f"good {n}", "other": "bad"} for n in range(40)],
            {"accuracy"},
        ),
    ],
)
def test_every_kind_of_head_is_measured(stage, task, rows, scores):
    stage.enable("head", rows)
    stage.settings["head"]["task"] = task

    report = stage.run().load("head_report")
    assert report["task"] == task
    assert scores < report.keys()


def test_a_base_of_transformers_is_trained_and_asked_between_its_own_edges(
    stage, tmp_path, byte_tokenizer
):
    transformers = pytest.importorskip("transformers")
    config = transformers.LlamaConfig(
        vocab_size=257, hidden_size=16, intermediate_size=16, num_hidden_layers=1,
        num_attention_heads=2, max_position_embeddings=48, bos_token_id=0,
        eos_token_id=0, pad_token_id=0,
    )  # fmt: skip
    other = tmp_path / "llama"
    transformers.LlamaForCausalLM(config).save_pretrained(other)
    end = "<eos>"
    renamed = byte_tokenizer.to_str().replace(END_OF_DOCUMENT, end)
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer.from_str(renamed), eos_token=end
    ).save_pretrained(other)
    stage.enable("head", base=str(other))
    stage.enable("unlikelihood", base=str(other))

    catalog = stage.run()
    assert "exact" in catalog.load("head_report")
    assert "flagged_share" in catalog.load("unlikelihood_report")


def test_preferences_may_start_from_the_instructed_model(stage):
    stage.enable("instruction")
    stage.enable("preference", base="instruction")
    stage.settings["preference"]["training"] = {
        "num_steps": 1, "matrix_learning_rate": 0.0, "embedding_learning_rate": 0.0,
        "head_learning_rate": 0.0, "weight_decay": 0.0, "num_threads": 1,
        "batch_size": 4,
    }  # fmt: skip

    catalog = stage.run()

    instructed, tuned = (
        catalog.load(f"{task}_model") for task in ("instruction", "preference")
    )
    assert weights(tuned) == weights(instructed)


@pytest.mark.parametrize("task", TASKS)
def test_other_examples_are_another_training(stage, task):
    stage.enable(task)
    first = weights(stage.run().load(f"{task}_model"))
    again = weights(stage.run().load(f"{task}_model"))

    stage.enable(task, [{**row, "split": "train"} for row in ROWS[task][:8]])
    other = weights(stage.run().load(f"{task}_model"))

    assert first == again
    assert first != other


def test_another_base_is_another_training(stage, tmp_path, base):
    stage.enable("instruction", base=str(tmp_path / "other"))
    shutil.copytree(base, tmp_path / "other")
    first = weights(stage.run().load("instruction_model"))

    model = load_base(base).model
    torch.nn.init.normal_(next(model.parameters()))
    save_language_model(model, tmp_path / "other", base)

    assert weights(stage.run().load("instruction_model")) != first


def test_a_base_that_was_not_made_is_refused_by_name(stage):
    stage.enable("preference", base="instruction")

    with pytest.raises(ConfigurationError, match=r"preference.base is instruction.*"
                       r"finetuning.instruction made no model"):  # fmt: skip
        stage.run()


def test_a_base_that_is_nowhere_is_refused_by_name(stage):
    stage.enable("head", base="no/such/model")

    with pytest.raises(ConfigurationError, match=r"head.base is no/such/model.*"
                       r"or one of pretrained"):  # fmt: skip
        stage.run()


def test_an_enabled_task_without_a_file_is_an_error_that_names_it(stage):
    stage.enable("instruction")
    (stage.root / "instruction.jsonl").unlink()

    with pytest.raises(DataError, match=r"instruction\.jsonl is no file of examples"):
        stage.run()


def test_conversations_are_read_as_they_are_written(stage):
    turns = [
        {"role": "user", "content": "hm?"},
        {"role": "assistant", "content": "ah 中"},
    ]
    stage.enable("instruction", [{"messages": turns}] * 8, chat={})

    folder = stage.run().load("instruction_model")
    settings = json.loads((folder / "tokenizer_config.json").read_text())
    assert "Question:" in settings["chat_template"]


def test_a_template_names_the_columns(stage):
    rows = [{"word": f"w{n}", "number": n} for n in range(12)]
    template = {"prompt": "{word}:", "target": "{number}"}
    stage.enable("instruction", rows, template=template, packing=True)

    assert weights(stage.run().load("instruction_model"))


def test_adapters_are_kept_beside_the_merged_model_if_wanted(stage, base):
    pytest.importorskip("peft")
    from taojin.models.adapters import load_adapters

    stage.enable("instruction", adapter={"rank": 2}, keep_adapter=True)

    folder = stage.run().load("instruction_model")

    tokens = torch.tensor([[5, 6, 7]])
    merged = load_base(folder).model(tokens)
    model = load_base(base).model
    load_adapters(model, folder / "adapter", base)
    torch.testing.assert_close(model(tokens), merged, atol=1e-5, rtol=1e-5)


class TestDropped:
    def test_the_bad_passages_of_what_chosen_rules_dropped_are_flagged(self, stage):
        stage.enable("unlikelihood", dropped={"rules": ["harmless"]})
        (stage.root / "unlikelihood.jsonl").unlink()

        catalog = stage.run()
        texts = catalog.load("flagged_texts")
        flagged = texts.loc[texts["flagged"], "target"]
        assert list(flagged) == [INSULT]
        assert set(texts["origin"]) == {"dropped", "curated"}
        assert (~texts["flagged"]).sum() == 20
        assert weights(catalog.load("unlikelihood_model"))

    def test_they_come_beside_those_of_the_file(self, stage):
        stage.enable("unlikelihood", dropped={"rules": ["harmless"]})

        origins = set(stage.run().load("flagged_texts")["origin"])
        assert origins == {"file", "dropped", "curated"}

    def test_a_rule_that_dropped_nothing_is_refused_with_those_that_did(self, stage):
        stage.enable("unlikelihood", dropped={"rules": ["harmles"]})

        with pytest.raises(ConfigurationError, match=r"\['harmless', 'too_short'\]"):
            stage.run()

    def test_nothing_flagged_is_an_error(self, stage):
        stage.enable("unlikelihood", [{"target": "a", "flagged": False}] * 3)

        with pytest.raises(DataError, match="none of 3 texts is flagged"):
            stage.run()
