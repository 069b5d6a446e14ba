"""How many places of which sort there are, and by which rules they are given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from flask_babel import gettext
from sqlalchemy import select

from eventhub.events.models import Event
from eventhub.foundation.actor import Actor
from eventhub.foundation.db import announce, check_version, db, get, use_case
from eventhub.foundation.errors import Invalid
from eventhub.foundation.i18n import EMPTY, LOCALES, Translated
from eventhub.foundation.permissions import require
from eventhub.foundation.slugs import slugify
from eventhub.organisations.models import STAKEHOLDER_TYPES

from . import policy
from .models import ADMISSIONS, MODES, OFFERED, POOL_KEYS, PROMOTIONS, QUOTAS, Pool
from .queue import Pools, lapse, lock, promote
from .signals import CapacityChanged, PoolSettled

MOST_PLACES, MOST_HOURS, MOST_QUOTAS = 100_000, 720, 40


@dataclass(frozen=True, slots=True)
class PoolPlan:
    """What organisers say of a pool: its columns of the same names."""

    mode: str
    name: Translated = EMPTY
    capacity: int | None = None
    admission: str = "anyone"
    promotion: str = "directly"
    offer_hours: int = 48
    hold_hours: int | None = None
    opens: datetime | None = None
    closes: datetime | None = None
    languages: Sequence[str] = ()
    quotas: Sequence[Mapping[str, Any]] = ()
    is_open: bool = True

    @classmethod
    def of(cls, pool: Pool) -> PoolPlan:
        """What is said of a pool now."""
        return cls(**{field.name: getattr(pool, field.name) for field in fields(cls)})


@use_case
def save_pool(actor: Actor, event_id: UUID, plan: PoolPlan, key: str | None = None, version: int | None = None) -> Pool:
    """The pool of a key by another plan, or without a key a pool that there was not.

    More places go to those who wait, in order; fewer take nobody's away. Raises Stale where somebody saved it since
    `version`, and Invalid where a value cannot be.
    """
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    pool = pools.get(key) if key else None
    if key and pool is None:
        raise Invalid("pool", gettext("Choose one from the list."))
    if pool is not None:
        check_version(pool, version)
    _check(event, plan, is_own=pool is None or pool.is_own)
    if pool is None:
        pool = Pool(event_id=event.id, key=_free_key(plan, pools), position=len(POOL_KEYS) + len(pools))
    was, former_mode = pool.capacity, pool.mode
    for field in fields(PoolPlan):
        value = getattr(plan, field.name)
        setattr(pool, field.name, list(value) if field.name in {"languages", "quotas"} else value)
    if not pool.is_own:
        pool.mode = pool.key
    db.session.add(pool)
    db.session.flush()
    announce(PoolSettled(event.id, pool.id, pool.key, is_moved=former_mode not in {None, pool.mode}))
    if pool.capacity != was:
        announce(CapacityChanged(event.id, pool.id, pool.capacity))
    promote(event, pool)
    return pool


@use_case
def change_pools(actor: Actor, event_id: UUID, capacities: Mapping[str, int | None]) -> None:
    """The pools that every event has with these capacities, by key; None is no limit. Raises Invalid for what is none.

    More places go to those who wait, in order; fewer take nobody's away.
    """
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    for key, capacity in capacities.items():
        if key not in POOL_KEYS or (capacity is not None and not 0 <= capacity <= MOST_PLACES):
            raise Invalid(key, gettext("The number of places is a whole number, 0 or more."))
        pool = pools.get(key) or _add(event, key)
        if pool.capacity != capacity:
            pool.capacity = capacity
            announce(CapacityChanged(event.id, pool.id, capacity))
            promote(event, pool)


@use_case
def ensure_pools(actor: Actor, event_id: UUID, like: UUID | None = None) -> None:
    """The pools that the event's mode needs, without a limit, or all those of the event that it is `like`."""
    event, pools = _lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    models: dict[str, Pool] = {}
    if like is not None:
        models = {pool.key: pool for pool in db.session.scalars(select(Pool).where(Pool.event_id == like))}
    own = [key for key, model in models.items() if model.is_own]
    for key in (*OFFERED[event.mode], *own):
        if key not in pools:
            _add(event, key, models.get(key))


