// The memory of the blocks: `block_count` buffers of one layout, made once.
//
// It lies in huge pages: a row touches as many pages as it has columns, and a disk is told of a
// block in as many pieces as there are pages.
//
// A column begins on a 64-byte boundary, so that a block's columns can be written into an
// Arrow body as they are. Names and types of the columns: src/format/event-columns.ts.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mapping.h"
#include "system-error.h"

struct ColumnSpec {
  const char* name;
  size_t width;  // bytes of one value
};

inline constexpr std::array<ColumnSpec, 18> kColumns = {{
    {"time_ns", 8},
    {"goid", 8},
    {"by_goid", 8},
    {"size_bytes", 8},
    {"pid", 4},
    {"tid", 4},
    {"func", 4},
    {"site", 4},
    {"type", 4},
    {"p", 2},
    {"event", 1},
    {"from_state", 1},
    {"to_state", 1},
    {"wait_reason", 1},
    {"kind", 1},
    {"object", 8},
    {"stack", 4},
    {"value", 8},
}};

// The columns of one block, as pointers to row 0. In the order of kColumns.
struct Columns {
  int64_t* time_ns;
  int64_t* goid;
  int64_t* by_goid;
  int64_t* size_bytes;
  int32_t* pid;
  int32_t* tid;
  int32_t* func;
  int32_t* site;
  int32_t* type;
  int16_t* p;
  int8_t* event;
  int8_t* from_state;
  int8_t* to_state;
  int8_t* wait_reason;
  int8_t* kind;
  // These are written only where the recording has them; else they stay 0.
  int64_t* object;
  int32_t* stack;
  int64_t* value;
};

class BlockPool {
 public:
  SystemError Open(size_t block_rows, size_t block_count);

  size_t BlockRows() const { return block_rows_; }
  size_t BlockCount() const { return block_count_; }
  size_t BlockBytes() const { return block_bytes_; }
  // Byte of column `index` within a block.
  size_t ColumnOffset(size_t index) const { return offsets_[index]; }
  std::byte* Buffer(size_t block_index) const { return first_ + block_index * block_bytes_; }
  Columns ColumnsOf(size_t block_index) const;

  // Make room for one row at `row` of a block that has `rows` rows, fewer than BlockRows.
  void ShiftRows(size_t block_index, size_t row, size_t rows) const;

 private:
  size_t block_rows_ = 0;
  size_t block_bytes_ = 0;
  std::array<size_t, kColumns.size()> offsets_{};
  size_t block_count_ = 0;
  Mapping memory_;
  std::byte* first_ = nullptr;
};
