"""Who may hear of a facility's holds: contacts, their channels, and who is on duty."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Flag, auto
from functools import cached_property
from typing import Any, NamedTuple

from scheduler.domain import duty_hours
from scheduler.domain.duty_hours import Hours


class Side(Flag):
    """Whose contact a recipient is."""

    OFFICE = auto()
    FACILITY = auto()
    SUPERVISOR = auto()
    ADMINISTRATORS = auto()


AGENCY = Side.OFFICE | Side.SUPERVISOR
"""Sides that belong to the agency."""


class Channel(NamedTuple):
    """One way to reach a contact; the lowest place comes first."""

    id: str
    kind: str
    place: int = 1


class Contact(NamedTuple):
    """A recipient.

    Attributes:
        channels: Those that are switched on, the first one first.
        place: In the duty list, from 1; None is not on it.
        on_duty: Weekly hours on duty; None is always.
        quiet: Daily hours in which early reminders wait; None is never.
        kinds: The webhook types that it is narrowed to; None hears all that reaches its side.
    """

    id: str
    side: Side
    channels: tuple[Channel, ...]
    place: int | None = None
    on_duty: Hours | None = None
    quiet: Hours | None = None
    kinds: frozenset[str] | None = None

    @property
    def first_channels(self) -> tuple[Channel, ...]:
        """The channels that carry early alerts: the lowest place, however many share it."""
        lowest = min(channel.place for channel in self.channels)
        return tuple(channel for channel in self.channels if channel.place == lowest)

    def is_on_duty(self, now: datetime) -> bool:
        """Say whether the weekly hours hold an instant."""
        return self.on_duty is None or duty_hours.is_on(self.on_duty, now)


Chain = tuple[tuple[Contact, ...], ...]


@dataclass(frozen=True)
class Roster:
    """Everybody who may hear of a facility's holds.

    Attributes:
        contacts: Each with at least one channel.
        alerts_despite_prohibition: The agency is alerted also where a policy prohibits notice.
        known: What was worked out before: a batch tells a few kinds hundreds of times.
    """

    contacts: tuple[Contact, ...] = ()
    alerts_despite_prohibition: bool = False
    known: dict[Any, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @cached_property
    def duty_list(self) -> tuple[Contact, ...]:
        """The office's contacts with a place, in the order in which they are told."""
        listed = [c for c in self.contacts if c.side is Side.OFFICE and c.place is not None]
        return tuple(sorted(listed, key=lambda contact: contact.place or 0))

    @cached_property
    def is_scheduled(self) -> bool:
        """Whether it depends on the hour who of the list is on duty."""
        return any(contact.on_duty is not None for contact in self.duty_list)

    def first(self, now: datetime) -> Contact | None:
        """Return who of the list is told first; the first of it where nobody is on duty.

        An alert that waits for the next shift would be the failure that a list is
        there to prevent.
        """
        on_duty = (contact for contact in self.duty_list if contact.is_on_duty(now))
        return next(on_duty, self.duty_list[0] if self.duty_list else None)

    def chain(self, now: datetime, *, since: datetime | None = None, agency: bool = True) -> Chain:
        """Return whom an unanswered reminder goes on to, place by place.

        Args:
            now: When it goes on: who is on duty then, is told.
            since: When the reminder was sent, and its first recipient was on duty;
                None is now. After a change of shift those who took over come first.
            agency: False leaves out the office and its supervisor.
        """
        if self.is_scheduled:
            return self._chain(now, since or now, agency=agency)
        known: Chain | None = self.known.get(agency)
        if known is None:
            known = self.known[agency] = self._chain(now, now, agency=agency)
        return known

    def _chain(self, now: datetime, since: datetime, *, agency: bool) -> Chain:
        told = self.first(since)
        others = [contact for contact in self.duty_list if contact is not told]
        places: list[tuple[Contact, ...]] = []
        if agency:
            places += [(contact,) for contact in others if contact.is_on_duty(now)]
            places += self._group(Side.SUPERVISOR)
        places += self._group(Side.ADMINISTRATORS)
        # With nobody else to turn to, who is off duty is better than nobody.
        return tuple(places or ([(contact,) for contact in others] if agency else []))

    def _group(self, side: Side) -> list[tuple[Contact, ...]]:
        members = tuple(contact for contact in self.contacts if contact.side is side)
        return [members] if members else []
