"""Push channels."""

from django.http import HttpResponse

from cronofy_sandbox import delivery
from cronofy_sandbox.api.answers import empty, json_answer
from cronofy_sandbox.api.context import CallContext, endpoint
from cronofy_sandbox.core import shapes
from cronofy_sandbox.services import channels as services


def _open(context: CallContext) -> HttpResponse:
    # https://docs.cronofy.com/developers/api/push-notifications/create-channel/
    channel = services.open_channel(context.caller, context.fields, now=context.now)
    if context.board.hit("notification_before_answer"):
        delivery.deliver_waiting(channel)
    return json_answer({"channel": shapes.channel(channel)})


def _list(context: CallContext) -> HttpResponse:
    return json_answer({"channels": [shapes.channel(channel) for channel in services.open_ones(context.caller)]})


def _close(context: CallContext, channel_id: str) -> HttpResponse:
    services.close(context.caller, channel_id, now=context.now)
    return empty()


channels = endpoint(GET=_list, POST=_open)
channel = endpoint(DELETE=_close)
