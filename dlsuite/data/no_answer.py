"""What the errors of a request that was not answered say to a user."""

from __future__ import annotations


def no_answer(error: Exception, connect: float, read: float) -> str:
    """Why there was none, in a few words; the seconds waited for it, and for more of it."""
    import requests
    from urllib3 import exceptions as of_urllib3

    chain = list(_causes(error))
    if any(isinstance(cause, of_urllib3.NameResolutionError) for cause in chain):
        return "cannot be found: no network, or no such server"
    if isinstance(error, requests.exceptions.ProxyError):
        return "cannot be reached through the proxy"
    if isinstance(error, requests.exceptions.SSLError):
        return f"cannot be trusted: {chain[-1]}"
    if any(isinstance(cause, of_urllib3.NewConnectionError) for cause in chain):
        last = next((c for c in reversed(chain) if isinstance(c, OSError) and c.strerror), None)
        return f"cannot be reached: {last.strerror if last else 'no connection'}"
    if any(isinstance(c, requests.ConnectTimeout | of_urllib3.ConnectTimeoutError) for c in chain):
        return f"does not answer within {connect:g} seconds"
    if any(isinstance(c, requests.ReadTimeout | of_urllib3.ReadTimeoutError) for c in chain):
        return f"gave nothing for {read:g} seconds"
    return "broke off"


def _causes(error: BaseException) -> list[BaseException]:
    """An error and those it was made of, outermost first."""
    found: list[BaseException] = []
    waiting: list[BaseException] = [error]
    while waiting:
        each = waiting.pop()
        if each in found:
            continue
        found.append(each)
        inner = [getattr(each, "reason", None), each.__cause__, each.__context__, *each.args]
        waiting += [one for one in inner if isinstance(one, BaseException)]
    return found
