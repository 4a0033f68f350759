"""How much the poser may keep of its results, where nobody said so."""

SHARE, SHARE_TOLD = 16, "sixteenth"
"""Of a card's memory, by default: a game needs the rest, and of four avatars each has a cache of its own."""

CHIP = 3 << 28
"""Bytes. What has less of its own is no card but a chip beside the processor, whose memory is the RAM: Windows says
that Intel's graphics have 128 MB (`DedicatedVideoMemory` of DXGI), and lets them take half of the RAM.
"""


def in_bytes(gigabytes: float, usual: float, device_bytes: int) -> int:
    """Bytes for what `model_cache_size` says: where that is `usual`, its default, at most a card's share.

    `device_bytes` is the device's own memory; 0 where results are kept elsewhere.
    """
    asked = int(gigabytes * 2**30)
    return min(asked, device_bytes // SHARE) if device_bytes >= CHIP and gigabytes == usual else asked


def is_little(device_bytes: int) -> bool:
    """Whether the share of such a card is less than the usual 1 GB."""
    return CHIP <= device_bytes < SHARE * 2**30
