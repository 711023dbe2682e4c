"""What each person sees of requests and essays on the review desk."""
