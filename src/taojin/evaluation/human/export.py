"""A study as files: what judges get, and what they do not."""

import csv
import io
from pathlib import Path

from taojin.core.errors import ConfigurationError, CorruptArtifactError, SourceReadError
from taojin.core.files import write_bytes, write_text
from taojin.evaluation.human.page import study_page
from taojin.evaluation.human.pairs import Content, Study, StudyKey, duplicate_ids

TABLE_NAME, PAGE_NAME = "pairs.csv", "pairs.html"
COLUMNS = ("judge", "pair_id", "prompt", "a", "b", "answer")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def write_study(study: Study, folder: str | Path, key_path: str | Path) -> None:
    """Write a study for judges, and its key elsewhere.

    Args:
        study: Pairs and key.
        folder: Gets ``pairs.csv``, to fill in the columns ``judge`` and ``answer``
            (``a``, ``b`` or ``tie``), and ``pairs.html``, which does the same in any
            browser, offline. Give judges either, or both.
        key_path: Gets the key, as JSON.

    Raises:
        ConfigurationError: If the key would lie in the folder that judges get.
        DataError: If the page cannot show an item.
    """
    target, key_file = Path(folder), Path(key_path)
    if target.resolve() in key_file.resolve().parents:
        message = (
            f"human study: the key {key_file} would lie in {target}, which judges get; "
            "keep it elsewhere"
        )
        raise ConfigurationError(message)
    page, table = study_page(study), _table(study)
    write_text(key_file, study.key.model_dump_json(indent=1))
    write_text(target / PAGE_NAME, page)
    # The mark at its start tells spreadsheets that the file is UTF-8.
    write_bytes(target / TABLE_NAME, table.encode("utf-8-sig"))


def read_key(key_path: str | Path) -> StudyKey:
    """Read the key of a study.

    Raises:
        SourceReadError: If the file cannot be read.
        CorruptArtifactError: If it is no key.
    """
    path = Path(key_path)
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        message = f"human study: the key {path} cannot be read: {error}"
        raise SourceReadError(message) from error
    try:
        key = StudyKey.model_validate_json(text)
    except ValueError as error:
        message = f"human study: {path} is no key of a study: {str(error)[:300]}"
        raise CorruptArtifactError(message) from error
    twice = duplicate_ids(key)
    if twice:
        message = f"human study: the key {path} has two pairs named {twice[:3]}"
        raise CorruptArtifactError(message)
    return key


def _table(study: Study) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for pair in study.pairs:
        cells = [_cell(content) for content in (pair.prompt, pair.a, pair.b)]
        writer.writerow(["", pair.pair_id, *cells, ""])
    return text.getvalue()


def _cell(content: Content) -> str:
    if not isinstance(content, str):
        return f"({content.kind}: {PAGE_NAME})"
    # A spreadsheet would run what starts so as a formula.
    return f"'{content}" if content.startswith(_FORMULA_STARTS) else content
