// Whether BPF can be used here, tried out step by step.
#pragma once

#include "system-error.h"

// The first step that fails; no error when none does.
SystemError FindObstacle();
