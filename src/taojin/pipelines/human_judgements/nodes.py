"""Adapters from catalogue names to the import of judgements."""

from pathlib import Path
from typing import Any

from taojin.core.errors import SourceReadError
from taojin.core.fingerprints import hash_file
from taojin.evaluation.config import EvaluationConfig
from taojin.evaluation.human import StudyKey, read_judgements, study_findings
from taojin.evaluation.judging.studies import HumanConfig
from taojin.reporting.human_page import render_human

Json = dict[str, Any]


def take_judgement_inventory(config: Any) -> Json:
    """Identify the filled-in tables, so that changes of them are seen.

    Args:
        config: A :class:`~taojin.evaluation.judging.studies.HumanConfig`. Kedro cannot
            make one if it has made one of the whole stage's before, so the type is not
            told.

    Raises:
        SourceReadError: If there are none.
    """
    return {
        path.name: hash_file(path)
        for path in _tables(HumanConfig.model_validate(config))
    }


def import_judgements(
    key: Json,
    inventory: Json,  # noqa: ARG001 - a changed table is read anew
    config: EvaluationConfig,
) -> Json:
    """Read what people answered; see :func:`taojin.evaluation.human.study_findings`.

    Raises:
        SourceReadError: If a table cannot be read, or there are none.
        DataError: If lines cannot be used; the message names files and lines.
    """
    judgements = read_judgements(_tables(config.human), StudyKey.model_validate(key))
    findings = config.human.findings
    preferences = findings.preferences.model_copy(
        update={"intervals": config.intervals}
    )
    return study_findings(
        judgements, findings.model_copy(update={"preferences": preferences})
    )


def render_human_page(findings: Json) -> str:
    """Draw the page; see :func:`taojin.reporting.human_page.render_human`."""
    return render_human(findings)


def _tables(config: HumanConfig) -> list[Path]:
    folder = Path(config.judgements)
    found = sorted(folder.glob("*.csv"))
    if not found:
        message = (
            f"{folder} (evaluation.human.judgements) holds no *.csv; put the tables "
            "there that judges filled in, or set another folder"
        )
        raise SourceReadError(message)
    return found
