"""Telephone numbers as they are dialled from abroad."""

from __future__ import annotations


def international(number: str, country: str) -> str | None:
    """A number with its calling code, `+861012345678` (ITU-T E.164); None where it is none that can be dialled so.

    A number without a plus is read as people dial it in the country, which is told by two letters or not at all.
    """
    # 25 ms and 0.9 MB, only for those who are told a telephone number.
    from phonenumbers import NumberParseException, PhoneNumberFormat, format_number, is_valid_number, parse

    try:
        read = parse(number, country or None)
    except NumberParseException:
        return None
    return format_number(read, PhoneNumberFormat.E164) if is_valid_number(read) else None
