"""The tables of interviews, the protocols that they follow, preferences, and essays."""

from lifecycle.voice.models.essay import Essay, EssaySeries
from lifecycle.voice.models.interview import Interview, InterviewParticipant, InterviewSession
from lifecycle.voice.models.preference import Preference
from lifecycle.voice.models.protocol import Protocol, ProtocolVersion

__all__ = [
    "Essay",
    "EssaySeries",
    "Interview",
    "InterviewParticipant",
    "InterviewSession",
    "Preference",
    "Protocol",
    "ProtocolVersion",
]
