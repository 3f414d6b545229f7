"""Adapters from catalogue names to finetuning on a user's own examples."""

from pathlib import Path
from typing import Any

import pandas as pd

from taojin.core.shards import Shards
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.harm import HarmConfig, measure_cost, measure_harm
from taojin.evaluation.heads import (
    label_set_scores,
    pairwise_accuracy,
    regression_scores,
)
from taojin.generation.config import GenerationConfig
from taojin.generation.sampling import sample
from taojin.models.bases import Base, load_base
from taojin.models.heads import load_head
from taojin.models.prediction import predict_labels, predict_values, score_targets
from taojin.pipelines.finetuning.folders import Outputs, with_model, without_model
from taojin.training import finetuning, heads, preference, unlikelihood
from taojin.training.checkpoints import CheckpointStore
from taojin.training.example_files import ExampleFile
from taojin.training.finetuning_config import (
    HeadFinetuningConfig,
    LanguageFinetuningConfig,
    PreferenceConfig,
    UnlikelihoodConfig,
)
from taojin.training.finetuning_tasks import (
    INSTRUCTION,
    PRETRAINED,
    HeadTaskConfig,
    InstructionTaskConfig,
    PreferenceTaskConfig,
    TaskConfig,
    UnlikelihoodTaskConfig,
    choose_base,
    read_head_examples,
    read_instructions,
    read_preferences,
    settings_of,
)
from taojin.training.flagged_text import (
    gather_flagged_examples as gather_flagged,
)
from taojin.training.flagged_text import no_flagged_examples
from taojin.training.metrics import MetricSink

Report = dict[str, Any]

_TEST = "test"
_LIKELY = 0.5
"""Probability from which a label counts as given."""


