"""A browser as far as signing in needs one: pages, forms, cookies, and who types a name."""

from html import unescape
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin
from urllib.request import HTTPCookieProcessor, build_opener

Form = tuple[str, dict[str, str]]
MOST = 12  # pages on the way


class _Forms(HTMLParser):
    """The first form of a page: where it goes, and what it holds."""

    def __init__(self) -> None:
        super().__init__()
        self.action: str | None = None
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form" and self.action is None:
            self.action = unescape(given["action"])
        if tag == "input" and given.get("name"):
            self.fields[given["name"]] = given.get("value", "")


class Browser:
    """Somebody with a browser of their own."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._opener = build_opener(HTTPCookieProcessor(CookieJar()))

    def sign_in(self, address: str, code: str, *, agreeing: bool = True) -> str:
        """Go through the provider's pages to the last one; that page's text."""
        place, page = self._open(address)
        for _ in range(MOST):
            forms = _Forms()
            forms.feed(page)
            if forms.action is None:
                return page
            fields = forms.fields
            if "login" in fields:
                fields |= {"login": self._name, "password": "any"}
            if fields.get("user_code") == "":
                fields["user_code"] = code
            if "confirm" in fields and not agreeing:
                fields = {name: it for name, it in fields.items() if name != "confirm"}
                fields["abort"] = "yes"
            place, page = self._open(urljoin(place, forms.action), fields)
            if "abort" in fields:
                return page
        raise AssertionError("signing in leads round in circles")

    def _open(self, address: str, fields: dict[str, str] | None = None) -> tuple[str, str]:
        data = None if fields is None else urlencode(fields).encode()
        with self._opener.open(address, data, timeout=20) as answer:
            return answer.url, answer.read().decode()
