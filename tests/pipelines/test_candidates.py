"""Sets of generated texts through the nodes of the evaluation stage."""

import csv
import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import torch
from kedro.io import DataCatalog, MemoryDataset
from kedro.runner import SequentialRunner

from taojin.core.errors import ConfigurationError, DataError, SourceReadError
from taojin.core.shards import write_shards
from taojin.curation.personal_data import find
from taojin.evaluation.audits.canary_texts import Canary, save_canaries
from taojin.evaluation.audits.corpora import training_corpus, training_texts
from taojin.evaluation.comparison.tables import ComparisonConfig, Measured
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.items.read import read_items
from taojin.evaluation.judging.legality import TrainingText, audit_texts
from taojin.evaluation.judging.report import report_candidates
from taojin.evaluation.judging.texts import judge_texts, real_texts
from taojin.features.splits import texts_of_split
from taojin.features.tokenisation import tokenise_documents
from taojin.generation.config import GenerationConfig
from taojin.models.classifier import SequenceClassifier
from taojin.models.config import LanguageModelConfig
from taojin.models.encoding import encode
from taojin.models.language_model import LanguageModel
from taojin.models.storage import load_tokenizer, save_model
from taojin.models.threads import thread_limit
from taojin.pipelines.evaluation import create_pipeline
from taojin.pipelines.evaluation.behaviour import (
    explain_models,
    measure_robustness,
    measure_usability,
)
from taojin.pipelines.evaluation.candidates import (
    audit_memory,
    render_axes_page,
    take_candidate_inventory,
    write_candidates,
)
from taojin.pipelines.human_judgements.nodes import (
    import_judgements,
    take_judgement_inventory,
)
from taojin.pipelines.human_study.nodes import export_study
from taojin.reporting.axes_page import AxesInputs, render_axes

SPLITS = {"train": 120, "validation": 40, "test": 40}
TOPICS = {
    "river": ["otter", "water", "bank", "reed", "heron", "鱼", "boat", "mud"],
    "market": ["bond", "broker", "price", "share", "profit", "股", "loss", "cash"],
}
GENERATION = GenerationConfig.model_validate(
    {"sampling": {"max_new_tokens": 24, "num_threads": 1}}
)


def write_texts(number, seed):
    draw = np.random.default_rng(seed)
    words = [TOPICS["river"], TOPICS["market"]]
    return [" ".join(draw.choice(words[n % 2], 14)) for n in range(number)]


def configured(candidates, **changes):
    return EvaluationConfig.model_validate(
        {
            "intervals": {"num_resamples": 100},
            "diversity": {"words_per_text": 8, "min_texts": 4, "texts_per_window": 2},
            "baselines": {"max_features": 200},
            "judging": {
                "candidates": candidates,
                "num_texts": 16,
                "ngrams": {"num_dims": 4},
                "distances": {"distances": ["kernel_distance", "neighbourhoods"]},
            },
            "shifts": {"shifts": ["typos"], "strengths": [1.0], "max_documents": 8},
            "uses": {"num_timed_texts": 2, "transfer": {"num_seeds": 2}},
            "reasons": {"num_generations": 1, "num_decisions": 1, "num_likely": 4},
            "human": {"study": {"pairs_a_comparison": 4, "num_repeats": 1, "num_checks": 2}},
            **changes,
        }
    )  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread():
    with thread_limit(1):
        yield


def randomised(model):
    torch.manual_seed(0)
    for weight in model.parameters():
        if weight.ndim > 1:
            torch.nn.init.normal_(weight, std=0.2)
    return model.eval()


@pytest.fixture(scope="module")
def run(tmp_path_factory, byte_tokenizer):
    """What a run has made before its evaluation."""
    folder = tmp_path_factory.mktemp("run")
    texts = write_texts(sum(SPLITS.values()), 1)
    ids = [f"d{number}" for number in range(len(texts))]
    table = pa.table(
        {
            "document_id": ids,
            "text": pa.array(texts, pa.large_string()),
            "title": pa.array(ids),
            "source": ["wiki"] * len(ids),
            "licence": ["MIT"] * len(ids),
            "language": ["en"] * len(ids),
            "metadata": ['{"distribution": "a"}', '{"distribution": "b"}'] * 100,
        }
    )
    documents = write_shards([table], folder / "documents")
    names = [name for name, number in SPLITS.items() for _ in range(number)]
    splits = pd.DataFrame({"document_id": ids, "split": names})
    tokenizer = byte_tokenizer.to_str()
    shape = LanguageModelConfig(depth=1, width=32, context_length=64).shape(257)
    save_model(randomised(LanguageModel(shape)), folder / "model", tokenizer)
    classifier = randomised(SequenceClassifier(shape, tuple(TOPICS), "mean"))
    save_model(classifier, folder / "topics", tokenizer)
    labels = [list(TOPICS)[number % 2] for number in range(len(texts))]
    examples = pd.DataFrame({"document_id": ids, "text": texts, "label": labels})
    return SimpleNamespace(
        documents=documents,
        splits=splits,
        tokens=tokenise_documents(documents, splits, tokenizer, folder / "tokens"),
        model=folder / "model",
        topics=folder / "topics",
        examples=examples.assign(split=names),
        folder=folder,
    )


