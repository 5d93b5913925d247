/* The version of what generated code expects of these files, and compile-time assertions. */
#ifndef IMPULSE_ABI_H
#define IMPULSE_ABI_H

/* Changes whenever a parameter structure or a kernel's arguments change. */
#define IMPULSE_ABI 4

/* C99 has no static assertion: a type of negative size is an error. */
#define IMPULSE_ASSERT(name, condition) \
    typedef char impulse_assert_##name[(condition) ? 1 : -1]

#endif