@use_case
def promote_waiting(actor: Actor, event_id: UUID) -> None:
    """Free places given to those who wait, as when an event opens again, or a place was held too long."""
    event, pools = lock(event_id)
    require(policy.may_manage_registrations(actor, event), hidden=True)
    for pool in pools.values():
        lapse(event, pool)
        promote(event, pool)


def _lock(event_id: UUID) -> tuple[Event, Pools]:
    # The event alone, first: a question that waits for it does not see the pools that are added meanwhile.
    get(Event, event_id, lock=True)
    return lock(event_id)


def _add(event: Event, key: str, like: Pool | None = None) -> Pool:
    """A pool of a key, by the rules of another; its window is another event's, and does not go with it."""
    pool = Pool(event_id=event.id, key=key, mode=like.mode if like else key)
    if key in POOL_KEYS:
        pool.position = POOL_KEYS.index(key)
    if like is not None:
        for field in fields(PoolPlan):
            if field.name not in {"opens", "closes", "mode"}:
                setattr(pool, field.name, getattr(like, field.name))
        pool.position = like.position
    db.session.add(pool)
    db.session.flush()
    return pool


def _free_key(plan: PoolPlan, pools: Mapping[str, Pool]) -> str:
    wanted = slugify(plan.name.in_("en"))[:60] or "pool"
    taken = {*pools, *POOL_KEYS}
    return next(key for key in (wanted, *(f"{wanted}-{n}" for n in range(2, len(taken) + 3))) if key not in taken)


def _check(event: Event, plan: PoolPlan, *, is_own: bool) -> None:
    if is_own and not plan.name:
        raise Invalid("name", gettext("Please write a name."))
    for field, value, values in (
        ("mode", plan.mode, MODES),
        ("admission", plan.admission, ADMISSIONS),
        ("promotion", plan.promotion, PROMOTIONS),
    ):
        if value not in values:
            raise Invalid(field, gettext("Choose one from the list."))
    if set(plan.languages) - LOCALES.keys():
        raise Invalid("languages", gettext("Choose one from the list."))
    if plan.capacity is not None and not 0 <= plan.capacity <= MOST_PLACES:
        raise Invalid("capacity", gettext("The number of places is a whole number, 0 or more."))
    for field, hours in (("offer_hours", plan.offer_hours), ("hold_hours", plan.hold_hours)):
        if hours is not None and not 1 <= hours <= MOST_HOURS:
            raise Invalid(field, gettext("A number of hours from 1 to %(most)s.", most=MOST_HOURS))
    if plan.opens and plan.closes and plan.opens >= plan.closes:
        raise Invalid("closes", gettext("Registration closes after it opens."))
    _check_quotas(plan.quotas)


def _check_quotas(quotas: Sequence[Mapping[str, Any]]) -> None:
    if len(quotas) > MOST_QUOTAS:
        raise Invalid("quotas", gettext("%(most)s quotas at most.", most=MOST_QUOTAS))
    seen = set()
    for quota in quotas:
        kind, value, capacity = quota.get("kind"), quota.get("value"), quota.get("capacity")
        known = value in STAKEHOLDER_TYPES if kind == "stakeholder_type" else isinstance(value, str) and len(value) == 2
        if kind not in QUOTAS or not known or not isinstance(capacity, int) or not 0 <= capacity <= MOST_PLACES:
            raise Invalid("quotas", gettext("Each quota needs a group and a number of places."))
        if (kind, value) in seen:
            raise Invalid("quotas", gettext("Each group has one quota at most."))
        seen.add((kind, value))
