"""The content of an RCS message, as the JSON Telnyx calls `content_message`: its limits, checks and wording."""

from .check import Problem, problems
from .needs import needs
from .postback import decode_postback, encode_postback
from .summary import summary

__all__ = ["Problem", "decode_postback", "encode_postback", "needs", "problems", "summary"]
