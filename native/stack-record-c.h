// bpf/stack-record.h for C++.
#pragma once

#include <linux/types.h>

#include "stack-record.h"
