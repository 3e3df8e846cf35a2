"""What every layer, loss and model of the suite must keep, checked row by row of the catalog."""
