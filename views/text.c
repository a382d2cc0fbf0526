#include "views/text.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

// First and last characters of the ranges that a terminal shows two cells wide.
static const uint32_t wide_ranges[][2] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f680, 0x1f6ff}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

// Characters that take no cell or reorder the line; shown as '?' so that widths stay countable.
static const uint32_t zero_width_ranges[][2] = {
    {0x00ad, 0x00ad}, {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd},   {0x0610, 0x061c},
    {0x064b, 0x065f}, {0x1160, 0x11ff}, {0x1ab0, 0x1aff}, {0x200b, 0x200f},   {0x2028, 0x202e},
    {0x2060, 0x206f}, {0x20d0, 0x20f0}, {0xd800, 0xdfff}, {0xfe00, 0xfe0f},   {0xfe20, 0xfe2f},
    {0xfeff, 0xfeff}, {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff},
};

static bool in_ranges(const uint32_t (*ranges)[2], size_t count, uint32_t character) {
    for (size_t i = 0; i < count; i++) {
        if (character >= ranges[i][0] && character <= ranges[i][1]) {
            return true;
        }
    }
    return false;
}

static bool is_shown(uint32_t character) {
    return character >= 0x20 && !(character >= 0x7f && character < 0xa0) && character <= 0x10ffff &&
           !in_ranges(zero_width_ranges, sizeof zero_width_ranges / sizeof *zero_width_ranges,
                      character);
}

// Length of the sequence that a first byte announces, 0 if it cannot be a first byte.
static int sequence_length(unsigned char first) {
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

uint32_t text_decode(const char **text) {
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)*text;
    int length = sequence_length(bytes[0]);
    if (length <= 1) {
        *text += 1;
        return length == 1 && is_shown(bytes[0]) ? bytes[0] : '?';
    }
    uint32_t character = bytes[0] & (0x7fu >> length);
    for (int i = 1; i < length; i++) {
        if ((bytes[i] & 0xc0) != 0x80) { // the end of the text is such a byte as well
            *text += 1;
            return '?';
        }
        character = character << 6 | (bytes[i] & 0x3fu);
    }
    if (character < smallest[length]) {
        *text += 1;
        return '?';
    }
    *text += length;
    return is_shown(character) ? character : '?';
}

int text_encode(uint32_t character, char utf8[5]) {
    int length = character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
    static const unsigned char leads[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (int i = length - 1; i > 0; i--) {
        utf8[i] = (char)(0x80 | (character & 0x3f));
        character >>= 6;
    }
    utf8[0] = (char)(leads[length == 1 ? 0 : length] | character);
    utf8[length] = '\0';
    return length;
}

int text_character_width(uint32_t character) {
    return in_ranges(wide_ranges, sizeof wide_ranges / sizeof *wide_ranges, character) ? 2 : 1;
}

int text_width(const char *text) {
    int width = 0;
    while (*text != '\0') {
        width += text_character_width(text_decode(&text));
    }
    return width;
}

size_t text_break(const char *text, int columns) {
    const char *at = text, *space = NULL;
    int width = 0;
    while (*at != '\0') {
        const char *before = at;
        uint32_t character = text_decode(&at);
        width += text_character_width(character);
        if (width > columns && character == ' ') {
            return (size_t)(before - text);
        }
        if (width > columns && before > text) {
            return (size_t)((space != NULL ? space : before) - text);
        }
        space = character == ' ' ? before : space;
    }
    return (size_t)(at - text);
}

const char *text_row(char *out, size_t size, const char *text, int columns) {
    const size_t length = text_break(text, columns);
    snprintf(out, size, "%.*s", (int)length, text);
    text += length;
    return text + strspn(text, " ");
}

void text_fit(char *out, size_t size, const char *text, int columns) {
    bool cut = text_width(text) > columns;
    int room = cut ? columns - 1 : columns;
    size_t length = 0;
    int width = 0;
    while (*text != '\0' && size > 0) {
        uint32_t character = text_decode(&text);
        char utf8[5];
        int bytes = text_encode(character, utf8);
        width += text_character_width(character);
        if (width > room || length + (size_t)bytes + 4 > size) {
            break;
        }
        memcpy(out + length, utf8, (size_t)bytes);
        length += (size_t)bytes;
    }
    if (cut && columns > 0 && length + 4 <= size) {
        length += (size_t)text_encode(0x2026, out + length);
    }
    if (size > 0) {
        out[length] = '\0';
    }
}

// "NaN", "+Inf", "-Inf"; NULL for a number.
static const char *not_a_number(double value) {
    return isnan(value) ? "NaN" : isinf(value) ? (value > 0 ? "+Inf" : "-Inf") : NULL;
}

// printf follows the locale's decimal point; digits that we place ourselves do not.
char *format_fixed(char *out, size_t size, double value, int decimals) {
    static const double powers[] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9};
    const char *word = not_a_number(value);
    if (word != NULL) {
        snprintf(out, size, "%s", word);
        return out;
    }
    decimals = decimals < 0 ? 0 : decimals > 9 ? 9 : decimals;
    double scaled = nearbyint(fabs(value) * powers[decimals]);
    if (scaled >= 1e15) {
        return format_number(out, size, value, 6);
    }
    long long whole = (long long)scaled, unit = (long long)powers[decimals];
    const char *sign = value < 0 && whole != 0 ? "-" : "";
    if (decimals == 0) {
        snprintf(out, size, "%s%lld", sign, whole);
    } else {
        snprintf(out, size, "%s%lld.%0*lld", sign, whole / unit, decimals, whole % unit);
    }
    return out;
}

