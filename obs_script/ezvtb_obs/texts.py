"""The words of the properties panel: of each setting and button its label and what it is for."""

from typing import NamedTuple

from ezvtb.tracking.protocols import raw
from ezvtb_obs.settings import DEFAULT_FPS


class Words(NamedTuple):
    """A property's label, and the tool tip that explains it."""

    label: str
    hint: str = ""


PICTURE_FILTER = "Pictures (*.png *.webp *.jpg *.jpeg *.bmp *.tga *.gif *.tif *.tiff);;All files (*.*)"
DATABASE_FILTER = "Databases (*.db);;All files (*.*)"

WORDS = {
    "picture": Words(
        "Picture",
        "One character, seen from the front, head and shoulders in the middle, on a transparent background. "
        "512x512 fits best.",
    ),
    "status": Words(""),
    "refresh": Words("Refresh status"),
    "presets": Words("Set for"),
    "preset_light": Words(
        "Light: a game beside it, an older computer",
        "20 frames a second, of which 5 are drawn and the others lie between; poses are rounded, so that many come "
        "from the cache.",
    ),
    "preset_balanced": Words("Balanced: most computers", "What a new avatar has: 30 frames a second."),
    "preset_quality": Words(
        "Quality: a strong graphics card",
        "60 frames a second, of which 30 are drawn, and the face in four times the size.",
    ),
    "tracking": Words("Face tracker"),
    "tracker": Words("Tracker", "Any tracker: whatever sends is understood. Choose yours if several programs send."),
    "phone": Words(
        "Phone's address",
        "iFacialMocap, Facemotion3D, VTube Studio and MeowFace: the address that the app shows, for example "
        "192.168.1.20. The phone is asked to send to this computer. Others leave it empty.",
    ),
    "address": Words(
        "Listen on",
        "127.0.0.1: trackers on this computer. 0.0.0.0: others too; that is done by itself when a phone's address is "
        "given.",
    ),
    "port": Words(
        "UDP port",
        f"0: the trackers' own ports, side by side, and {raw.DEFAULT_PORT}. Choose another number if your tracker "
        "sends to it.",
    ),
    "straight_ahead": Words(
        "I look straight ahead",
        "Look at your screen and click: from then on the character looks straight ahead when you do. There is a hotkey "
        "for it too.",
    ),
    "forget_straight_ahead": Words("Forget that", "The tracker's own idea of straight ahead counts again."),
    "microphone": Words(
        "Mouth by microphone",
        "An audio source whose loudness opens the mouth: for trackers that see no mouth, or without any tracker.",
    ),
    "microphone_sensitivity": Words("Microphone's sensitivity", "More opens the mouth wider at the same loudness."),
    "microphone_too": Words(
        "Microphone and tracker together", "The microphone opens the mouth also while a tracker sees it."
    ),
    "motion": Words("Motion"),
    "mirror": Words("Mirror", "The character moves as your mirror image does."),
    "responsiveness": Words(
        "Responsiveness", "More follows you faster and shows more of the tracker's trembling; less is smoother."
    ),
    "head_pitch": Words("Nod to the end at", "How far you nod until the character's head is as far as it goes."),
    "head_yaw": Words("Turn to the end at", "How far you turn until the character's head is as far as it goes."),
    "head_roll": Words("Tilt to the end at", "How far you tilt until the character's head is as far as it goes."),
    "body": Words("Body follows the head", "0 %: only the head moves."),
    "eyebrows": Words("Lowered eyebrows look", "What the character's eyebrows do when you lower yours."),
    "link_eyes": Words("Both eyes together", "For trackers that can't tell a wink: both eyes do the same."),
    "iris_small": Words("Smaller irises", "How much smaller the irises are than drawn."),
    "strength": Words("Strength of each part"),
    "eyes_gain": Words("Eyelids: strength", "How strongly your eyelids are followed. 0 %: not at all."),
    "eyes_dead_zone": Words("Eyelids: dead zone", "Movements smaller than this are taken for rest."),
    "eyebrows_gain": Words("Eyebrows: strength", "How strongly your eyebrows are followed. 0 %: not at all."),
    "eyebrows_dead_zone": Words("Eyebrows: dead zone", "Movements smaller than this are taken for rest."),
    "mouth_gain": Words("Mouth: strength", "How strongly your mouth is followed. 0 %: not at all."),
    "mouth_dead_zone": Words("Mouth: dead zone", "Movements smaller than this are taken for rest."),
    "gaze_gain": Words("Gaze: strength", "How strongly your gaze is followed. 0 %: not at all."),
    "gaze_dead_zone": Words("Gaze: dead zone", "Movements smaller than this are taken for rest."),
    "head_gain": Words("Head: strength", "How strongly your head is followed. 0 %: not at all."),
    "head_dead_zone": Words("Head: dead zone", "Movements smaller than this are taken for rest."),
    "expressions": Words("Expressions by hotkey"),
    **{
        f"expression_{slot}": Words(
            f"Expression {slot}",
            "Put over what the tracker says, by a hotkey of OBS's settings. Choose one, or write your own, for example "
            "mouth_smirk=1, eye_wink_left=0.8",
        )
        for slot in range(1, 5)
    },
    "expressions_hold": Words("Only while the key is held", "Else the key puts it on and takes it off again."),
    "life": Words("Life of its own"),
    "idle": Words(
        "Lives by itself",
        "The character breathes, blinks if your tracker sees no eyelids, and sways a little while nobody is tracked.",
    ),
    "blinks": Words("Blinks by itself", "While the tracker sees no eyelids, or nobody is tracked."),
    "breaths": Words("Breaths", "How often the character breathes."),
    "breath_depth": Words("Depth of breath"),
    "gaze_drift": Words("Wandering gaze", "How far the eyes wander while nobody is tracked."),
    "head_drift": Words("Swaying head", "How far head and body sway while nobody is tracked."),
    "simplify": Words(
        "Simplify poses",
        "Rounds the tracker's poses, so that more of them are in the cache: smoother on a slow computer, with less "
        "play of features. Gaming rounds most.",
    ),
    "performance": Words("Performance"),
    "fps_limit": Words(
        "Frame-rate limit",
        f"Frames a second at most; {DEFAULT_FPS} suits most streams. Less is easier on the computer.",
    ),
    "interpolation": Words(
        "In-between frames",
        "How many frames are shown for each that is drawn: those in between are cheap to make. More is smoother, and "
        "follows you a little later.",
    ),
    "device": Words("Device", "What computes the frames."),
    "cache": Words(
        "Cache",
        "Remembers finished frames, so that a pose that comes again costs nothing. RAM: until OBS ends. Database: a "
        "file, which the next stream uses too.",
    ),
    "cache_gb": Words("Cache size", "How large the cache may become. 1 GB holds about 30000 frames."),
    "sr": Words(
        "Super resolution",
        "Sharper and larger, 1024x1024, and much more work for the computer. Face: head and shoulders only. Whole: the "
        "whole picture.",
    ),
    "sr_noise": Words(
        "Noise reduction",
        "How strongly the enlarged picture is cleaned of specks and JPEG artefacts; 0: not at all.",
    ),
    "super_resolution": Words("Super resolution"),
    "advanced": Words("Advanced"),
    "tensorrt": Words(
        "TensorRT on NVIDIA cards",
        "The fastest way on NVIDIA cards. Its engines are built once, in the background, which takes minutes.",
    ),
    "model": Words("Network", "Standard is slower and needs models of your own: python -m ezvtb.models import."),
    "half": Words("Half precision", "Faster where the computer can; the status says if it can't."),
    "interpolation_half": Words("Half precision in between", "Of the in-between frames."),
    "sr_half": Words("Half precision enlarged", "Of super resolution."),
    "stages": Words(
        "Keep intermediate results", "A pose that moves only the head then skips eyebrows and face, for example."
    ),
    "stages_gb": Words("Size of these", "How much of the graphics card's memory, or RAM, they may take."),
    "cache_quality": Words("Quality of cached frames", "100 %: without any loss, and much larger."),
    "cache_path": Words("Database file", "Empty: in your cache folder."),
}
