// metrics.jsonl of a run, followed while another process writes it: each look reads what has been
// added.  A file that was replaced (a resume cuts it) or is shorter than before is read anew.
#ifndef APP_METRICS_FILE_H
#define APP_METRICS_FILE_H

#include "app/metric_curves.h"

#include <limits.h>
#include <sys/types.h>

typedef struct {
    char path[PATH_MAX];
    int file; // -1: not there yet
    dev_t device;
    ino_t inode;
    off_t offset; // of the bytes read so far
    off_t tail;   // 0: read from the beginning; else from so many bytes before the end
    off_t most;   // bytes that one look reads; 0: all there are
    bool behind;  // the last look left bytes for the next
    MetricCurves curves;
} MetricsFile;

// Reads nothing yet: the first look does.  The file need not be there.
bool metrics_file_init(MetricsFile *metrics, const char *path, Status *status);
void metrics_file_clear(MetricsFile *metrics);

// Wants only the last points from now on (about `tail` bytes of them, and more until there is an
// evaluation), or all of them (tail 0).  The next look begins anew if it has less than that.
void metrics_file_set_tail(MetricsFile *metrics, off_t tail);

// A look reads no more than about this many bytes (0: all there are) and leaves the rest to the
// next looks, so that who looks between two keys is soon back.
void metrics_file_set_most(MetricsFile *metrics, off_t most);

// *changed tells whether there is news, if only that nothing more of an evaluation has come.  On
// failure what was read before stays and the next look tries again.
bool metrics_file_look(MetricsFile *metrics, bool *changed, Status *status);

#endif
