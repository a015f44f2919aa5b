import re

from dialboard.shapes.ids import new_id


def test_an_id_tells_what_it_names_and_can_be_read_aloud():
    assert re.fullmatch(r"acc_[0-9a-hj-km-np-tv-z]{16}", new_id("acc"))


def test_ids_do_not_repeat():
    assert len({new_id("evt") for _ in range(10_000)}) == 10_000
