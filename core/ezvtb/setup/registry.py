"""Reads the Windows registry. What draws conclusions from it takes a `Registry`, and so can be tested anywhere."""

import sys
from collections.abc import Callable

Registry = Callable[[str, str, str], str]
"""(root "HKLM" or "HKCU", key, value's name, "" for the default one) -> the text there; "" where there is none."""

if sys.platform == "win32":

    def read(root: str, key: str, name: str) -> str:
        """A value of this machine's registry, be it that of 64-bit or of 32-bit programs."""
        import winreg  # noqa: PLC0415 (exists on Windows only)

        hive = {"HKLM": winreg.HKEY_LOCAL_MACHINE, "HKCU": winreg.HKEY_CURRENT_USER}[root]
        for view in (winreg.KEY_WOW64_64KEY, winreg.KEY_WOW64_32KEY):
            try:
                with winreg.OpenKey(hive, key, 0, winreg.KEY_READ | view) as opened:
                    return str(winreg.QueryValueEx(opened, name)[0])
            except FileNotFoundError:
                continue
        return ""

else:

    def read(root: str, key: str, name: str) -> str:
        """Nothing: there is no registry here."""
        return ""
