"""How the kernels of byte-pair encoding are compiled, and what Numba does not have."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import extending
from numba.core import cgutils, types
from numpy.typing import NDArray

from taojin.core.compilation import compiled

Bytes = NDArray[np.uint8]
Numbers = NDArray[np.uint64]
Places = NDArray[np.int64]
Tokens = NDArray[np.uint32]

LOW = np.uint64(0xFFFF_FFFF)
HALF = np.uint64(32)
FACTOR = np.uint64(0x9E37_79B9_7F4A_7C15)
"""2 to the 64 by the golden ratio: spreads numbers over a table."""

# The checker does not know that the typing context is given by Numba.
_intrinsic: Callable[..., Any] = extending.intrinsic


def inlined(function: Any) -> Any:
    """Compile as a lean kernel is, into each place where it is called."""
    return compiled(function, _nrt=False, forceinline=True)


@_intrinsic
def load_word(typing_context: Any, data: Any, at: Any) -> Any:  # noqa: ARG001 - Numba gives it
    """Load eight bytes from any place as one number; all must be inside ``data``."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        place = cgutils.gep_inbounds(builder, array.data, arguments[1])
        word = context.get_value_type(types.uint64).as_pointer()
        return builder.load(builder.bitcast(place, word), align=1)

    return types.uint64(data, types.int64), generate


@_intrinsic
def trailing_zeros(typing_context: Any, word: Any) -> Any:  # noqa: ARG001 - Numba gives it
    """Count the zero bits below the lowest one of a number that is not zero."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.cttz(arguments[0], cgutils.true_bit)

    return types.int64(word), generate
