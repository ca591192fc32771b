"""Where people begin: labelled results, intervals, and the folder that holds them."""