static void drop_trailing_zeros(char *digits) {
    if (strchr(digits, '.') == NULL) {
        return;
    }
    size_t length = strlen(digits);
    while (digits[length - 1] == '0') {
        length--;
    }
    if (digits[length - 1] == '.') {
        length--;
    }
    digits[length] = '\0';
}

char *format_number(char *out, size_t size, double value, int digits) {
    const char *word = not_a_number(value);
    if (word != NULL) {
        snprintf(out, size, "%s", word);
        return out;
    }
    digits = digits < 1 ? 1 : digits > 9 ? 9 : digits;
    int exponent = value == 0 ? 0 : (int)floor(log10(fabs(value)));
    if (exponent >= -4 && exponent < 6) {
        int decimals = digits - 1 - exponent;
        char fixed[48];
        format_fixed(fixed, sizeof fixed, value, decimals < 0 ? 0 : decimals);
        drop_trailing_zeros(fixed);
        snprintf(out, size, "%s", fixed);
        return out;
    }
    // Two steps, because 10^exponent itself may underflow.
    const int half = exponent / 2;
    double mantissa = value / pow(10, half) / pow(10, exponent - half);
    char fixed[48];
    format_fixed(fixed, sizeof fixed, mantissa, digits - 1);
    if (strncmp(fixed[0] == '-' ? fixed + 1 : fixed, "10", 2) == 0) { // 9.99 was rounded up
        format_fixed(fixed, sizeof fixed, mantissa / 10, digits - 1);
        exponent++;
    }
    drop_trailing_zeros(fixed);
    snprintf(out, size, "%se%d", fixed, exponent);
    return out;
}

char *format_count(char *out, size_t size, long long count) {
    char digits[32], grouped[48];
    snprintf(digits, sizeof digits, "%lld", count);
    size_t length = strlen(digits), first = digits[0] == '-' ? 1 : 0, at = 0;
    for (size_t i = 0; i < length; i++) {
        if (i > first && (length - i) % 3 == 0) {
            grouped[at++] = ',';
        }
        grouped[at++] = digits[i];
    }
    grouped[at] = '\0';
    snprintf(out, size, "%s", grouped);
    return out;
}

char *format_duration(char *out, size_t size, double seconds) {
    if (!(seconds >= 0 && seconds < 1e12)) {
        snprintf(out, size, "-");
        return out;
    }
    long long whole = (long long)seconds, days = whole / 86400;
    int hours = (int)(whole / 3600 % 24), minutes = (int)(whole / 60 % 60),
        rest = (int)(whole % 60);
    if (days > 0) {
        snprintf(out, size, "%lld d %02d:%02d:%02d", days, hours, minutes, rest);
    } else {
        snprintf(out, size, "%d:%02d:%02d", hours, minutes, rest);
    }
    return out;
}
