import os
from pathlib import Path
from typing import Optional


class AnimeSession:
    @staticmethod
    def model_dir() -> str:
        return str(Path(os.environ["REMBG_HOME"]) / "models" / "isnet-anime")

    @classmethod
    def resolve_existing(cls, name: str) -> Optional[str]:
        path = Path(cls.model_dir()) / name
        return str(path) if path.exists() else None


sessions = {"isnet-anime": AnimeSession}
