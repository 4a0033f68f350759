"""`python -m ezvtb.track`: what a tracker sends and what becomes of it, in a terminal; records and replays it.

Standard library only, but it runs in the project's own Python, not in OBS's.
"""
