"""The 52 blend shapes of Apple's ARKit, which most trackers send under these or similar names.

Names: `ARFaceAnchor.BlendShapeLocation` of ARKit; the same 52 as in `tha3/mocap/ifacialmocap_constants.py` of
pkhungurn/talking-head-anime-3-demo.
"""

SIDED = (
    "eyeBlink", "eyeLookDown", "eyeLookIn", "eyeLookOut", "eyeLookUp", "eyeSquint", "eyeWide",
    "browDown", "browOuterUp", "cheekSquint", "noseSneer",
    "mouthSmile", "mouthFrown", "mouthDimple", "mouthStretch", "mouthPress", "mouthLowerDown", "mouthUpperUp",
)  # fmt: skip
"""Those of which there is one a side."""

WHOLE = (
    "jawForward", "jawLeft", "jawRight", "jawOpen",
    "mouthClose", "mouthFunnel", "mouthPucker", "mouthLeft", "mouthRight",
    "mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper",
    "browInnerUp", "cheekPuff", "tongueOut",
)  # fmt: skip
"""Those of which there is one."""

SHAPES = (*(f"{name}{side}" for name in SIDED for side in ("Left", "Right")), *WHOLE)

CANONICAL = {
    **{name.lower(): name for name in SHAPES},
    **{f"{name}_{side[0]}".lower(): f"{name}{side}" for name in SIDED for side in ("Left", "Right")},
    **{f"browinnerup{side}": "browInnerUp" for side in ("left", "right", "_l", "_r")},
}
"""ARKit's own spelling of a shape by its lower-case letters: trackers send EyeBlinkLeft and eyeBlink_L, too, and
MeowFace also both sides of browInnerUp (of several that mean the same the last in a packet counts)."""
