"""How much the poser may keep of its results, where nobody said so."""

SHARE, SHARE_TOLD = 16, "sixteenth"
"""Of a card's memory, by default: a game needs the rest, and of four avatars each has a cache of its own."""


def in_bytes(gigabytes: float, usual: float, device_bytes: int) -> int:
    """Bytes for what `model_cache_size` says: where that is `usual`, its default, at most a card's share.

    `device_bytes` is the card's memory; 0 where results are kept elsewhere.
    """
    asked = int(gigabytes * 2**30)
    return min(asked, device_bytes // SHARE) if device_bytes and gigabytes == usual else asked


def is_little(device_bytes: int) -> bool:
    """Whether the share of such a card is less than the usual 1 GB."""
    return 0 < device_bytes < SHARE * 2**30
