"""What the routes of every noun declare alike: paths, shapes, examples and refusals.

A noun's module says what is its own: its words (the docstring of a route describes it, and
its name is the operation's), its bodies, and what is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from pydantic import BaseModel

from web.api import schemas, writing
from web.api.cursors import Page
from web.api.writing import Endpoint

Declares = Callable[[Endpoint], Endpoint]


class Sent(NamedTuple):
    """A shape that is answered, and an example of it."""

    shape: type[BaseModel]
    example: Mapping[str, Any]


class Noun:
    """Declares the routes of one kind of thing.

    Args:
        plural: Names its list in the address, and its part of the document.
        key: The parameter of the path that names one of them.
        sent: As one of them is answered.
        is_overseen: Not every role reads it.
    """

    def __init__(self, plural: str, key: str, sent: Sent, *, is_overseen: bool = False) -> None:
        self.router = writing.router(prefix=f"/{plural}", tags=[plural])
        self._key = key
        self._one = f"/{{{key}}}"
        self._sent = sent
        self._unread = (403,) if is_overseen else ()

    def lists(self, description: str) -> Declares:
        """Declare the route that lists them."""
        return self.router.get(
            "",
            response_model=Page.__class_getitem__(self._sent.shape),
            responses=schemas.reading(*self._unread)
            | schemas.listing(description, self._sent.example),
        )

    def shows(self) -> Declares:
        """Declare the route that shows one."""
        return self.router.get(
            self._one,
            response_model=self._sent.shape,
            responses=schemas.reading(*self._unread, 404)
            | schemas.answer(200, "It.", example=self._sent.example),
        )

    def adds(
        self,
        description: str,
        body: Mapping[str, Any],
        *,
        then: tuple[str, ...],
        sent: Sent | None = None,
        refuses: tuple[int, ...] = (404,),
    ) -> Declares:
        """Declare the route that adds one.

        Args:
            description: Of the answer.
            body: An example.
            then: The operations, by their ids, that what was added is ready for.
            sent: The answer, where it is not as the thing is shown.
            refuses: What it may refuse beside what every route that writes does.
        """
        shape, example = sent or self._sent
        found = "code" if self._key == "code" else "id"
        answer = schemas.answer(
            201,
            description,
            example=example,
            headers=schemas.MADE,
            links=schemas.links(self._key, *then, found=found),
        )
        return self.router.post(
            "",
            status_code=201,
            response_model=shape,
            responses=schemas.writing(*refuses) | answer,
            openapi_extra=schemas.body_example(body),
        )

    def edits(self, body: Mapping[str, Any]) -> Declares:
        """Declare the route that changes one; `body` is an example."""
        return self.router.patch(
            self._one,
            response_model=self._sent.shape,
            responses=self._written("As it is now.", self._sent.example),
            openapi_extra=schemas.body_example(body),
        )

    def does(self, deed: str, description: str, sent: Sent | None = None) -> Declares:
        """Declare a route that does something to one.

        Args:
            deed: The end of its address.
            description: Of the answer.
            sent: The answer, where it is not as the thing is shown.
        """
        shape, example = sent or self._sent
        return self.router.post(
            f"{self._one}/{deed}",
            response_model=shape,
            responses=self._written(description, example),
        )

    @staticmethod
    def _written(description: str, example: Mapping[str, Any]) -> schemas.Responses:
        return schemas.writing(404) | schemas.answer(200, description, example=example)
