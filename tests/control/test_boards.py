from dialboard.control import boards
from dialboard.measure.library import METRICS


def test_every_tile_of_the_overview_asks_a_metric_that_is_shipped_by_a_dimension_it_has():
    for place in boards.OVERVIEW:
        metric = METRICS[place.metric]
        assert not place.split or place.split in metric.dimensions, place


def test_the_tiles_fill_the_grid_without_touching():
    cells = [
        (x, y)
        for place in boards.OVERVIEW
        for x in range(place.x, place.x + place.w)
        for y in range(place.y, place.y + place.h)
    ]
    assert len(cells) == len(set(cells)) and max(x for x, _ in cells) == 11


def test_making_it_twice_gives_the_same_board(alice):
    board = alice.boards.get()
    assert boards.make_overview(alice) == board and board.tiles.count() == len(boards.OVERVIEW)
