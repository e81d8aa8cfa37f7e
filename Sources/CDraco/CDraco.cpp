#include "CDraco.h"
