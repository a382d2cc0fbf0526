#include "app/file_stamp.h"

#include <sys/stat.h>

bool file_stamp_renew(FileStamp *stamp, const char *path) {
    struct stat information;
    FileStamp found = {0};
    if (stat(path, &information) == 0) {
        found.device = information.st_dev;
        found.inode = information.st_ino;
        found.size = information.st_size;
        found.modified = information.st_mtim;
    }
    const bool same = found.device == stamp->device && found.inode == stamp->inode &&
                      found.size == stamp->size &&
                      found.modified.tv_sec == stamp->modified.tv_sec &&
                      found.modified.tv_nsec == stamp->modified.tv_nsec;
    *stamp = found;
    return !same;
}
