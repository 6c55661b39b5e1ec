"""Chats: conversations of care teams, patients and families, and their messages."""

from shared.chats.access import access_chat, access_message, participants_of
from shared.chats.contacts import direct_chat, may_contact
from shared.chats.posting import post
from shared.chats.sms import sms_chat
from shared.chats.transcript import Line, lines

__all__ = [
    "Line",
    "access_chat",
    "access_message",
    "direct_chat",
    "lines",
    "may_contact",
    "participants_of",
    "post",
    "sms_chat",
]
