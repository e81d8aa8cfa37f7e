// libpq, PostgreSQL's C client library (Debian package libpq-dev).
#include <libpq-fe.h>
