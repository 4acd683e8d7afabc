"""Figures as text; None is a dash."""


def seconds(value):
    return "-" if value is None else f"{value:.3f}"


def ms(value, digits=1):
    return "-" if value is None else f"{_no_minus_zero(value * 1000, digits):.{digits}f}"


def signed_ms(value, digits=1):
    return "-" if value is None else f"{_no_minus_zero(value * 1000, digits):+.{digits}f}"


def interval_ms(difference):
    """+0.4 (-0.2 to +1.1)"""
    if difference is None:
        return "-"
    if difference.low is None:
        return signed_ms(difference.value)
    return f"{signed_ms(difference.value)} ({signed_ms(difference.low)} to {signed_ms(difference.high)})"


def ratio(value, of):
    return "-" if value is None or not of else f"{value / of:.2f}"


def duration(value):
    """For people: 1 h 02 min, 48 min 12 s, 9.4 s"""
    if value is None:
        return "-"
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes // 60} h {minutes % 60:02} min" if minutes >= 60 else f"{minutes} min {rest:02} s"


def count(number, thing):
    return f"{number} {thing}{'' if number == 1 else 's'}"


def join(names):
    """a, b and c"""
    names = list(names)
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1]))) if names else ""


def _no_minus_zero(value, digits):
    return round(value, digits) + 0.0