def finetune_head(
    examples: ExampleFile,
    pretrained: Path,
    config: HeadTaskConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Finetune a head; see :func:`taojin.training.heads.finetune_head`."""
    output = workspace / "head_model"
    if not config.enabled:
        return without_model(output, _reason("head"))
    base = choose_base(config, "head", {PRETRAINED: pretrained})
    rows = read_head_examples(examples, config)
    settings = settings_of(config, HeadFinetuningConfig)
    made = heads.finetune_head(rows, base, settings, store=checkpoints, sink=metrics)
    return with_model(made, output)


def measure_head(
    examples: ExampleFile,
    model: Path,
    config: HeadTaskConfig,
    evaluation: EvaluationConfig,
) -> Report:
    """Score a head on the test split; see :mod:`taojin.evaluation.heads`."""
    if not config.enabled:
        return {"skipped": _reason("head")}
    rows = read_head_examples(examples, config)
    rows = rows.loc[rows["split"] == _TEST]
    report: Report = {"task": config.task, "num_examples": len(rows)}
    if len(rows) < 2:
        return report
    head, tokenizer, edges = load_head(model)
    intervals = evaluation.intervals
    if config.task == "pairwise":
        better, other = (
            predict_values(head, tokenizer, list(rows[side]), edges=edges).iloc[:, 0]
            for side in ("better", "other")
        )
        scores = {"accuracy": pairwise_accuracy(better, other, intervals)}
    elif config.task == "multi_label":
        shares = predict_labels(head, tokenizer, list(rows["text"]), edges=edges)
        given = [
            [name for name in shares if row[name] >= _LIKELY]
            for row in shares.to_dict("records")
        ]
        scores = label_set_scores(list(rows["labels"]), given, intervals)
    else:
        values = predict_values(head, tokenizer, list(rows["text"]), edges=edges)
        scores = {
            f"{name}.{score}": estimate
            for name in config.outputs
            for score, estimate in regression_scores(
                rows[name], values[name], intervals
            ).items()
        }
    return report | {name: estimate.model_dump() for name, estimate in scores.items()}


def finetune_instructions(
    examples: ExampleFile,
    pretrained: Path,
    config: InstructionTaskConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Finetune on instructions.

    See :func:`taojin.training.finetuning.finetune_language_model`.
    """
    output = workspace / "instruction_model"
    if not config.enabled:
        return without_model(output, _reason(INSTRUCTION))
    base = choose_base(config, INSTRUCTION, {PRETRAINED: pretrained})
    made = finetuning.finetune_language_model(
        read_instructions(examples, config),
        base,
        settings_of(config, LanguageFinetuningConfig),
        store=checkpoints,
        sink=metrics,
    )
    return with_model(made, output, keep_adapter=config.keep_adapter)


def tune_on_preferences(
    examples: ExampleFile,
    pretrained: Path,
    instructed: Path,
    config: PreferenceTaskConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Tune on preferences.

    See :func:`taojin.training.preference.tune_on_preferences`.
    """
    output = workspace / "preference_model"
    if not config.enabled:
        return without_model(output, _reason("preference"))
    made = preference.tune_on_preferences(
        read_preferences(examples, config),
        _base(config, "preference", pretrained, instructed),
        settings_of(config, PreferenceConfig),
        store=checkpoints,
        sink=metrics,
    )
    return with_model(made, output, keep_adapter=config.keep_adapter)


def gather_flagged_examples(
    examples: ExampleFile,
    dropped: Shards,
    documents: Shards,
    document_splits: pd.DataFrame,
    config: UnlikelihoodTaskConfig,
    harm: HarmConfig,
) -> pd.DataFrame:
    """Put flagged and ordinary text together.

    See :func:`taojin.training.flagged_text.gather_flagged_examples`.
    """
    if not config.enabled:
        return no_flagged_examples()
    return gather_flagged(
        examples, dropped, documents, document_splits, config, harm.flag
    )


def train_against_flagged(
    examples: pd.DataFrame,
    pretrained: Path,
    instructed: Path,
    config: UnlikelihoodTaskConfig,
    checkpoints: CheckpointStore,
    metrics: MetricSink,
    workspace: Path,
) -> Outputs:
    """Penalise flagged text.

    See :func:`taojin.training.unlikelihood.train_against_flagged`.
    """
    output = workspace / "unlikelihood_model"
    if not config.enabled:
        return without_model(output, _reason("unlikelihood"))
    made = unlikelihood.train_against_flagged(
        examples,
        _base(config, "unlikelihood", pretrained, instructed),
        settings_of(config, UnlikelihoodConfig),
        store=checkpoints,
        sink=metrics,
    )
    return with_model(made, output, keep_adapter=config.keep_adapter)


def measure_penalty(
    examples: pd.DataFrame,
    pretrained: Path,
    instructed: Path,
    penalised: Path,
    config: UnlikelihoodTaskConfig,
    samples: GenerationConfig,
    harm: HarmConfig,
) -> Report:
    """Compare the model before and after the penalty.

    See :mod:`taojin.evaluation.harm`.

    Returns:
        The share of sampled texts that the judge flags, and nats a token of held-out
        ordinary texts, each before and after.
    """
    if not config.enabled:
        return {"skipped": _reason("unlikelihood")}
    before = load_base(_base(config, "unlikelihood", pretrained, instructed))
    after = load_base(penalised)
    held_out = examples.loc[(examples["split"] == _TEST) & ~examples["flagged"]]
    rows = held_out.assign(document_id=[str(row) for row in held_out.index])
    nats_before, nats_after = (
        score_targets(base.model, base.tokenizer, rows, edges=base.edges)
        for base in (before, after)
    )
    return {
        **measure_harm(_written(before, samples), _written(after, samples), harm),
        "ordinary_nats_per_token": measure_cost(
            nats_before, nats_after, harm.intervals
        ),
    }


def _written(base: Base, config: GenerationConfig) -> list[str]:
    generations = sample(
        base.model,
        base.tokenizer,
        config.all_prompts(),
        config.sampling,
        edges=base.edges,
    )
    return [generation.text for generation in generations]


def _base(config: TaskConfig, task: str, pretrained: Path, instructed: Path) -> Path:
    return choose_base(config, task, {PRETRAINED: pretrained, INSTRUCTION: instructed})


def _reason(task: str) -> str:
    return f"finetuning.{task}.enabled is false"
