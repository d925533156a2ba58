"""Training examples made ahead, in order, by threads."""

import queue
import threading
from collections.abc import Callable, Iterator
from itertools import count


def ahead(make: Callable[[int], object], start: int, threads: int) -> Iterator:
    """make(start), make(start + 1), ... in order, made ahead by daemon threads."""
    queues = [queue.Queue(2) for _ in range(threads)]

    def work(which):
        for k in count(start + which, threads):
            try:
                queues[which].put(make(k))
            except BaseException as error:  # handed on: a thread's own error is seen by nobody
                queues[which].put(error)
                return

    for which in range(threads):
        threading.Thread(target=work, args=(which,), daemon=True).start()
    for k in count():
        made = queues[k % threads].get()
        if isinstance(made, BaseException):
            raise made
        yield made
