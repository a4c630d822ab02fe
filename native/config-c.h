// bpf/config.h for C++, which has no __u64 of its own.
#pragma once

#include <linux/types.h>

#include "event-c.h"

#include "config.h"
