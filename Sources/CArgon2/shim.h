// The reference implementation of Argon2, RFC 9106 (Debian package libargon2-dev).
#include <argon2.h>
