"""EZVTB Avatar: one picture of an anime character becomes a live avatar.

Parts of this package (`ezvtb.tracking`, `ezvtb.protocol`, `ezvtb.errors`) are imported inside OBS, whose
Python has no packages: this file and those stay within the standard library.
"""

import os

# ONNX Runtime from 1.29 on tells Microsoft of every session, and writes an identifier of this computer into the user's
# cache folder, as soon as it is imported without this (its Privacy.md). Here it is set before anything can import it.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

VERSION = "0.1.0"
