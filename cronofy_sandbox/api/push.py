"""Push channels."""

from datetime import timedelta

from django.http import HttpResponse

from cronofy_sandbox import delivery
from cronofy_sandbox.api.answers import empty, json_answer
from cronofy_sandbox.api.context import CallContext, endpoint
from cronofy_sandbox.core import shapes
from cronofy_sandbox.services import channels as services


def _open(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/push-notifications/create-channel/
    is_early = context.board.hit("notification_before_answer") is not None
    # An early verification is sent from here, so the delivering thread is kept from it for a while.
    verify_in = timedelta(seconds=10 if is_early else 0)
    channel = services.open_channel(context.caller, context.fields, now=context.now, verify_in=verify_in)
    if is_early:
        delivery.deliver_waiting(channel)
    return json_answer({"channel": shapes.channel(channel)})


def _list(context: CallContext) -> HttpResponse:
    return json_answer({"channels": [shapes.channel(channel) for channel in services.open_ones(context.caller)]})


def _close(context: CallContext, channel_id: str) -> HttpResponse:
    services.close(context.caller, channel_id, now=context.now)
    return empty()


channels = endpoint(GET=_list, POST=_open)
channel = endpoint(DELETE=_close)