@pytest.fixture
def written(tmp_path):
    """A file that others wrote, with two empty texts."""
    rows = [
        {"text": text, "topic": list(TOPICS)[n % 2]}
        for n, text in enumerate(write_texts(40, 2))
    ]
    rows += [{"text": " ", "topic": "river"}] * 2
    path = tmp_path / "written.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    return {"kind": "file", "location": str(path)}


def written_by(run, config):
    inventory = take_candidate_inventory(config.judging)
    return write_candidates(run.model, inventory, config.judging, GENERATION)


def evaluated(run, config):
    """The nodes as Kedro runs them."""
    entries = {
        "pretrained_model": run.model,
        "token_shards": run.tokens,
        "curated_documents": run.documents,
        "document_splits": run.splits,
        "params:evaluation": config,
        "params:evaluation.judging": config.judging,
        "params:generation.samples": GENERATION,
    }
    catalog = DataCatalog(
        {
            name: MemoryDataset(value, copy_mode="assign")
            for name, value in entries.items()
        }
    )
    names = ("take_candidate_inventory", "write_candidates", "judge_candidates")
    stage = create_pipeline().filter(
        node_names=[f"text.evaluation.{one}" for one in names]
    )
    return SequentialRunner().run(stage, catalog)["axes_report"].load()


def test_the_stage_and_a_library_call_give_the_same_scores(run, written):
    config = configured({"written": written, "again": written})

    by_stage = evaluated(run, config)

    held_out, others, training = (
        texts_of_split(run.documents, run.splits, split)
        for split in ("test", "validation", "train")
    )
    settings, intervals = config.judging, config.intervals
    real = real_texts(held_out, others, training, settings)
    corpus = training_corpus(run.tokens, run.documents)
    known = TrainingText(
        corpus,
        lambda: training_texts(run.documents, set(corpus.documents["document_id"])),
        lambda text: encode(load_tokenizer(run.model), text),
        find,
    )
    items = read_items(written["location"])
    audits = audit_texts(list(items.items), held_out, known, config.legality)
    judged = [
        *judge_texts(items, real, settings, config.diversity, intervals),
        *(Measured(score) for one in audits for score in one.scores),
    ]
    comparison = ComparisonConfig(
        intervals=intervals, correction=settings.correction, baseline=settings.baseline
    )
    by_call = report_candidates({"written": judged, "again": judged}, {}, comparison)
    for name, part in by_call["candidates"].items():
        assert by_stage["candidates"][name]["scores"] == part["scores"]
    assert by_stage["comparison"] == by_call["comparison"]
    assert json.loads(json.dumps(by_stage)) == by_stage


def test_a_model_writes_a_set_for_each_temperature(run):
    model = {"kind": "model", "temperatures": [0.5, 1.0]}

    found = written_by(run, configured({"own": model}))

    assert found.groupby("candidate").size().to_dict() == {
        "own at 0.5": 16,
        "own at 1": 16,
    }
    assert set(found["family"]) == {"own"}
    assert list(found["label"].dropna()) == []


def test_an_empty_generation_is_counted_and_not_judged(run, written):
    config = configured({"written": written})

    found = written_by(run, config)
    report = evaluated(run, config)

    assert found["rejected"].value_counts().to_dict() == {"empty": 2}
    scores = report["candidates"]["written"]["scores"]
    assert scores["empty_share"]["estimate"]["value"] == pytest.approx(2 / 42)
    assert scores["kernel_distance"]["num_generated"] == 40


def test_facts_of_several_audits_stand_apart(run, written):
    facts = evaluated(run, configured({"a": written}))["candidates"]["a"]["facts"]

    assert {"near_copies", "toxicity", "verbatim_copies"} >= set(facts) != set()


@pytest.mark.parametrize("kind", ["file", "model"])
def test_a_location_where_nothing_is_is_refused_before_anything_is_sampled(kind):
    config = configured(
        {"own": {"kind": "model"}, "gone": {"kind": kind, "location": "no/such/place"}}
    )

    with pytest.raises(ConfigurationError, match=r"gone\.location: no/such/place"):
        take_candidate_inventory(config.judging)


