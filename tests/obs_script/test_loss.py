"""A device is lost while an avatar plays: the engine says so and ends, and after the second time another is used."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ezvtb.errors import BackendError
from ezvtb_obs import backoff, status
from ezvtb_obs.engine_client import EngineClient
from ezvtb_obs.settings import Settings

from .driving import MemoryOutput, changed, free_udp_port, new_driver, plays_on, running, until

OPTIONS = {"use_interpolation": False, "use_cacher": False}
WORDS = "a card was lost: its driver was reset or updated, or it hung. If that comes again, update its driver."


@pytest.fixture
def lost(tmp_path: Path, null_engine: Path, hooked: Callable[..., None]) -> Path:
    """The file that is there while the card is lost."""
    file = tmp_path / "lost"
    hooked(Path(__file__).with_name("failing_device.py"), EZVTB_LOST=str(file))
    return file


@pytest.fixture
def engine(lost: Path, null_engine: Path) -> Iterator[EngineClient]:
    client = EngineClient(OPTIONS, null_engine)
    yield client
    client.close()


def test_the_engine_says_what_happened_and_ends(engine: EngineClient, lost: Path, picture: Path) -> None:
    engine.wait_ready()
    engine.setImage(str(picture))
    engine.inference([0.0] * 45)
    lost.touch()
    with pytest.raises(BackendError) as caught:
        engine.inference([0.5] * 45)
    assert str(caught.value) == WORDS
    assert engine.process._exit_code(5) == 1
    assert "887A0005" in engine.process.log.read_text("utf-8")


def test_after_repeated_failure_another_device_is_used_and_the_status_says_so(
    lost: Path, null_engine: Path, picture: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backoff, "FIRST_SECONDS", 0.1)
    output = MemoryOutput()
    settings = Settings(
        picture=str(picture), port=free_udp_port(), fps_limit=30, interpolation=1, cache="off", half=False
    )
    driver = new_driver(output, settings, null_engine)

    def told() -> str:
        return "\n".join(status.sentences(driver.facts()))

    def plays(device: str) -> bool:
        report = driver.facts().report
        return bool(report) and report[0]["device"] == device and driver.facts().phase == status.PLAYING

    with running(driver):
        until(lambda: plays("a card"))
        lost.touch()
        until(lambda: WORDS in told())
        until(lambda: plays("none"))
        assert driver.facts().restarts == 2
        assert "null failed again and again on a card: it is tried last." in told()
        plays_on(output, 5)
        assert not output.blanked
        lost.unlink()
        driver.apply(changed(settings, device="1"))
        until(lambda: "again and again" not in told())
        driver.apply(settings)  # chosen once more, it has a new chance
        until(lambda: plays("a card"))
