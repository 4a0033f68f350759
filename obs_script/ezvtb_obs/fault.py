"""A fault of ours in a thread that must not end in silence: it is logged in full and told as any other error."""

import traceback

from ezvtb.errors import EngineError
from ezvtb_obs import libobs


def noted(error: Exception) -> EngineError:
    """What to tell of the exception that is being handled, which is in OBS's log from now on."""
    libobs.log(traceback.format_exc(), libobs.LOG_ERROR)
    return EngineError(f"A fault in the script: {error!r}.", "Please report it, with OBS's log.")
