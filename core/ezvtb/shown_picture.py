"""The picture an engine has: read once, laid out anew whenever its user nudges it, cut out as soon as that is done."""

from typing import Any

from ezvtb import cutout, face_box, picture
from ezvtb.cutout.job import CutoutJob
from ezvtb.picture_fit import Pixels
from ezvtb.protocol import Layout


class ShownPicture:
    """`open` a picture, `lay_out` it again any number of times; after each the core gets what `fresh_avatar` says."""

    def __init__(self) -> None:
        self._source: picture.Source | None = None
        self._figure: picture.Figure | None = None
        self._layout = Layout()
        self._job: CutoutJob | None = None
        self._job_counts = False
        """Whether the figure is what came of the job."""
        self._given = False
        self._view: Pixels | None = None

    def close(self) -> None:
        """Gives up what isn't done yet."""
        if self._job is not None:
            self._job.close()

    def open(self, source: picture.Source, layout: Layout) -> None:
        """Another picture. PictureError if it can't serve; then all stays as it was."""
        figure = picture.figure(source, layout.remove_background)
        if self._job is not None:
            self._job.close()
        self._source, self._figure, self._layout, self._view = source, figure, layout, None
        wanted = figure.has_background and cutout.is_installed()
        self._job, self._job_counts = CutoutJob(source.rgba) if wanted else None, False

    def lay_out(self, layout: Layout) -> None:
        """The same picture in another layout. PictureError if its background can't be taken away."""
        assert self._source is not None, "no picture was opened"
        if layout.remove_background != self._layout.remove_background:
            self.open(self._source, layout)
        elif self._is_stale():
            self._figure = picture.figure(self._source, layout.remove_background)
            self._job_counts = True
        self._layout, self._view = layout, None

    def fresh_avatar(self) -> "Pixels | None":
        """(512, 512, 4) uint8 BGRA for the core; None if it is to go on with what it has.

        That is while the face box is shown, and while a background is being taken away: a stream that has an avatar
        needn't see the picture with its background.
        """
        if self._layout.face_box or (self._given and self._is_running()):
            return None
        self._given = True
        return self._made.avatar(self._layout)

    def view(self, side: int) -> "Pixels | None":
        """(side, side, 4) uint8 BGRA to be shown instead of the poser's frames; None: these are shown."""
        if self._layout.face_box and self._view is None:
            self._view = face_box.drawn_over(self._made.avatar(self._layout), side)
        return self._view

    @property
    def note(self) -> str:
        """What was done to the picture, and what could not be done, in sentences."""
        left = ""
        if self._made.has_background and not self._is_running():
            assert self._source is not None
            name = self._source.name
            if self._job is None:
                left = cutout.remedy(name)
            elif self._job.error:
                left = f"{name} has a background that could not be taken away: {self._job.error}"
        return " ".join(filter(None, (self._made.note, left)))

    def news(self) -> "dict[str, Any]":
        """What happens to it: a sentence, or "", and whether it should be laid out anew to get what is ready now."""
        text = self._job.text if self._job is not None and self._is_running() else ""
        return {"picture": text, "picture_is_stale": self._is_stale()}

    def _is_running(self) -> bool:
        return self._job is not None and not self._job_counts

    def _is_stale(self) -> bool:
        return self._job is not None and self._job.done and not self._job_counts

    @property
    def _made(self) -> picture.Figure:
        assert self._figure is not None, "no picture was opened"
        return self._figure
