// Whether a file has changed since it was read, by what stat tells of it.
#ifndef APP_FILE_STAMP_H
#define APP_FILE_STAMP_H

#include <stdbool.h>
#include <sys/types.h>
#include <time.h>

// All zero: no file.
typedef struct {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
} FileStamp;

// True if the file at path is another one than *stamp tells, which then tells of it.  A file that
// is not there is all zero.
bool file_stamp_renew(FileStamp *stamp, const char *path);

#endif
