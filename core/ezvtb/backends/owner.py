"""A thread that owns what only one thread may touch: others have it do their work, and wait."""

import queue
import threading
import traceback
import weakref
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, Optional, TypeVar

Given = TypeVar("Given")

_Task = tuple[Optional["Future[Any]"], Callable[..., Any], tuple[Any, ...]]


class Owner:
    """One thread; it ends when nobody holds this any more."""

    def __init__(self, name: str) -> None:
        self._tasks: queue.SimpleQueue[Optional[_Task]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=_serve, args=(self._tasks,), name=name, daemon=True)
        self._thread.start()
        weakref.finalize(self, self._tasks.put, None).atexit = False

    def do(self, work: Callable[..., Given], *arguments: Any) -> Given:
        """What `work` gives, done in the thread; what it raises is raised here."""
        if threading.current_thread() is self._thread:
            return work(*arguments)
        future: Future[Given] = Future()
        self._tasks.put((future, work, arguments))
        return future.result()

    def post(self, work: Callable[..., object], *arguments: Any) -> None:
        """Has it done after all that was asked for before, and doesn't wait: for finalizers, in whatever thread."""
        self._tasks.put((None, work, arguments))


def _serve(tasks: "queue.SimpleQueue[Optional[_Task]]") -> None:
    while (task := tasks.get()) is not None:
        future, work, arguments = task
        try:
            given = work(*arguments)
        except BaseException as error:  # noqa: BLE001 (who asked for it gets it)
            if future is None:
                traceback.print_exc()
            else:
                future.set_exception(error)
        else:
            if future is not None:
                future.set_result(given)
            del given
        del task, future, work, arguments  # what they hold must not live until the next task
