"""A person's browser, as far as forms go: signed in by a link, sends what a page's forms send."""

import re

import httpx

from tests.paths.running import Server


class Browser:
    def __init__(self, server: Server, link: str = "") -> None:
        """Signed in by that link; as the owner without one."""
        self._http = httpx.Client(base_url=server.url, follow_redirects=True, timeout=30)
        try:
            link = link or str(server.cli("sign-in-link")["link"])
            page = self.get(link[link.index("/sign-in") :])
            self.submit(page, "/sign-in/link")
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> "Browser":
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def get(self, path: str) -> httpx.Response:
        return self._http.get(path)

    def submit(self, page: httpx.Response, action: str, **fields: str) -> httpx.Response:
        """Sends the form of the page that goes there, its hidden fields and these."""
        form = re.search(rf'<form[^>]*action="{re.escape(action)}".*?</form>', page.text, re.DOTALL)
        assert form, f"{page.url} has no form that goes to {action}"
        hidden = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form[0])
        return self._http.post(action, data=dict(hidden) | fields, headers={"referer": str(page.url)})

    def close(self) -> None:
        self._http.close()
