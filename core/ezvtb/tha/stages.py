"""The poser's networks as data: in which order they run, which part of the pose each takes, what it leaves behind."""

from typing import NamedTuple, Optional

from ezvtb.tracking import pose


class Stage(NamedTuple):
    """A network that runs per pose.

    A stage's results depend on the picture and on pose values 0 up to `depends_on`: with these unchanged they
    are taken from the cache.
    """

    graph: str
    pose_input: str
    pose_part: slice
    depends_on: int
    cached: Optional[str]
    """The tensor that is kept in the stage cache; None for the last stages, whose result is the frame."""


ONCE_A_PICTURE = "decomposer"

STAGES = (
    Stage("combiner", "eyebrow_pose", pose.EYEBROW, pose.EYEBROW.stop, "eyebrow"),
    Stage("morpher", "face_pose", pose.FACE, pose.FACE.stop, "face"),
    Stage("rotator", "body_pose", pose.BODY, pose.BODY.stop, None),
    Stage("editor", "body_pose", pose.BODY, pose.BODY.stop, None),
)
