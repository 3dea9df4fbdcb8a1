/* SPDX-License-Identifier: MIT */
/* Some shared object. */
int something_else(void);
int something_else(void) { return 1; }
