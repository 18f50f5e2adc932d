"""Whether numbers are the same to the bit on every processor, or computed with all that this one can.

Libraries round differently with other vector instructions: they add in another order, or take another series for a
logarithm.
"""

import os
import platform
from pathlib import Path
from typing import Literal, get_args

from spacon.errors import InputError

Numerics = Literal["portable", "fast"]
NUMERICS: tuple[Numerics, ...] = get_args(Numerics)

# AVX2 and no more, which Intel's processors have had since 2013 and AMD's since 2015. MKL asks who made the processor,
# and computes alike on all of them only in its oldest way; products of matrices are left to oneDNN (model/matmul.py).
PORTABLE = {
    "ATEN_CPU_CAPABILITY": "avx2",
    "MKL_CBWR": "COMPATIBLE",
    "ONEDNN_MAX_CPU_ISA": "AVX2",
    "OPENBLAS_CORETYPE": "Haswell",
    "NPY_DISABLE_CPU_FEATURES": "X86_V4 AVX512_ICL AVX512_SPR",  # as NumPy 2.4 names them
}


def set_numerics(numerics: Numerics) -> None:
    """Hold the numerical libraries to what x86-64 processors have in common, or let them take what there is.

    Call it before their import. On other kinds of processor there is nothing to hold them to.

    Raises:
        InputError: portable numbers are wanted of a processor without AVX2.
    """
    if platform.machine() != "x86_64":
        return
    if numerics == "portable" and not has_avx2():
        raise InputError("numerics is 'portable', but this processor has no AVX2; write --numerics fast")
    for name, value in PORTABLE.items():
        if numerics == "portable":
            os.environ[name] = value
        else:
            os.environ.pop(name, None)


def has_avx2(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether Linux says that the processor has AVX2; where there is no Linux, it is taken to have it."""
    return not cpuinfo.exists() or " avx2 " in cpuinfo.read_text(encoding="utf-8")
