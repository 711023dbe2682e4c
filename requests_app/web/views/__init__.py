"""One module for each subject. A view loads, cleans, makes one call into actions, and answers."""
