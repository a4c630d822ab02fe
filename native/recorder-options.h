// OpenOptions of src/record/native.ts, checked and in C++'s words.
#pragma once

#include <napi.h>

#include <string>
#include <vector>

#include "columniser.h"
#include "config-c.h"
#include "stack-record-c.h"

struct RecorderOptions {
  std::string object_path;
  uint32_t ring_bytes = 0;
  uint32_t block_rows = 0;
  uint32_t block_count = 0;
  ColumnWidths column_widths{};
  bool force_perf_events = false;
  uint64_t actions = ~uint64_t{0};
  record_config config{};
  stack_config stacks{};
  std::vector<uint32_t> pids;  // to follow
  ColumniserOptions columniser;
};

// False with a JavaScript exception pending when something has not its type or range.
bool ReadOptions(const Napi::Value& value, RecorderOptions* options);
