"""EZVTB Avatar inside OBS: the source type, its instances, their drivers and properties.

Standard library and ctypes only, Python 3.9 and up: OBS brings whatever Python the user has, without packages.
"""
