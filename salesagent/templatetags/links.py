"""`{% url %}` as Django has it, quick for what pages ask most: a name, or a name and one number."""

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template import defaulttags
from django.template.base import Parser, Token
from django.template.context import Context
from django.urls import get_script_prefix, get_urlconf, reverse
from django.utils.html import conditional_escape

register = template.Library()
MARK = 987654321  # stands for the number while the URL is cut in two


@lru_cache(maxsize=512)
def _parts(name: str, numbered: bool, where: tuple[str | None, ...]) -> tuple[str, ...]:
    """The URL before and after its number; whole when it takes none. NoReverseMatch as reverse."""
    url = reverse(name, args=[MARK] if numbered else None)
    return tuple(url.split(str(MARK))) if numbered else (url,)


class UrlNode(defaulttags.URLNode):
    """Every other form (keywords, text arguments, `as name`) goes Django's way.

    No namespace of ours is included twice, so the current one never matters.
    """

    def render(self, context: Context) -> str:
        if self.kwargs or self.asvar or len(self.args) > 1:
            return super().render(context)
        values: list[Any] = [arg.resolve(context) for arg in self.args]
        if values and (type(values[0]) is not int or values[0] < 0):
            return super().render(context)
        where = (settings.ROOT_URLCONF, get_urlconf(), get_script_prefix())
        parts = _parts(self.view_name.resolve(context), bool(values), where)
        url = str(values[0]).join(parts) if values else parts[0]
        return conditional_escape(url) if context.autoescape else url


@register.tag
def url(parser: Parser, token: Token) -> UrlNode:
    node = defaulttags.url(parser, token)
    return UrlNode(node.view_name, node.args, node.kwargs, node.asvar)
