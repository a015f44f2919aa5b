"""Light, dark or as the system: kept in a cookie, so that the first paint is right and no script has to run."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    wanted = request.POST.get("next", "/")
    response = redirect(wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) else "/")
    looks = request.POST.get("looks")
    if looks in {"light", "dark"}:
        # Readable by the script that switches without a reload; there is nothing secret in it.
        response.set_cookie(
            "dialboard_theme", looks, max_age=365 * 24 * 3600, samesite="Lax", secure=request.is_secure()
        )
    else:
        response.delete_cookie("dialboard_theme", samesite="Lax")
    return response
