"""The HTML form of a report: scikit-learn's diagram of the estimator, pictures, and tables."""

from html import escape

from sklearn.utils import estimator_html_repr

# Colours of the surrounding page are kept, so that it reads in dark notebooks too.
STYLE = """
.sklearn-dsr-report { font-family: system-ui, sans-serif; font-size: 13px; max-width: 76em; }
.sklearn-dsr-report h4 { margin: 1.2em 0 0.3em; font-size: 1.05em; }
.sklearn-dsr-report table { border-collapse: collapse; margin: 0; font-size: inherit;
  display: block; overflow-x: auto; }
.sklearn-dsr-report th, .sklearn-dsr-report td { text-align: left; padding: 0.2em 1.2em 0.2em 0;
  border: none; border-bottom: 1px solid rgba(128, 128, 128, 0.3); white-space: nowrap; }
.sklearn-dsr-report th { font-weight: 600; opacity: 0.75; }
.sklearn-dsr-report .beside { display: flex; flex-wrap: wrap; column-gap: 2.5em; }
.sklearn-dsr-report .beside > * { max-width: 100%; }
.sklearn-dsr-report figure { margin: 1em 0 0; }
.sklearn-dsr-report figcaption { opacity: 0.75; }
.sklearn-dsr-report img { height: 180px; max-width: 100%; object-fit: contain; }
.sklearn-dsr-report ul { margin: 1em 0 0; padding-left: 1.4em; }
"""


def page(estimator, pictures, sections, notes):
    """HTML of a report, to be put into any page.

    Parameters
    ----------
    estimator : estimator or None
        Its diagram stands at the top.
    pictures : list of (caption, PNG image in base64)
    sections : list of (title, header or None, rows)
        Texts that are escaped already, but for the header.
    notes : list of str
        Sentences below; empty ones are left out.

    Returns
    -------
    str
    """
    diagram = "" if estimator is None else estimator_html_repr(estimator)
    shown = "".join(_picture(*picture) for picture in pictures)
    shown = f'<div class="beside">{shown}</div>' if shown else ""
    tables = "".join(_table(*section) for section in sections)
    items = "".join(f"<li>{escape(note)}</li>" for note in notes if note)
    listed = f"<ul>{items}</ul>" if items else ""
    body = f'{diagram}{shown}<div class="beside">{tables}</div>{listed}'
    return f'<style>{STYLE}</style><div class="sklearn-dsr-report">{body}</div>'


def _picture(caption, png):
    caption = escape(caption)
    image = f'<img alt="{caption}" src="data:image/png;base64,{png}"/>'
    return f"<figure>{image}<figcaption>{caption}</figcaption></figure>"


def _table(title, header, rows):
    head = ""
    if header:
        cells = "".join(f"<th>{escape(cell)}</th>" for cell in header)
        head = f"<thead><tr>{cells}</tr></thead>"
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<div><h4>{title}</h4><table>{head}<tbody>{body}</tbody></table></div>"
