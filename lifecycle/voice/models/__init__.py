"""The tables of interviews, the protocols that they follow, and preferences."""

from lifecycle.voice.models.interview import Interview, InterviewParticipant, InterviewSession
from lifecycle.voice.models.preference import Preference
from lifecycle.voice.models.protocol import Protocol, ProtocolVersion

__all__ = [
    "Interview",
    "InterviewParticipant",
    "InterviewSession",
    "Preference",
    "Protocol",
    "ProtocolVersion",
]
