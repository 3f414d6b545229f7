"""Progress bars on long work."""

import sys
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from tqdm import tqdm

T = TypeVar("T")


class Progress(Protocol):
    """What long work reports to."""

    def update(self, amount: int, /) -> object:
        """Count ``amount`` more units as done."""
        ...

    def set_postfix_str(self, note: str, /) -> object:
        """Show a short note beside the bar."""
        ...


def track(items: Iterable[T], label: str, total: int | None = None) -> Iterable[T]:
    """Pass items through while a bar labelled ``label`` counts them."""
    return tqdm(
        items,
        desc=label,
        total=total,
        mininterval=_redraw_seconds(),
        dynamic_ncols=True,
    )


@contextmanager
def progress_bar(
    label: str, total: int, *, done: int = 0, unit: str = "it"
) -> Generator[Progress, None, None]:
    """Open a bar of ``total`` units, of which ``done`` were finished before."""
    with tqdm(
        total=total,
        initial=done,
        desc=label,
        unit=unit,
        mininterval=_redraw_seconds(),
        dynamic_ncols=True,
    ) as bar:
        yield _Bar(bar)


class _Bar:
    """A bar whose note waits for the next redraw instead of forcing one."""

    def __init__(self, bar: Any) -> None:
        self._bar = bar

    def update(self, amount: int) -> None:
        self._bar.update(amount)

    def set_postfix_str(self, note: str) -> None:
        self._bar.set_postfix_str(note, refresh=False)


def _redraw_seconds() -> float:
    # In a log file every redraw is a line of its own.
    return 0.5 if sys.stderr.isatty() else 15.0
