"""The benchmark: `python -m ezvtb.bench` measures this machine and saves a table under `out/`.

What is compared is measured in turns in one run, so that the ratios hold while the machine's speed drifts.
"""
