"""Released models behind a plain interface."""