def test_a_file_of_nothing_is_refused_before_anything_is_sampled(run, tmp_path):
    empty = tmp_path / "empty.txt"
    empty.write_text("\n\n", encoding="utf-8")
    config = configured(
        {"own": {"kind": "model"}, "none": {"kind": "file", "location": str(empty)}}
    )
    gone = run.folder / "not a model"  # loading it would be another error

    with pytest.raises(DataError, match=r"empty\.txt"):
        write_candidates(gone, {}, config.judging, GENERATION)


def test_what_lies_outside_is_identified_by_its_content(written):
    config = configured({"written": written}).judging
    before = take_candidate_inventory(config)

    with Path(written["location"]).open("a", encoding="utf-8") as file:
        file.write('\n{"text": "one more"}')

    assert list(before) == [written["location"]]
    assert take_candidate_inventory(config) != before


def test_labelled_files_show_what_they_teach(run, written):
    config = configured({"written": {**written, "label_field": "topic"}})
    found = written_by(run, config)

    report = measure_usability(
        found, run.model, run.topics, run.examples, config, GENERATION
    )

    scores = report["candidates"]["written"]["scores"]
    assert scores["train_generated_ratio"]["estimate"]["value"] == pytest.approx(1.0)
    assert report["cost"]["seconds_per_item_median"]["estimate"]["value"] > 0.0
    assert found.loc[found["rejected"].isna(), "label"].tolist()[:2] == list(TOPICS)


def test_files_without_labels_teach_nothing(run, written):
    config = configured({"written": written})

    report = measure_usability(
        written_by(run, config), run.model, run.topics, run.examples, config, GENERATION
    )

    assert report["candidates"] == {}


def test_both_models_are_measured_under_shifts_and_by_domain(run):
    report = measure_robustness(
        run.model, run.topics, run.examples, run.documents, run.splits, configured({"o": {"kind": "model"}})
    )  # fmt: skip

    assert set(report) == {"likelihood", "topic"}
    assert set(report["likelihood"]["groups"]) == {"a", "b"}
    assert list(report["topic"]["shifts"]) == ["typos at 1"]


def test_without_topics_only_the_language_model_is_measured_and_explained(run):
    config = configured({"o": {"kind": "model"}})
    none = run.examples.iloc[:0]
    samples = [{"prompt": "", "text": write_texts(1, 5)[0]}, {"prompt": "", "text": ""}]

    report = measure_robustness(
        run.model, run.topics, none, run.documents, run.splits, config
    )
    reasons = explain_models(
        samples, run.model, run.topics, none, run.documents, run.splits, config
    )

    assert set(report) == {"likelihood"}
    assert len(reasons["generations"]) == 1
    assert reasons["decisions"] == []


REMEMBERED = {
    "membership": {
        "max_documents": 20, "min_tokens": 4, "max_tokens": 32,
        "false_positive_rate": 0.1, "num_folds": 2,
    },
    "extraction": {"prefix_tokens": 4, "suffix_tokens": 2, "max_documents": 4},
}  # fmt: skip


def planted_in(texts):
    """Canaries that stand in some texts: their words, of which one is the secret."""
    return [
        Canary(
            canary_id=f"c{number}",
            template=text.replace("otter", "{secret}", 1),
            pattern="?????",
            secret="otter",  # noqa: S106 - an animal
        )
        for number, text in enumerate(texts)
        if "otter" in text
    ]


def memory_of(run, canaries):
    config = configured({"own": {"kind": "model"}}, legality=REMEMBERED)
    judging = config.judging.model_dump() | {"canaries": canaries}
    config = EvaluationConfig.model_validate(config.model_dump() | {"judging": judging})
    inventory = take_candidate_inventory(config.judging)
    corpus = (run.tokens, run.documents, run.splits, config)
    return inventory, audit_memory(run.model, inventory, *corpus)


def test_canaries_of_a_file_are_among_the_audits_of_memory(run, tmp_path):
    training = texts_of_split(run.documents, run.splits, "train")
    made, path = planted_in(training)[:6], tmp_path / "canaries.jsonl"
    save_canaries(made, path)
    exposure = {"num_candidates": 30}

    without = memory_of(run, None)[1]
    inventory, report = memory_of(run, {"location": str(path), "exposure": exposure})
    listed = memory_of(
        run,
        {"canaries": [one.model_dump() for one in made], "exposure": exposure},
    )[1]

    assert str(path) in inventory
    score = report["scores"]["canary_exposure"]
    assert score["num_generated"] == 6
    assert report["facts"]["canaries"]["num_canaries"] == 6
    assert listed == report
    assert "canary_exposure" not in without["scores"]
    for name, same in without["scores"].items():
        assert report["scores"][name] == same
    assert json.loads(json.dumps(report)) == report


