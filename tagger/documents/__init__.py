"""Raw text by the file, the line or the record: read, tagged, and written in forms that others read."""
