"""`python -m ezvtb.webcam`: tracks a face with a webcam and sends it to the avatar. Needs the extra `webcam`.

The networks are those of MediaPipe's Face Landmarker; OpenVINO runs them, which the engine needs anyway. MediaPipe
itself is not needed.
"""
