"""A perfectly ordinary script: it looks a source up at every tick, holding the GIL while it waits for libobs."""

import obspython as obs


def script_tick(_seconds):
    for _ in range(200):
        source = obs.obs_get_source_by_name("Background")
        if source:
            obs.obs_source_release(source)
