"""The avatar in a window, by tkinter. Everything but `show` and `showing` belongs to the main thread."""

import sys
from typing import Any, Optional

from ezvtb.errors import SetupError
from ezvtb.play.background import Colour, over
from ezvtb.play.keys import KEYS, WindowKeys
from ezvtb.play.stage import Shown

SIDE = 512
"""Pixels: the window's size until the user changes it."""
_SMALLEST = 64
_MARGIN = 12
_TITLE = "EZVTB Avatar"
_REMEDY = "Use --out FILE or --camera, which need no window."
_HELP = """Esc: close   S: status   Space: I look straight ahead
1 2 3 4: expressions   M: mirror   N: next picture   P: pause"""


class Window:
    """A view that shows the newest frame, and text where there is something to say."""

    def __init__(self, background: Optional[Colour], keys: WindowKeys) -> None:
        """`keys` are told what is pressed. SetupError where no window can be shown."""
        try:
            import tkinter  # noqa: PLC0415 (some Linuxes leave it out of Python)

            from PIL import ImageTk  # noqa: PLC0415
        except ImportError as error:
            package = "apt install python3-tk" if sys.platform == "linux" else "install Python from python.org"
            raise SetupError(
                "This Python has no tkinter, which shows windows.", f"To have it: {package}. {_REMEDY}"
            ) from error
        try:
            self._root = tkinter.Tk(className="ezvtb-avatar")
        except tkinter.TclError as error:
            raise SetupError(f"No window can be shown: {error}.", _REMEDY) from error
        self.closed = False
        self.status_wanted = False
        """Whether the user wants the status over the picture."""
        self._visible = True
        self._background = background
        self._newest: Optional[Shown] = None
        self._drawn: Any = None
        """What is on the canvas: the frame's moment, the size, the text."""
        self._new_picture: Any = ImageTk.PhotoImage
        self._picture: Any = None
        self._root.title(_TITLE)
        self._root.minsize(_SMALLEST, _SMALLEST)
        self._canvas = tkinter.Canvas(self._root, width=SIDE, height=SIDE, highlightthickness=0)
        self._canvas.pack(fill="both", expand=True)
        self._image_item = self._canvas.create_image(0, 0, anchor="nw")
        self._plate = self._canvas.create_rectangle(0, 0, 0, 0, fill="#202020", outline="")
        self._text_item = self._canvas.create_text(0, 0, anchor="sw", fill="#ffffff")
        self._root.protocol("WM_DELETE_WINDOW", self._close)
        self._root.bind("<Escape>", lambda _: self._close())
        self._root.bind("s", lambda _: self._toggle_status())
        for key in KEYS:
            self._root.bind(f"<KeyPress-{key}>", lambda event, key=key: keys.press(key, event.time))  # type: ignore[misc]
            self._root.bind(f"<KeyRelease-{key}>", lambda event, key=key: keys.release(key, event.time))  # type: ignore[misc]
        self._root.bind("<Unmap>", lambda _: self._set_visible(False))
        self._root.bind("<Map>", lambda _: self._set_visible(True))

    @property
    def showing(self) -> bool:
        """Whether it is open and not minimised. Any thread."""
        return self._visible and not self.closed

    def show(self, shown: Shown) -> None:
        """Notes the frame; `refresh` draws it. Any thread."""
        self._newest = shown

    def refresh(self, text: str) -> None:
        """Draws what is new, with the text over it, and obeys the user."""
        self._root.update()
        if self.closed:
            self._root.destroy()
            return
        shown = self._newest
        size = self._canvas.winfo_width(), self._canvas.winfo_height()
        drawn = (shown.moment if shown else None, size, text)
        if drawn == self._drawn or min(size) < 2:  # not laid out yet
            return
        self._drawn = drawn
        if shown is not None:
            self._draw(shown, size)
        self._write(text, size)
        self._root.update_idletasks()

    def _draw(self, shown: Shown, size: "tuple[int, int]") -> None:
        image = over(shown.pixels, size, self._background)
        if self._picture is None or (self._picture.width(), self._picture.height()) != size:
            self._picture = self._new_picture(image)
            self._canvas.itemconfigure(self._image_item, image=self._picture)
        else:
            self._picture.paste(image)

    def _write(self, text: str, size: "tuple[int, int]") -> None:
        """Text on a dark plate at the bottom, where it hides no face."""
        said = f"{text}\n\n{_HELP}" if text else ""
        self._canvas.itemconfigure(self._text_item, text=said, width=size[0] - 2 * _MARGIN)
        self._canvas.coords(self._text_item, _MARGIN, size[1] - _MARGIN)
        top = self._canvas.bbox(self._text_item)[1] - _MARGIN if said else size[1]
        self._canvas.coords(self._plate, 0, top, *size)
        self._canvas.itemconfigure(self._plate, state="normal" if said else "hidden")

    def _close(self) -> None:
        self.closed = True

    def _toggle_status(self) -> None:
        self.status_wanted = not self.status_wanted

    def _set_visible(self, visible: bool) -> None:
        self._visible = visible
