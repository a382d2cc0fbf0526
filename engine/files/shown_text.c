#include "engine/files/shown_text.h"

#include <string.h>

size_t utf8_length(const unsigned char *text, size_t size) {
    // The least character that needs 2, 3 or 4 bytes.
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (size == 0 || text[0] < 0x80)
        return size > 0;
    const size_t length = text[0] >= 0xf0 ? 4 : text[0] >= 0xe0 ? 3 : 2;
    if (text[0] < 0xc0 || text[0] > 0xf7 || length > size)
        return 0;
    unsigned character = text[0] & (0x7fu >> length);
    for (size_t i = 1; i < length; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        character = character << 6 | (text[i] & 0x3f);
    }
    const bool surrogate = character >= 0xd800 && character < 0xe000;
    return character < least[length] || character > 0x10ffff || surrogate ? 0 : length;
}

// Control characters: of ASCII, and U+0080 .. U+009F.
static bool is_control(const unsigned char *text, size_t length) {
    return text[0] < 0x20 || text[0] == 0x7f || (length == 2 && text[0] == 0xc2 && text[1] < 0xa0);
}

const char *shown_text(const char *text, char shown[SHOWN_TEXT]) {
    return shown_text_cut(text, shown, SHOWN_TEXT);
}

const char *shown_text_cut(const char *text, char *shown, size_t size) {
    enum { DOTS = 4 };
    const unsigned char *next = (const unsigned char *)text;
    size_t left = strlen(text), used = 0;
    while (left > 0) {
        const size_t length = utf8_length(next, left);
        const bool printable = length > 0 && !is_control(next, length);
        const size_t step = length > 0 ? length : 1;
        if (used + step + DOTS > size) {
            memcpy(shown + used, "...", 3);
            used += 3;
            break;
        }
        if (printable)
            memcpy(shown + used, next, length);
        else
            shown[used] = '?';
        used += printable ? length : 1;
        next += step;
        left -= step;
    }
    shown[used] = '\0';
    return shown;
}
