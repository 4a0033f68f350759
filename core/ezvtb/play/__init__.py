"""`python -m ezvtb.play`: the avatar without OBS, in a window, in files with alpha, or as a virtual camera.

The same driver, senses, settings and engine process as in OBS move it; only where the frames go is different.
"""
