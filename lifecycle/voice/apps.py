"""The app of interviews, preferences and essays."""

from django.apps import AppConfig


class VoiceConfig(AppConfig):
    name = "lifecycle.voice"
    label = "voice"
    verbose_name = "Interviews and essays"
