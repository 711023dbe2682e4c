"""What holds for every call: keys that make it act once, ETags, limits, the shape of drafts."""
