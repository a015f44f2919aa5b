from django.db import models

from dialboard.control.models import new_ids
from dialboard.control.models.board import Board


class TileKind(models.TextChoices):
    NUMBER = "number"
    LINE = "line"
    AREA = "area"
    BAR = "bar"
    BREAKDOWN = "breakdown"


COLUMNS = 12  # of a board's grid


class Tile(models.Model):
    """One metric on a board. Places are cells of a grid of 12 columns, from its top left corner."""

    id = models.CharField(primary_key=True, max_length=20, default=new_ids.tile_id, editable=False)
    board = models.ForeignKey(Board, on_delete=models.CASCADE, related_name="tiles")
    metric = models.CharField(max_length=80)
    title = models.CharField(max_length=100, blank=True)  # "": the metric's own
    kind = models.CharField(max_length=10, choices=TileKind)
    split = models.CharField(max_length=80, blank=True)  # a dimension of the metric; "": not split
    by = models.CharField(max_length=10, blank=True)  # a grain; "": as the range suggests
    x = models.PositiveSmallIntegerField()
    y = models.PositiveSmallIntegerField()
    w = models.PositiveSmallIntegerField()
    h = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ("y", "x", "id")
        constraints = (
            models.CheckConstraint(condition=models.Q(kind__in=TileKind.values), name="tile_kind_known"),
            models.CheckConstraint(condition=models.Q(w__gte=1, h__gte=1), name="tile_has_a_size"),
            models.CheckConstraint(condition=models.Q(x__lte=COLUMNS - models.F("w")), name="tile_inside_the_grid"),
        )

    def __str__(self) -> str:
        return self.title or self.metric
