"""The record of a search: an Optuna study in a journal that a kill cannot spoil."""

import logging
from pathlib import Path

import optuna
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, RandomSampler, TPESampler
from optuna.storages.journal import JournalFileBackend, JournalStorage
from optuna.study import Study
from optuna.trial import FrozenTrial, TrialState

from taojin.core.randomness import derive_seed
from taojin.training.tuning.config import PrunerConfig, SamplerConfig, TuningConfig

JOURNAL = "journal.log"
SLOT = "slot"
"""User attribute: the place of a trial in the order of the search, from 0."""
WHOLE = 100
"""Percent at which a trial is over."""

_NAME = "tuning"
_SEED_RANGE = 1 << 32


def create_study(folder: Path) -> None:
    """Make the journal, or mend one that a dying machine left half written."""
    quieten()
    folder.mkdir(parents=True, exist_ok=True)
    _drop_torn_line(folder / JOURNAL)
    optuna.create_study(
        storage=_storage(folder),
        study_name=_NAME,
        direction="minimize",
        load_if_exists=True,
    )


def open_study(folder: Path, config: TuningConfig, slot: int = 0) -> Study:
    """Open the journal to read, or to run the trial of a slot.

    The sampler is seeded by the slot: what is proposed there depends on the trials
    before it, not on how often the search was interrupted.
    """
    quieten()
    seed = derive_seed(config.seed, "tuning", slot) % _SEED_RANGE
    return optuna.load_study(
        storage=_storage(folder),
        study_name=_NAME,
        sampler=_sampler(config.sampler, seed),
        pruner=_pruner(config.pruner),
    )


def trials_by_slot(study: Study) -> dict[int, FrozenTrial]:
    """The trials that have a slot; the newest of each."""
    trials = study.get_trials(deepcopy=False)
    return {
        trial.user_attrs[SLOT]: trial for trial in trials if SLOT in trial.user_attrs
    }


def end_nameless(study: Study) -> None:
    """Fail the trials that were killed before they had a slot."""
    for trial in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        if SLOT not in trial.user_attrs:
            study.tell(trial.number, state=TrialState.FAIL)


def quieten() -> None:
    """Every trial has a line of ours; Optuna's would stand beside it."""
    logging.getLogger("optuna").setLevel(logging.WARNING)


def _storage(folder: Path) -> JournalStorage:
    return JournalStorage(JournalFileBackend(str(folder / JOURNAL)))


def _sampler(config: SamplerConfig, seed: int) -> BaseSampler:
    if config.name == "random":
        return RandomSampler(seed=seed)
    return TPESampler(seed=seed, n_startup_trials=config.num_startup_trials)


def _pruner(config: PrunerConfig) -> BasePruner:
    match config.name:
        case "median":
            return MedianPruner(
                n_startup_trials=config.num_startup_trials,
                n_warmup_steps=config.min_percent,
            )
        case "hyperband":
            return HyperbandPruner(
                min_resource=config.min_percent,
                max_resource=WHOLE,
                reduction_factor=config.reduction_factor,
            )
        case "none":
            return NopPruner()


def _drop_torn_line(journal: Path) -> None:
    """Cut an unfinished last line: with it, nothing of the journal can be read."""
    if not journal.exists():
        return
    content = journal.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole < len(content):
        with journal.open("r+b") as stream:
            stream.truncate(whole)
