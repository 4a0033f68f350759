"""What each component of a core really uses, and why it isn't what was asked for."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Component:
    """One line of `core.report`."""

    component: str
    """"tha", "cacher", "rife" or "sr"."""
    backend: str
    """The runtime's name, "off" where the component wasn't asked for, "absent" where there is none yet."""
    device: str = ""
    precision: str = ""
    why: str = ""
    """Why it isn't what was asked for; empty if it is."""
    limits: str = ""
    """What was asked for that this machine can't do at all (see `ezvtb.limits`)."""

    def __str__(self) -> str:
        what = ", ".join(part for part in (self.backend, self.precision, self.device) if part)
        why = " ".join(filter(None, (self.why, self.limits)))
        return f"{self.component}: {what}" + (f" ({why})" if why else "")
