"""Invoices on paper: one page of A4 as PDF."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any

from django.conf import settings

from marketplace.operations.core.currencies import format_amount
from marketplace.operations.core.money import format_money

# The last resort, and not embedded: whoever shows the page has them, or takes what is nearest, or shows nothing.
_CHINESE, _KOREAN = "STSong-Light", "HYSMyeongJo-Medium"
_HANGUL = ((0x1100, 0x11FF), (0x3130, 0x318F), (0xAC00, 0xD7AF))
_FAR_EASTERN = ((0x0391, 0x03C9), (0x0401, 0x0451), (0x3000, 0x30FF), (0x4E00, 0x9FFF), (0xFF00, 0xFFEF))
_LEFT, _RIGHT, _TOP = 56.0, 539.0, 780.0


@dataclass(frozen=True)
class PaperLine:
    """One line as it is printed."""

    text: str
    quantity: int | None
    amount_micros: int


@dataclass(frozen=True)
class Paper:
    """What is printed."""

    title: str
    number: str
    date: str
    issuer: tuple[str, ...]
    customer: tuple[str, ...]
    subject: str
    order: str
    currency: str
    lines: tuple[PaperLine, ...]
    total_micros: int
    exact_micros: int
    sha256: str


def invoice_pdf(paper: Paper) -> bytes:
    """Return the page; the same invoice gives the same bytes."""
    from reportlab.pdfgen.canvas import Canvas  # noqa: PLC0415 -- heavy, and used by few processes

    fonts = _fonts()
    target = BytesIO()
    canvas = Canvas(target, pagesize=(595.28, 841.89), invariant=1, pageCompression=1)
    canvas.setTitle(f"{paper.title} {paper.number}")
    canvas.setAuthor(paper.issuer[0])
    page = _Page(canvas, fonts)
    _head(page, paper)
    _table(page, paper, subject_at(paper) - 46)
    _foot(page, paper)
    canvas.showPage()
    canvas.save()
    return target.getvalue()


def subject_at(paper: Paper) -> float:
    """Return the height of the line that says what for, below all lines of who sends the invoice, and to whom."""
    n_lines = max(len(paper.issuer), len(paper.customer))
    return _TOP - 72 - 13 * max(4, n_lines - 1) - 26


def _head(page: "_Page", paper: Paper) -> None:
    page.text(_LEFT, _TOP, paper.title, size=20, bold=True)
    page.text(_RIGHT, _TOP, paper.number, size=12, bold=True, right=True)
    page.text(_RIGHT, _TOP - 16, paper.date, right=True)
    for x, name, lines in ((_LEFT, "From", paper.issuer), (310.0, "To", paper.customer)):
        page.text(x, _TOP - 56, name, size=8, grey=True)
        for row, line in enumerate(lines):
            page.text(x, _TOP - 72 - 13 * row, line, bold=row == 0, width=225)
    page.text(_LEFT, subject_at(paper), paper.subject, bold=True, width=_RIGHT - _LEFT)
    page.text(_LEFT, subject_at(paper) - 14, f"Order {paper.order}", size=8, grey=True)


def _table(page: "_Page", paper: Paper, y: float) -> None:
    page.text(_LEFT, y, "What for", size=8, grey=True)
    page.text(400, y, "Quantity", size=8, grey=True, right=True)
    page.text(_RIGHT, y, f"Amount in {paper.currency}", size=8, grey=True, right=True)
    page.rule(y - 6)
    for line in paper.lines:
        y -= 22
        page.text(_LEFT, y, line.text, width=260)
        page.text(400, y, "" if line.quantity is None else f"{line.quantity:,}", right=True)
        page.text(_RIGHT, y, grouped(format_amount(line.amount_micros, paper.currency)), right=True)
    page.rule(y - 8)
    page.text(_LEFT, y - 26, "Total", size=12, bold=True)
    total = grouped(format_amount(paper.total_micros, paper.currency))
    page.text(_RIGHT, y - 26, total, size=12, bold=True, right=True)
    rounding = format_money(paper.total_micros - paper.exact_micros)
    page.text(
        _LEFT,
        y - 46,
        f"Exactly {grouped(format_money(paper.exact_micros))} {paper.currency}; rounding each line to the currency's"
        f" smallest unit made a difference of {rounding}.",
        size=8,
        grey=True,
    )
    page.text(_LEFT, y - 58, "Paid from the prepaid balance. No tax is included or computed.", size=8, grey=True)


def grouped(amount: str) -> str:
    """Return an amount with its thousands apart, as quantities are.

    >>> grouped("1234567.80"), grouped("-0.05")
    ('1,234,567.80', '-0.05')
    """
    return f"{Decimal(amount):,f}"


def _foot(page: "_Page", paper: Paper) -> None:
    page.rule(70)
    page.text(_LEFT, 56, f"Sealed as SHA-256 {paper.sha256}", size=7, grey=True)


@dataclass(frozen=True)
class _Fonts:
    """The embedded fonts, each with the letters it has, in the order in which they are asked for one."""

    plain: tuple[tuple[str, frozenset[int]], ...]
    bold: tuple[str, frozenset[int]]

    def name_for(self, character: str, *, bold: bool) -> str | None:
        """Return the font that has it, if one has."""
        code = ord(character)
        for name, covered in (*([self.bold] if bold else []), *self.plain):
            if code in covered:
                return name
        if any(first <= code <= last for first, last in _HANGUL):
            return _KOREAN
        if any(first <= code <= last for first, last in _FAR_EASTERN):
            return _CHINESE
        return None

    def runs(self, text: str, *, bold: bool) -> Iterator[tuple[str, str]]:
        """Yield pieces of the text, each with its font; what no font has is shown as a question mark."""
        # A line is bold as a whole or not at all.
        bold = bold and all(ord(character) in self.bold[1] for character in text)
        fitted = [(self.name_for(character, bold=bold), character) for character in text]
        known = [(name or self.plain[0][0], character if name else "?") for name, character in fitted]
        for name, group in groupby(known, key=lambda pair: pair[0]):
            yield name, "".join(character for _, character in group)


@cache
def _fonts() -> _Fonts:
    """Register the fonts: those that come with reportlab, and those that the deployment names, for other scripts."""
    import reportlab  # noqa: PLC0415
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415

    own = Path(reportlab.__file__).parent / "fonts"
    for name in (_CHINESE, _KOREAN):
        pdfmetrics.registerFont(UnicodeCIDFont(name))
    named = [_embedded(f"Paper-{number}", path) for number, path in enumerate(settings.INVOICE_FONTS)]
    return _Fonts(
        plain=(_embedded("Paper", own / "Vera.ttf"), *named), bold=_embedded("Paper-Bold", own / "VeraBd.ttf")
    )


def _embedded(name: str, path: Path) -> tuple[str, frozenset[int]]:
    from reportlab.pdfbase import pdfmetrics  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFont  # noqa: PLC0415

    font = TTFont(name, str(path))
    pdfmetrics.registerFont(font)
    return name, frozenset(font.face.charToGlyph)


@dataclass(frozen=True)
class _Page:
    canvas: Any
    fonts: _Fonts

    def rule(self, y: float) -> None:
        """Draw a thin line across the page."""
        self.canvas.setStrokeGray(0.75)
        self.canvas.setLineWidth(0.5)
        self.canvas.line(_LEFT, y, _RIGHT, y)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 10,
        bold: bool = False,
        grey: bool = False,
        right: bool = False,
        width: float | None = None,
    ) -> None:
        """Write one line of text, ending at `x` if `right`, and cut off with dots where it is wider than `width`."""
        runs = list(self.fonts.runs(self._cut(text, size=size, bold=bold, width=width), bold=bold))
        self.canvas.setFillGray(0.45 if grey else 0.0)
        if right:
            x -= self._width(runs, size)
        for font, piece in runs:
            self.canvas.setFont(font, size)
            self.canvas.drawString(x, y, piece)
            x += self._width([(font, piece)], size)

    def _cut(self, text: str, *, size: float, bold: bool, width: float | None) -> str:
        if width is None or self._width(list(self.fonts.runs(text, bold=bold)), size) <= width:
            return text
        while text and self._width(list(self.fonts.runs(text + "…", bold=bold)), size) > width:
            text = text[:-1]
        return text + "…"

    def _width(self, runs: list[tuple[str, str]], size: float) -> float:
        return sum(float(self.canvas.stringWidth(piece, font, size)) for font, piece in runs)
