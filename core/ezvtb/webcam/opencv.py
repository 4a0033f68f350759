"""OpenCV, which reads cameras and shows windows: an extra that not everyone has installed."""

import os
from importlib import import_module
from typing import Any

# OpenCV reads these when it is loaded. What is wrong with a camera is said in our own words; and with Windows' own
# conversions a camera takes up to a minute to open.
os.environ.setdefault("OPENCV_LOG_LEVEL", "SILENT")
os.environ.setdefault("OPENCV_FFMPEG_LOGLEVEL", "-8")
os.environ.setdefault("QT_LOGGING_RULES", "*.warning=false")
os.environ.setdefault("OPENCV_VIDEOIO_MSMF_ENABLE_HW_TRANSFORMS", "0")

cv2: Any = import_module("cv2")
