"""Under which key a frame is kept."""

import hashlib

from ezvtb.backends.base import Array

KEY_BYTES = 16
"""128 bits: two different frames of a database of a million share one with a probability of 1e-27."""


class Keys:
    """The keys of one picture on one model: equal in every process and after a restart, different for any other.

    `model` says everything about the networks that a frame depends on (`InstalledModel.identity`: the weights'
    checksums, the graphs' version, their precision); `precision` what the device computes in.
    """

    def __init__(self, model: str, precision: str, picture: Array) -> None:
        self._start = hashlib.blake2b(digest_size=KEY_BYTES)
        for part in (model.encode(), precision.encode(), repr(picture.shape).encode(), picture.tobytes()):
            self._add(self._start, part)

    def of(self, pose: Array, what: str = "") -> bytes:
        """The key of the frame at a pose, 45 float32 values.

        `what` tells apart what else is made of the poser's frame: "sr x4", with its model's identity.
        """
        key = self._start.copy()
        self._add(key, pose.astype("<f4").tobytes())
        self._add(key, what.encode())
        return key.digest()

    @staticmethod
    def _add(digest: "hashlib.blake2b", part: bytes) -> None:
        # With its length before it, no part can pass for the end of one and the beginning of the next.
        digest.update(len(part).to_bytes(8, "little") + part)
