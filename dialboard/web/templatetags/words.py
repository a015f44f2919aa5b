"""Words of the templates: icons, times as people say them, counts with their noun."""

from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from dialboard.web.icons import ICONS

register = template.Library()


@register.simple_tag
def icon(name: str) -> SafeString:
    """The drawing, hidden from screen readers: a word always stands beside it. KeyError when there is none."""
    return mark_safe(
        '<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" '
        f'stroke-linejoin="round" aria-hidden="true">{ICONS[name]}</svg>'
    )


@register.filter
def thousands(number: int | None) -> str:
    """12,480; an em dash for None."""
    return "—" if number is None else f"{number:,}"


@register.simple_tag
def counted(number: int, one: str, many: str | None = None) -> str:
    """1 row, 12,480 rows."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def since(then: datetime, now: datetime | None = None) -> str:
    """just now, 4 min ago, 3 h ago, 2 days ago; in 5 min for what is to come."""
    seconds = ((now or datetime.now(UTC)) - then).total_seconds()
    if abs(seconds) < 45:
        return "just now"
    for unit, size, limit in (("min", 60, 3600), ("h", 3600, 36 * 3600), ("day", 86400, float("inf"))):
        if abs(seconds) < limit:
            count = max(1, round(abs(seconds) / size))
            said = f"{count} {unit}" + ("s" if unit == "day" and count > 1 else "")
            return f"{said} ago" if seconds > 0 else f"in {said}"
    raise AssertionError("unreachable")


@register.filter
def ago(then: datetime | None) -> SafeString:
    """The time as people say it, with the exact one in the element; "never" for None."""
    if then is None:
        return SafeString("never")
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        then.astimezone(UTC).isoformat(timespec="seconds"),
        then.astimezone(UTC).strftime("%-d %b %Y, %H:%M:%S UTC"),
        since(then),
    )


@register.filter
def moment(then: datetime | None, zone: str = "UTC") -> SafeString:
    """24 Nov, 18:05:12 in the zone of the account; an em dash for None."""
    if then is None:
        return SafeString("—")
    where: tzinfo = ZoneInfo(zone)
    local = then.astimezone(where)
    return format_html(
        '<time datetime="{}">{}</time>', local.isoformat(timespec="seconds"), local.strftime("%-d %b %Y, %H:%M:%S")
    )
