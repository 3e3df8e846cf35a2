"""Rows reach the store in order, once, without the caller waiting."""

import threading
import time

from dlsuite.tracking.delivery import LARGEST_BATCH, Delivery, Row


def rows(count: int, first: int = 0) -> list[Row]:
    return [Row("loss", float(step), 0, step) for step in range(first, first + count)]


class Door:
    """A place to deliver to that can be shut."""

    def __init__(self) -> None:
        self.open, self.calls, self.beats = True, 0, 0
        self.taken: list[Row] = []
        self.told: list[Exception] = []

    def take(self, batch) -> None:
        self.calls += 1
        if not self.open:
            raise ConnectionError("shut")
        self.taken += batch

    def beat(self) -> None:
        self.beats += 1

    def delivery(self, **times) -> Delivery:
        return Delivery(self.take, self.beat, self.told.append, **times)


def test_rows_handed_over_soon_after_each_other_share_a_delivery():
    door = Door()
    delivery = door.delivery(pace=0.2)
    delivery.put(rows(1))
    delivery.flush(5)
    for step in range(1, 50):
        delivery.put(rows(1, step))
    deadline = time.monotonic() + 5
    while len(door.taken) < 50 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert door.taken == rows(50)  # without any flush
    assert door.calls <= 3
    assert delivery.close(5) == []


def test_a_flush_waits_for_every_row_and_batches_stay_within_mlflows_limit():
    door = Door()
    sizes: list[int] = []
    delivery = Delivery(lambda batch: sizes.append(len(batch)), door.beat, door.told.append)
    delivery.put(rows(2 * LARGEST_BATCH + 1))
    assert delivery.flush(5) == 0
    assert sum(sizes) == 2 * LARGEST_BATCH + 1
    assert max(sizes) <= LARGEST_BATCH
    assert delivery.flush(5) == 0  # nothing to do
    assert delivery.close(5) == []


def test_a_shut_door_is_told_once_and_loses_nothing_once_it_opens():
    door = Door()
    door.open = False
    delivery = door.delivery(pace=0.01)
    for step in range(20):
        delivery.put(rows(1, step))
        assert delivery.flush(5) == step + 1
    assert [str(problem) for problem in door.told] == ["shut"]
    door.open = True
    assert delivery.flush(5) == 0
    assert door.taken == rows(20)
    assert delivery.close(5) == []


def test_pauses_grow_while_the_door_is_shut():
    door = Door()
    door.open = False
    delivery = door.delivery(pace=0.05)
    delivery.put(rows(1))
    time.sleep(0.6)
    assert 2 <= door.calls <= 4  # at 0, 0.1, 0.3 and 0.7 s
    assert delivery.close(5) == rows(1)


def test_what_is_left_at_the_end_is_given_back():
    door = Door()
    door.open = False
    delivery = door.delivery()
    delivery.put(rows(3))
    assert delivery.close(5) == rows(3)


def test_a_door_that_never_answers_holds_the_end_up_no_longer_than_allowed():
    released, answered = threading.Event(), []
    door = Door()

    def hang(batch) -> None:
        released.wait(30)
        answered.append(batch)

    delivery = Delivery(hang, door.beat, door.told.append)
    delivery.put(rows(3))
    assert delivery.flush(0.1) == 3
    assert delivery.close(0.1) == rows(3)
    assert not answered
    released.set()


def test_a_heart_beats_without_any_rows():
    door = Door()
    delivery = door.delivery(beat_every=0.02)
    deadline = time.monotonic() + 5
    while door.beats < 3 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert door.beats >= 3
    assert delivery.close(5) == []


def test_who_hands_over_does_not_wait_for_a_delivery():
    released, delivered = threading.Event(), []
    door = Door()

    def slow(batch) -> None:
        released.wait(30)
        delivered.append(batch)

    delivery = Delivery(slow, door.beat, door.told.append)
    for step in range(100):
        delivery.put(rows(10, step))
    assert not delivered  # all were handed over before a single delivery was made
    released.set()
    delivery.close(10)
