"""What is wrong with labelled files, before an hour is spent on them."""
