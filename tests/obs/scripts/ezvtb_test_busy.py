"""Two threads of pure Python that never rest: what a badly written script does to everybody's GIL."""

import threading

stop = threading.Event()
threads = []


def busy():
    total = 0
    while not stop.is_set():
        for number in range(20000):
            total += number * number


def script_load(_settings):
    stop.clear()
    threads[:] = [threading.Thread(target=busy, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()


def script_unload():
    stop.set()
    for thread in threads:
        thread.join(5)
