"""The last words of a run."""

import sys
from typing import Any

from kedro.framework.hooks import hook_impl
from kedro.io import CatalogProtocol
from kedro.pipeline import Pipeline


class SummaryHook:
    """Prints the text of a dataset after a run of the pipeline that makes it.

    Args:
        dataset: Name of a dataset that holds a text.
        page: Name of a dataset in a file, whose place the last line names.
    """

    def __init__(self, dataset: str = "run_summary", page: str = "html_report") -> None:
        self._dataset = dataset
        self._page = page

    @hook_impl(trylast=True)
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol
    ) -> None:
        """Print the summary, made in this run or still up to date."""
        del run_params
        if self._dataset in pipeline.all_outputs() and catalog.exists(self._dataset):
            text = str(catalog.load(self._dataset)).rstrip()
            if self._page in pipeline.all_outputs() and catalog.exists(self._page):
                # Kedro has no public name for where a dataset lies.
                place = catalog[self._page]._filepath  # noqa: SLF001
                text = f"{text}\n  report: {place}"
            encoding = sys.stdout.encoding or "utf-8"
            # A terminal that cannot show a character must not fail the run.
            shown = text.encode(encoding, errors="replace").decode(encoding)
            sys.stdout.write(f"\n{shown}\n")
            sys.stdout.flush()
