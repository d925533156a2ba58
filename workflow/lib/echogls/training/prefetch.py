"""Training examples made ahead, in order, by threads."""

import queue
import threading
from collections.abc import Callable, Iterator
from itertools import count


def ahead(
    make: Callable[[int], object], start: int, threads: int, stop: int | None = None
) -> Iterator:
    """make(start), make(start + 1), ... in order, made ahead by threads; to `stop`, or without end.

    They end with the iterator: a thread that is still at work when Python ends aborts it.
    """
    queues = [queue.Queue(2) for _ in range(threads)]
    ended = threading.Event()

    def work(which):
        for k in count(start + which, threads):
            if ended.is_set() or (stop is not None and k >= stop):
                return
            try:
                queues[which].put(make(k))
            except BaseException as error:  # handed on: a thread's own error is seen by nobody
                queues[which].put(error)
                return

    workers = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(threads)]
    for worker in workers:
        worker.start()
    try:
        for k in count() if stop is None else range(stop - start):
            item = queues[k % threads].get()
            if isinstance(item, BaseException):
                raise item
            yield item
    finally:
        ended.set()
        for worker, full in zip(workers, queues, strict=True):
            while not full.empty():  # lets go of a worker that waits for room
                full.get_nowait()
            worker.join()
