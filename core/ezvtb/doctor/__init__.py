"""`python -m ezvtb.doctor`: one page that says what works, what doesn't and what to do, for a bug report.

Each check runs in a process of its own and is cut off when it hangs. At import the package is the standard library
only: it also has something to say where nothing else is installed.
"""
