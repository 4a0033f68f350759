"""How an OBS of our own has ended."""

import pytest

from ezvtb.setup.headless_obs import died_in_websocket

UNLOADED = "info: [obs-scripting]: Unloaded python script: ezvtb_avatar.py\ninfo: All scene data cleared\n"
WEBSOCKET = UNLOADED + "info: [obs-websocket] [obs_module_unload] Shutting down...\n"
ENDINGS = {
    "well": (0, WEBSOCKET, False),
    "in the websocket server's end": (-11, WEBSOCKET, True),
    "in another module": (
        -11,
        WEBSOCKET + "info: [obs-websocket] [obs_module_unload] Finished shutting down.\n",
        False,
    ),
    "before it": (-11, UNLOADED, False),
    "aborted there": (-6, WEBSOCKET, False),
    "killed there": (-9, WEBSOCKET, False),
    "with nothing said": (-11, "", False),
}


@pytest.mark.parametrize("case", ENDINGS)
def test_only_the_websocket_server_s_own_crash_is_taken_for_it(case: str) -> None:
    code, log, is_it = ENDINGS[case]
    assert died_in_websocket(code, log) is is_it
