"""Learning from few labels, as the finetuning stage wires it."""

import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pytest
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner
from tokenizers import Tokenizer, models, pre_tokenizers

from taojin.core.records import DOCUMENT_SCHEMA
from taojin.core.shards import write_shards
from taojin.evaluation.config import EvaluationConfig
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import END_OF_DOCUMENT
from taojin.models.storage import save_model
from taojin.pipelines.finetuning.labels import measure_labels
from taojin.pipelines.finetuning.pipeline import create_text_pipeline
from taojin.training.config import TrainingConfig
from taojin.training.finetuning import finetune_classifier
from taojin.training.finetuning_config import ClassifierFinetuningConfig
from taojin.training.pretraining import new_language_model
from taojin.training.semi_supervised.config import SemiSupervisedConfig

WORDS = {"fruit": ["apple", "pear", "plum"], "metal": ["iron", "gold", "zinc"]}
TASK = ClassifierFinetuningConfig(
    max_tokens=16,
    training=TrainingConfig(
        num_steps=4, batch_size=4, validate_every=4, validation_batches=1, num_threads=1
    ),
)
NODES = [f"text.finetuning.{name}" for name in (
    "answer_unlabelled_documents", "add_pseudo_labels", "measure_labels",
)]  # fmt: skip


def config(*, use_pseudo_labels: bool) -> SemiSupervisedConfig:
    return SemiSupervisedConfig.model_validate(
        {
            "representation": {"num_dimensions": 4},
            "self_training": {"num_rounds": 2},
            "active_learning": {"num_suggestions": 3},
            "use_pseudo_labels": use_pseudo_labels,
            "label_efficiency": {
                "budgets_per_class": [2, 4],
                "num_draws": 2,
                "strategies": ["margin"],
                "finetuned": {"budgets_per_class": [2], "num_steps": 2},
            },
        }
    )


def examples() -> pd.DataFrame:
    counts = {"train": 12, "validation": 6, "test": 6}
    rows = [
        (f"{label}{split}{n}", f"{WORDS[label][n % 3]} number {n}", label, split)
        for label in WORDS
        for split, count in counts.items()
        for n in range(count)
    ]
    return pd.DataFrame(rows, columns=["document_id", "text", "label", "split"])


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    words = [END_OF_DOCUMENT, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    tokenizer = Tokenizer(models.BPE({word: i for i, word in enumerate(words)}, []))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    shape = LanguageModelConfig(depth=1, width=32, context_length=32).shape(257)
    folder = tmp_path_factory.mktemp("base") / "model"
    save_model(new_language_model(shape, seed=9), folder, tokenizer.to_str())
    return folder


@pytest.fixture(scope="module")
def topic_model(base) -> Path:
    folder = base.parent / "topic_model"
    tokenizer_json = (base / "tokenizer.json").read_text(encoding="utf-8")
    model = finetune_classifier(examples(), base, TASK).model
    save_model(model, folder, tokenizer_json)
    return folder


def catalog(root, base, topic_model, settings: SemiSupervisedConfig) -> DataCatalog:
    labelled = examples()
    unlabelled = [f"{WORDS['fruit'][n % 3]} again {n}" for n in range(8)]
    texts = dict(zip(labelled["document_id"], labelled["text"], strict=True))
    texts |= {f"pool{n}": text for n, text in enumerate(unlabelled)}
    rows = [
        {
            "document_id": name, "text": text, "source": "news", "uri": name,
            "title": name, "licence_declared": None, "licence": None,
            "metadata": json.dumps({}),
        }
        for name, text in texts.items()
    ]  # fmt: skip
    table = pa.Table.from_pylist(rows, schema=DOCUMENT_SCHEMA)
    splits = {**dict(zip(labelled["document_id"], labelled["split"], strict=True))}
    splits |= {name: "train" for name in texts if name.startswith("pool")}
    splits["pool7"] = "test"
    assignment = pd.DataFrame(
        {"document_id": list(texts), "split": [splits[name] for name in texts]}
    )
    entries = {
        "labelled_topics": labelled,
        "curated_documents": write_shards([table], root / "documents"),
        "document_splits": assignment,
        "pretrained_model": base,
        "topic_model": topic_model,
        "topic_from_scratch_model": topic_model,
        "params:finetuning.semi_supervised": settings,
        "params:finetuning.topic": TASK,
        "params:evaluation": EvaluationConfig.model_validate({}),
    }
    made = [
        "topic_pseudo_labels", "topic_label_suggestions", "training_topics",
        "label_efficiency_report", "label_efficiency_figure",
    ]  # fmt: skip
    datasets = {
        name: MemoryDataset(value, copy_mode="assign")
        for name, value in entries.items()
    }
    empty = {name: MemoryDataset(copy_mode="assign") for name in made}
    return DataCatalog({**datasets, **empty})


@pytest.mark.parametrize("use_pseudo_labels", [False, True])
def test_the_stage_suggests_labels_and_measures_them(
    tmp_path, base, topic_model, use_pseudo_labels
):
    settings = config(use_pseudo_labels=use_pseudo_labels)
    filled = catalog(tmp_path, base, topic_model, settings)
    pipeline = create_text_pipeline().filter(node_names=NODES)

    SequentialRunner().run(pipeline, filled)

    suggestions = filled.load("topic_label_suggestions").splitlines()
    assert len(suggestions) == 4
    training = filled.load("training_topics")
    pseudo = training.loc[training["provenance"] == "self_training", "document_id"]
    assert len(training) == len(examples()) + len(pseudo)
    assert bool(len(pseudo)) == use_pseudo_labels
    assert set(pseudo) <= {f"pool{number}" for number in range(7)}
    systems = filled.load("label_efficiency_report")["systems"]
    assert {
        "supervised", "self_trained", "margin", "majority",
        "tfidf_logistic_regression", "finetuned", "from_scratch",
        "finetuned_self_trained",
    } == set(systems)  # fmt: skip
    # With pseudo-labels the models elsewhere saw more than all labels.
    with_all = [row["num_labels"] for row in systems["finetuned"]]
    assert with_all == ([4] if use_pseudo_labels else [4, 24])


def test_the_models_learn_from_what_says_where_its_labels_are_from():
    nodes = {node.func.__name__: node for node in create_text_pipeline().nodes}

    for name in ("finetune_topics", "train_topics_from_scratch"):
        assert "training_topics" in nodes[name].inputs


def test_a_corpus_without_labels_has_an_empty_curve(tmp_path):
    report = measure_labels(
        examples().iloc[:0], tmp_path, tmp_path, tmp_path,
        config(use_pseudo_labels=False), TASK, EvaluationConfig.model_validate({}),
    )  # fmt: skip

    assert report["report"] == {}
