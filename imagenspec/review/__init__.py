"""What a change of recipes costs: differences between revisions, and plans that can be looked at before."""
