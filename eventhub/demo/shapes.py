"""The shapes in which the demo's content is written down: plain values, keys instead of references.

Times are told as the programme tells them: a first day, then days counted from 1 and hours on the venue's clock. So an
event that is dated anew relative to today differs from a historical one in its first day alone.
"""

from dataclasses import dataclass

# One text in each language: {"en": ..., "zh": ...}.
Text = dict[str, str]


@dataclass(frozen=True, kw_only=True)
class Organisation:
    """An organisation; what is invented says so in its own name and in `invented`."""

    key: str
    name: Text
    short_name: Text
    stakeholder_type: str
    country: str
    invented: bool = False


@dataclass(frozen=True, kw_only=True)
class Person:
    """A person with a name; a Chinese one has a family and given name in Han characters and in pinyin."""

    key: str
    family: str
    given: str
    han_family: str = ""
    han_given: str = ""
    organisation: str
    position: Text
    biography: Text
    country: str
    language: str
    zone: str
    invented: bool = True


@dataclass(frozen=True, kw_only=True)
class SignIn:
    """A login of the demo, and its role in every organisation that organises something."""

    email: str
    person: str
    role: str


@dataclass(frozen=True, kw_only=True)
class Role:
    """Somebody in a session: a person by key, or, without a name, by what they represent.

    The stakeholder type is given where no organisation tells it, the country where neither organisation nor person does.
    """

    role: str
    person: str = ""
    name: Text | None = None
    organisation: str = ""
    stakeholder_type: str = ""
    country: str = ""
    mode: str = "in_person"
    state: str = "confirmed"


@dataclass(frozen=True, kw_only=True)
class Room:
    """A room of the venue, or a virtual one."""

    key: str
    name: Text
    virtual: bool = False


@dataclass(frozen=True, kw_only=True)
class Track:
    """A theme that runs through the programme, in one of the palette's colours."""

    key: str
    name: Text
    colour: str


@dataclass(frozen=True, kw_only=True)
class Session:
    """A scheduled part of an event; `invented` names the fields that no source gives.

    With `places`, participants sign up for it, and there are so many.
    """

    key: str
    kind: str
    title: Text
    day: int = 1
    start: str
    end: str
    abstract: Text | None = None
    room: str = ""
    track: str = ""
    language: str = "en"
    places: int | None = None
    roles: tuple[Role, ...] = ()
    invented: tuple[str, ...] = ("title", "abstract", "time", "room", "roles")


@dataclass(frozen=True, kw_only=True)
class ParentEvent:
    """Somebody else's event that ours is part of: name, days and address only."""

    name: Text
    first_day: str
    last_day: str
    url: str = ""


@dataclass(frozen=True, kw_only=True)
class Series:
    """Events that belong together."""

    slug: str
    title: Text
    summary: Text
    description: Text
    organiser: str
    main_language: str = "en"
    small_print: Text
    invented: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Event:
    """One gathering.

    `first_day` is a date, or how many days from today the event may begin at the earliest (it then begins on the next
    Tuesday). Registration opens so many days from today and closes so many days before the first day; `None` means
    that there is nothing to register for.
    """

    slug: str
    kind: str
    mode: str
    title: Text
    summary: Text
    description: Text
    small_print: Text
    invented: tuple[str, ...]
    organiser: str
    first_day: str | int
    start: str
    end: str
    days: int = 1
    zone: str
    venue: Text | None = None
    address: Text | None = None
    working_languages: tuple[str, ...] = ("en",)
    main_language: str = "en"
    status: str = "published"
    visibility: str = "public"
    co_organisers: tuple[str, ...] = ()
    assisting: tuple[str, ...] = ()
    supporting: tuple[str, ...] = ()
    parent: ParentEvent | None = None
    series: str = ""
    also_listed_in: tuple[str, ...] = ()
    contact: str = "events@example.org"
    registration_opens: int | None = None
    registration_closes: int = 2
    pools: dict[str, int] | None = None
    asks: tuple[str, ...] = ()
    rooms: tuple[Room, ...] = ()
    tracks: tuple[Track, ...] = ()
    sessions: tuple[Session, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Invitation:
    """A person who was asked by letter, so many days ago, for the parts that are proposed to them in an event."""

    event: str
    person: str
    email: str
    days_ago: int


@dataclass(frozen=True, kw_only=True)
class Delegation:
    """An invented delegation, made so many days ago; who has no address is told of by their role alone."""

    event: str
    days_ago: int
    pool: str
    contact: str
    email: str
    organisation: str
    stakeholder_type: str
    country: str
    language: str
    people: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Registration:
    """An invented registration, made so many days ago, with what the person typed and the sessions they chose."""

    event: str
    days_ago: int
    pool: str
    family: str
    given: str
    han_family: str = ""
    han_given: str = ""
    email: str
    organisation: str
    stakeholder_type: str
    country: str
    language: str
    sessions: tuple[str, ...] = ()
