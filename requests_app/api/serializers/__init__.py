"""What is shown: names, dates and states, never reviewers' names or words, never a digest."""
