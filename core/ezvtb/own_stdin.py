"""A pipe on stdin for one reader alone, which may wait in it.

While a thread waits in a read of a pipe, Windows makes everybody else wait who so much as asks what kind of file that
is. DLLs do as they are loaded, and programs as they start, of whatever is stdin then: `import numpy` came back only
when something was written (https://github.com/numpy/numpy/issues/24290, https://github.com/python/cpython/issues/78961).
"""

import os
import threading


def take() -> int:
    """A descriptor of what is stdin now; from now on stdin is empty, here and in the processes this one starts."""
    taken = os.dup(0)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    return taken


def end_with_it() -> None:
    """Ends this process, with exit code 1, once whoever started it closes the pipe on its stdin or has died."""
    threading.Thread(target=_wait, args=(take(),), daemon=True).start()


def _wait(pipe: int) -> None:
    # no buffered reader: the interpreter would want its lock when it ends
    while os.read(pipe, 1024):
        pass
    os._exit(1)
