"""One folder a stage; each wires library functions to catalogue names."""
