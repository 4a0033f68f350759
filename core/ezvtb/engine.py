"""The engine process: the avatars of one OBS, each a session. Started by its client as `python -m ezvtb.engine`.

The main thread reads the pipe, so that its closing ends the process at once, whatever the cores are doing: no engine
outlives its OBS.
"""

import os
import sys
import threading
import traceback
from functools import partial
from typing import Any, BinaryIO, NoReturn

from ezvtb import own_stdin, protocol
from ezvtb.errors import ProtocolError
from ezvtb.priority import step_back
from ezvtb.session import Session


class Engine:
    """Gives each message to the session that it is for."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests = requests
        self._answers = answers
        self._writing = threading.Lock()
        self._sessions: dict[int, Session] = {}

    def run(self) -> NoReturn:
        """Serves until the end of the pipe, or nonsense in it, and then ends the process."""
        try:
            while (message := protocol.read_message(self._requests)) is not None:
                if message.kind not in protocol.REQUESTS:
                    raise ProtocolError(f"There is no message {message.kind}.")
                number = message.session
                if number not in self._sessions:
                    self._sessions[number] = self._session(number)
                self._sessions[number].put(message)
                if message.kind == protocol.STOP:
                    del self._sessions[number]
        except (ProtocolError, OSError) as error:
            print(error, file=sys.stderr, flush=True)
        self._leave(0)

    def _session(self, number: int) -> Session:
        return Session(number, partial(self._say, number), self._leave, lambda: len(self._sessions))

    def _say(self, number: int, kind: int, payload: "bytes | dict[str, Any]") -> None:
        """BrokenPipeError: the client is gone."""
        try:
            with self._writing:
                protocol.write_message(self._answers, kind, payload, number)
        except OSError as error:  # Windows says EINVAL of a pipe that nobody reads any more
            raise BrokenPipeError(*error.args) from error

    def _leave(self, code: int) -> NoReturn:
        """Ends the process from any thread, at once: the runtimes' own threads may be in the middle of a frame."""
        for session in list(self._sessions.values()):
            session.unlink()
        os._exit(code)


def main() -> NoReturn:
    """Serves on this process's pipes. What anything prints goes to stderr, so that it can't break a message."""
    step_back()
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        Engine(os.fdopen(own_stdin.take(), "rb"), answers).run()
    except Exception:  # noqa: BLE001 (said in the log, and at once: the reading thread must not outlive the interpreter)
        traceback.print_exc()
        os._exit(1)


if __name__ == "__main__":
    main()
