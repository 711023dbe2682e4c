"""What the screenshots show, brought about by the real actions over half a year of their own."""

from datetime import timedelta

BEGINS = timedelta(days=210)  # so long ago
