"""What the demo and screenshots show, brought about by real actions over half a year of theirs."""

from datetime import timedelta

BEGINS = timedelta(days=210)  # so long ago
