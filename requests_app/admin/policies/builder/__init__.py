"""The form of a draft: steps and questions as rows, with the draft in plain words beside it."""
