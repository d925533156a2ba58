"""Full precision -> what is printed. An empty cell stays empty, and a minus is a minus."""

import math
import re

MINUS = "\N{MINUS SIGN}"
EMPTY = "\N{EM DASH}"
BELOW_ZERO = re.compile(r"(?<![\w.])-(?=\d)")


def number(value: object, decimals: int = 1) -> str:
    """A number as text, half rounded to even; an empty or missing one is a dash.

    Example
    -------
    >>> number("-17.25", 1), number("", 1), number(-0.01, 1)
    ('\u221217.2', '\u2014', '0.0')
    """
    parsed = _parsed(value)
    if parsed is None:
        return EMPTY
    text = f"{parsed:.{decimals}f}"
    if not float(text):
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def minus_signs(text: str) -> str:
    """Words with a minus before numbers below zero; hyphens of names stay.

    Example
    -------
    >>> minus_signs("case-1, GLS -18.0 %") == f"case-1, GLS {MINUS}18.0 %"
    True
    """
    return BELOW_ZERO.sub(MINUS, text)


def signed(value: object, decimals: int = 1) -> str:
    """As `number`, with a plus before a positive one: for differences.

    Example
    -------
    >>> signed(0.62), signed("0.04")
    ('+0.6', '0.0')
    """
    text = number(value, decimals)
    parsed = _parsed(value)
    return f"+{text}" if parsed is not None and parsed > 0 and float(text) else text


def interval(row: dict | None, decimals: int = 1, sign: bool = False) -> str:
    """Estimate and interval of a row of agreement.tsv: "0.62 (0.30 to 0.80)".

    Example
    -------
    >>> interval({"estimate": "0.616", "ci_low": "-0.1", "ci_high": "1.33"}, 1, sign=True)
    '+0.6 (\u22120.1 to +1.3)'
    """
    if row is None:
        return EMPTY
    write = signed if sign else number
    low, high = (write(row[name], decimals) for name in ("ci_low", "ci_high"))
    text = write(row["estimate"], decimals)
    return text if EMPTY in (text, low, high) else f"{text} ({low} to {high})"


def limits(rows: dict[str, dict], decimals: int = 1) -> str:
    """Both limits of agreement of statistic -> row: "\u22122.5 to +3.7"."""
    ends = [rows.get(name, {}).get("estimate") for name in ("loa_lower", "loa_upper")]
    low, high = (signed(end, decimals) for end in ends)
    return EMPTY if EMPTY in (low, high) else f"{low} to {high}"


def p_value(value: object) -> str:
    """A p value as journals print it.

    Example
    -------
    >>> p_value("0.0004"), p_value(0.041), p_value(0.2)
    ('<0.001', '0.041', '0.20')
    """
    parsed = _parsed(value)
    if parsed is None:
        return EMPTY
    if parsed < 0.001:
        return "<0.001"
    return f"{parsed:.3f}" if parsed < 0.1 else f"{parsed:.2f}"


def plus_minus(mean: object, sd: object, decimals: int = 1) -> str:
    """Mean ± SD; without SD the mean alone."""
    if _parsed(sd) is None:
        return number(mean, decimals)
    return f"{number(mean, decimals)} ± {number(sd, decimals)}"


def _parsed(value: object) -> float | None:
    if value is None or value == "":
        return None
    parsed = float(value)
    return parsed if math.isfinite(parsed) else None
