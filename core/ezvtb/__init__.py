"""EZVTB Avatar: one picture of an anime character becomes a live avatar.

Parts of this package (`ezvtb.tracking`, `ezvtb.protocol`, `ezvtb.errors`) are imported inside OBS, whose
Python has no packages: this file and those stay within the standard library.
"""

VERSION = "0.1.0"