def test_canaries_that_stand_nowhere_are_a_warning(run):
    strange = [
        one.model_copy(update={"template": "nowhere {secret}"}).model_dump()
        for one in planted_in(texts_of_split(run.documents, run.splits, "train"))[:2]
    ]

    report = memory_of(run, {"canaries": strange})[1]

    assert any("canary_exposure" in warning for warning in report["warnings"])


@pytest.mark.parametrize("start", ["model", "scratch"])
def test_names_of_documents_are_checked_by_training_without_them(run, start):
    removal = {
        "num_generations": 3, "num_removed": 1, "num_repeats": 2, "num_documents": 20,
        "proxy": {
            "start": start,
            "model": {"depth": 1, "width": 32, "context_length": 32},
            "num_threads": 1,
        },
    }  # fmt: skip
    reasons = {"num_generations": 0, "num_decisions": 0, "removal": removal}
    config = configured({"own": {"kind": "model"}}, reasons=reasons)
    before = (run.model / "model.safetensors").read_bytes()
    samples = [{"prompt": "", "text": text} for text in write_texts(5, 3)]
    corpus = (run.examples, run.documents, run.splits, config)

    first, again = (
        explain_models(samples, run.model, run.topics, *corpus) for _ in range(2)
    )

    found = first["removal"]
    assert first == again
    assert (found["num_documents"], found["num_trainings"]) == (20, 4)
    assert found["num_generations"] == 3
    assert found["difference"]["low"] < found["difference"]["high"]
    assert (run.model / "model.safetensors").read_bytes() == before
    assert json.loads(json.dumps(first)) == first


def test_the_page_of_a_run_shows_all_of_it(run, written):
    config = configured({"written": {**written, "label_field": "topic"}})
    models = (run.model, run.topics)
    corpus = (run.examples, run.documents, run.splits, config)
    samples = [{"prompt": "", "text": "otter water <b>"}]

    page = render_axes_page(
        evaluated(run, config),
        {},
        measure_robustness(*models, *corpus),
        measure_usability(
            written_by(run, config), *models, run.examples, config, GENERATION
        ),
        explain_models(samples, *models, *corpus),
    )

    for part in ("axes", "robustness", "uses", "reasons", "examples"):
        assert f'<section id="{part}">' in page
    assert "<b>" not in page.split('id="reasons"')[1].split('id="examples"')[0]
    assert render_axes(AxesInputs(evaluated(run, config))) != page


@pytest.fixture
def study(run, written, tmp_path):
    config = configured({"written": written})
    found = written_by(run, config)
    return export_study(found, run.documents, run.splits, tmp_path / "work", config)


def answered(study, folder, judge):
    folder.mkdir(exist_ok=True)
    with (study["study"] / "pairs.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    sides = {pair["pair_id"]: pair for pair in study["key"]["pairs"]}
    with (folder / f"{judge}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["judge", "pair_id", "answer"])
        for row in rows:
            wanted = {"good", "real"}
            answer = "a" if sides[row["pair_id"]]["a"] in wanted else "b"
            writer.writerow([judge, row["pair_id"], answer])


def test_a_study_goes_out_blinded_and_comes_back_as_win_rates(study, tmp_path):
    folder = tmp_path / "judgements"
    answered(study, folder, "ann")
    answered(study, folder, "bo")
    config = configured({"o": {"kind": "model"}}, human={"judgements": str(folder)})

    inventory = take_judgement_inventory(config.human)
    found = import_judgements(study["key"], inventory, config)

    assert {path.name for path in study["study"].iterdir()} == {
        "pairs.csv",
        "pairs.html",
    }
    assert "real" not in (study["study"] / "pairs.csv").read_text(encoding="utf-8")
    assert list(inventory) == ["ann.csv", "bo.csv"]
    assert found["num_judges"] == 2
    assert next(iter(found["strengths"])) == "real"
    assert json.loads(json.dumps(found)) == found


def test_no_judgements_are_an_error_that_names_the_folder(tmp_path):
    config = configured(
        {"o": {"kind": "model"}}, human={"judgements": str(tmp_path / "nothing")}
    )

    with pytest.raises(SourceReadError, match=r"evaluation\.human\.judgements"):
        take_judgement_inventory(config.human)
