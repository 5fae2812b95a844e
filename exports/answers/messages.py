"""The messages that answer a request: an envelope around the body that the models give."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

from exports.answers.engine import KINDS, AnswerEngine, Row
from exports.answers.requests import ERRORS, Checked, Request

Message = dict[str, Any]

BY: Final = "tallyhouse"
_ARGUMENT_FIELDS: Final = {kind.content: kind.argument_column for kind in KINDS}


def answer(
    engine: AnswerEngine,
    request: Request,
    checked: Checked,
    *,
    tail: Sequence[Row],
    asked: Sequence[Row] = (),
    now_ms: int,
) -> Iterator[Message]:
    """The messages that answer a request, in their order.

    Args:
        engine: Makes the bodies.
        request: The request.
        checked: What it came to.
        tail: Rows of the student's messages that the generation may lack.
        asked: The request as a row of messages.
        now_ms: Our clock.

    Yields:
        One message, or five for `all_feedback`; an error stands in the place of the message that it
        concerns.
    """
    if checked.error_code is not None:
        yield error(request, checked.error_code, now_ms)
        return
    for content in checked.contents:
        argument_field = _ARGUMENT_FIELDS[content]
        if argument_field and checked.argument_error:
            yield error(request, checked.argument_error, now_ms)
            continue
        body = engine.body(
            content,
            user_id=request.user_id,
            lab=checked.lab,
            course=checked.course,
            argument=checked.argument,
            tail=tail,
            request=asked,
        )
        if body is None:
            yield error(request, "internal_error", now_ms)
            continue
        yield {
            "user": request.user_id,
            "type": "response",
            "exp": request.lab,
            "course": request.course,
            "content": content,
            **({argument_field: checked.argument} if argument_field else {}),
            **body,
            **_times(request, now_ms),
        }


def error(request: Request, code: str, now_ms: int) -> Message:
    """The message that says why there is no answer; of the request only harmless words."""
    words = {
        "exp": request.shown(request.lab),
        "course": request.shown(request.course),
        "content": "error",
        "request_content": request.shown(request.content),
    }
    return {
        "user": request.user_id,
        "type": "response",
        **{name: word for name, word in words.items() if word is not None},
        "error": {"code": code, "message": ERRORS[code]},
        **_times(request, now_ms),
    }


def _times(request: Request, now_ms: int) -> Message:
    asked = {} if request.t_ms is None else {"request_t": request.t_ms}
    return {"t": now_ms, **asked, "by": BY}
