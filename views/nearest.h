// What is asked for, or the nearest that there is.
#ifndef VIEWS_NEAREST_H
#define VIEWS_NEAREST_H

// The nearest to wanted of 0 .. last; 0 if last is less, since then there is none.
static inline int nearest_index(int wanted, int last) {
    return wanted < 0 || last < 0 ? 0 : wanted > last ? last : wanted;
}

#endif
