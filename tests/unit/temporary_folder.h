// A folder of a test's own, gone with everything in it when the program ends.
#ifndef TESTS_UNIT_TEMPORARY_FOLDER_H
#define TESTS_UNIT_TEMPORARY_FOLDER_H

// A new empty folder; the text stays valid.  Stops the program if there can be none.
const char *temporary_folder(void);

// FOLDER/NAME; the text stays valid until the 16th call after.
const char *in_folder(const char *folder, const char *name);

// Writes or reads a whole file; read returns NULL if there is none, and the caller frees.
void write_file(const char *path, const char *text);
char *read_file(const char *path);

#endif
