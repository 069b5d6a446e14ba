"""E-mail addresses as people type them, and as they are compared."""

from __future__ import annotations

import unicodedata

from email_validator import EmailNotValidError, validate_email

# Far beyond any address (RFC 5321 §4.5.3.1: 254 octets), so that what is cut is still too long to pass.
LONGEST = 1000


def tidy(typed: str) -> str:
    """An address without what an input method or a paste adds: full-width forms, spaces, invisible marks.

    What is far too long is cut first: it is refused later, and composing its letters could take minutes.
    """
    folded = unicodedata.normalize("NFKC", typed[:LONGEST]).replace("。", ".")
    kept = "".join(
        letter for letter in folded if not letter.isspace() and unicodedata.category(letter) not in {"Cf", "Cc"}
    )
    # What stood apart may be one letter now.
    return unicodedata.normalize("NFKC", kept)


def normalise(typed: str) -> str:
    """The form in which two spellings of one address are equal; raises ValueError where it is no address.

    Letters lose their case and their full-width forms; `+tag` stays, for it may be another mailbox.
    """
    try:
        checked = validate_email(tidy(typed), check_deliverability=False)
    except EmailNotValidError as error:
        raise ValueError(str(error)) from None
    return checked.normalized.casefold()
