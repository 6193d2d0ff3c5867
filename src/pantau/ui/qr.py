"""QR codes as pictures."""

import io


def qr_svg(text: str, *, title: str = "QR") -> str:
    """Return a QR code of `text` as SVG for the middle of a page."""
    # Hardly anybody asks for one, and it brings the writers of all kinds of pictures.
    import segno  # noqa: PLC0415

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(
        out, kind="svg", xmldecl=False, svgns=True, border=2, omitsize=True, title=title
    )
    return out.getvalue().decode("utf-8")
