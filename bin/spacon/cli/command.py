"""What every click script in `bin` shares: bad input ends in one line on standard error and exit status 2."""

import ctypes
import os
import platform
import warnings
from typing import Any

import click

from spacon.cli.caches import keep_caches_here
from spacon.cli.numerics import set_numerics
from spacon.cli.processor import note_instructions
from spacon.errors import CombinedInputError, InputError


class OneLine(click.ClickException):
    """An error shown as one line (several as one line each), with the exit status of a usage error."""

    exit_code = 2

    def show(self, file: Any = None) -> None:
        for line in self.message.splitlines():
            click.echo(f"error: {line}", err=True, file=file)


def set_threads(threads: int) -> None:
    """Give the numerical libraries so many threads, whatever the machine's settings say; call it before their import.

    Sums are rounded differently with another number of threads, and labels may follow.
    """
    for library in ("OMP", "OPENBLAS", "MKL", "NUMEXPR"):
        os.environ[f"{library}_NUM_THREADS"] = str(threads)
    # How long a thread waits busily for the others. The default, milliseconds, makes training ten times slower when
    # other work shares the cores; no such wait makes it a third slower when nothing does (docs/benchmarks).
    os.environ["GOMP_SPINCOUNT"] = "10000"


def keep_freed_memory() -> None:
    """Let the C library keep what is freed for what is asked for next; arrays come and go with every step and block.

    By default it gives large arrays back to the system, which clears every page anew. Where it is not glibc, nothing is
    changed.
    """
    if platform.libc_ver()[0] == "glibc":
        trim_threshold, mmap_threshold = -1, -3  # as numbered in malloc.h
        for setting in (trim_threshold, mmap_threshold):
            ctypes.CDLL(None).mallopt(setting, 2**28)


class Script(click.Command):
    """A click command whose usage errors and `InputError`s are one line each."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        try:
            return super().make_context(*args, **kwargs)
        except click.UsageError as error:
            raise OneLine(" ".join(error.format_message().split())) from error

    def invoke(self, ctx: click.Context) -> Any:
        keep_caches_here()
        set_threads(ctx.params.get("threads", 1))
        numerics = ctx.params.pop("numerics", "portable")
        keep_freed_memory()
        # Genes may share a name; anndata says so at every turn, and nothing here goes by a gene's name.
        warnings.filterwarnings("ignore", message="Variable names are not unique")
        try:
            set_numerics(numerics)
            result = super().invoke(ctx)
            note_instructions()
            return result
        except CombinedInputError as errors:
            raise OneLine(str(errors)) from errors
        except InputError as error:
            raise OneLine(" ".join(str(error).split())) from error
