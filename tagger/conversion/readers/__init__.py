"""Files of each form as annotated documents."""
