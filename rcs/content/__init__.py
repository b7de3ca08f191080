"""What an RCS message holds, as the JSON that Telnyx calls `content_message`: its limits, its check, its words."""

from .check import Problem, problems
from .needs import needs
from .postback import decode_postback, encode_postback
from .summary import summary

__all__ = ["Problem", "decode_postback", "encode_postback", "needs", "problems", "summary"]
