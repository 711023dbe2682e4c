"""What each person sees on the review desk, and who may change a group of its reviewers."""
