"""The whole of the demo's content, in the order in which it is loaded."""

from .coming import COMING_EVENTS, NEXT_SERIES
from .events_2020 import CONSORTIUM_SERIES, COVID_19_SERIES, EVENTS_2020
from .workshop_2019 import WORKSHOP_2019

SERIES = (COVID_19_SERIES, CONSORTIUM_SERIES, NEXT_SERIES)
EVENTS = (WORKSHOP_2019, *EVENTS_2020, *COMING_EVENTS)
