"""What `install.sh` and `install.ps1` start: environment, models, OBS, then the demo or the tests.

It runs before anything is installed, so at import it is the standard library only.
"""
