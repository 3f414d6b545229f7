"""Signals of this project; add your own here, and put rules on them in YAML.

A signal is one function from the texts of a part (an Arrow array) to one number a
text. It is measured with the others, stored, shown in the report, and any rule may
name it::

    thresholds:
      - {name: too_many_links, signal: num_links, at_most: 50}

A changed function measures all documents anew, by itself.
"""

from typing import Any

import pyarrow as pa
import pyarrow.compute

from taojin.curation.registry import register_signal

pc: Any = pyarrow.compute  # made at import; no checker knows its functions


@register_signal("num_links")
def count_links(text: pa.LargeStringArray) -> pa.Array:
    """Count web addresses: ``http://`` and ``https://``."""
    return pc.add(
        pc.count_substring(text, "http://"), pc.count_substring(text, "https://")
    )
