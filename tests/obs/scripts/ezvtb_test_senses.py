"""A script in OBS that listens to the source "Voice", and writes down what it hears.

One line a look, 60 a second: [seconds, decibels or null, name of the source].
"""

import importlib
import json
import os
import threading
import time
from pathlib import Path

import obspython as obs

from ezvtb_obs import libobs, microphone

importlib.reload(microphone)  # as a reload of the avatar's script does

HEARD = Path(os.environ["EZVTB_TEST_CONTROL"]).with_name("heard")
NAMES = HEARD.with_name("audio_sources")

stop = threading.Event()
threads = []


def start():
    """UI thread, once the avatar is there."""
    NAMES.write_text(json.dumps(microphone.audio_source_names()))
    stop.clear()
    threads[:] = [threading.Thread(target=listen, daemon=True)]
    threads[0].start()


def listen():
    voice = microphone.Microphone(libobs.load(), "Voice")
    with HEARD.open("a") as heard:
        while not stop.wait(1 / 60):
            now = time.monotonic()
            heard.write(json.dumps([now, voice.decibels(now), voice.name]) + "\n")
            heard.flush()
    voice.close()
    libobs.log("stopped listening")


def finished(event):
    if event == obs.OBS_FRONTEND_EVENT_FINISHED_LOADING:
        start()


def script_load(_settings):
    obs.obs_frontend_add_event_callback(finished)
    source = obs.obs_get_source_by_name("Avatar")
    if source:  # a reload
        obs.obs_source_release(source)
        start()


def script_unload():
    stop.set()
    for thread in threads:
        thread.join(5)
