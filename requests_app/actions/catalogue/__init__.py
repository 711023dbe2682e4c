"""Changes of the catalogue, each with its event in the chain of a model or provider."""
