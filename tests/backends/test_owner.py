"""A thread that others have work."""

import gc
import threading
import time
import weakref

import pytest

from ezvtb.backends.owner import Owner


def test_work_is_done_in_its_thread_and_comes_back() -> None:
    owner = Owner("its-name")
    assert owner.do(lambda: threading.current_thread().name) == "its-name"
    assert owner.do(lambda left, right: left + right, 1, 2) == 3
    assert owner.do(lambda: owner.do(lambda: "inside")) == "inside"  # it doesn't wait for itself


def test_what_work_raises_is_raised_where_it_was_asked_for_and_the_thread_goes_on() -> None:
    owner = Owner("its-name")
    with pytest.raises(ZeroDivisionError):
        owner.do(lambda: 1 / 0)
    assert owner.do(lambda: "still there") == "still there"


def test_what_is_put_off_comes_in_order_and_its_failure_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    owner, done = Owner("its-name"), []
    owner.post(lambda: 1 / 0)
    for number in range(3):
        owner.post(done.append, number)
    owner.do(lambda: None)
    assert done == [0, 1, 2]
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_it_holds_nothing_of_a_task_that_is_done() -> None:
    class Thing:
        pass

    owner, thing = Owner("its-name"), Thing()
    there = weakref.ref(thing)
    owner.post(lambda given: None, thing)
    owner.do(lambda: None)
    del thing
    gc.collect()
    assert there() is None


def test_its_thread_ends_with_it() -> None:
    owner = Owner("that-ends")
    thread = owner._thread
    del owner
    gc.collect()
    thread.join(10)
    assert not thread.is_alive()


def test_many_threads_are_served_one_at_a_time() -> None:
    owner, inside, most = Owner("its-name"), 0, 0

    def work() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        time.sleep(0.001)
        inside -= 1

    threads = [threading.Thread(target=owner.do, args=(work,)) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
