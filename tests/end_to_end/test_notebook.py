"""The guided tour runs from top to bottom on the artifacts of a finished run."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "guided_tour.ipynb"


@pytest.mark.slow
def test_the_guided_tour_runs(finished):
    project, _ = finished
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    settings = next(cell for cell in notebook.cells if cell.cell_type == "code")
    assert "ENVIRONMENT" in settings.source
    conf = str(project.folder / "conf")
    settings.source = f'ENVIRONMENT = "smoke"\nCONF_SOURCE = {conf!r}'

    NotebookClient(notebook, timeout=300).execute(cwd=str(NOTEBOOK.parent))

    printed = [
        output.get("text", "")
        for cell in notebook.cells
        for output in cell.get("outputs", [])
    ]
    assert any("records read" in text for text in printed)


def test_the_notebook_is_committed_without_output():
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)
