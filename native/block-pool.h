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
  size_t width;   // bytes of one value
  size_t narrow;  // where they fit, bytes of one value as well; 0: always `width`
};

inline constexpr std::array<ColumnSpec, 18> kColumns = {{
    {"time_ns", 8, 0},
    {"goid", 8, 4},
    {"by_goid", 8, 4},
    {"size_bytes", 8, 0},
    {"pid", 4, 0},
    {"tid", 4, 0},
    {"func", 4, 0},
    {"site", 4, 0},
    {"type", 4, 0},
    {"p", 2, 1},
    {"event", 1, 0},
    {"from_state", 1, 0},
    {"to_state", 1, 0},
    {"wait_reason", 1, 0},
    {"kind", 1, 0},
    {"object", 8, 0},
    {"stack", 4, 0},
    {"value", 8, 0},
}};

// Bytes that a block has for a value of each column, in the order of kColumns: kColumns' width, a
// narrower one, or 0 where the recording has no such column.
using ColumnWidths = std::array<size_t, kColumns.size()>;

// A column of a block, stored in one of two widths or not at all.
template <typename Wide, typename Narrow>
class Column {
 public:
  Column() = default;
  Column(std::byte* first, size_t width)
      : wide_(width == sizeof(Wide) ? reinterpret_cast<Wide*>(first) : nullptr),
        narrow_(width == sizeof(Narrow) ? reinterpret_cast<Narrow*>(first) : nullptr) {}

  // Whether `value` can stand in this column.
  bool Fits(Wide value) const {
    return narrow_ == nullptr || value == static_cast<Wide>(static_cast<Narrow>(value));
  }

  void Set(size_t row, Wide value) const {
    if (wide_ != nullptr) {
      wide_[row] = value;
    } else if (narrow_ != nullptr) {
      narrow_[row] = static_cast<Narrow>(value);
    }
  }

 private:
  Wide* wide_ = nullptr;
  Narrow* narrow_ = nullptr;
};

// A column that has one width where it is stored.
template <typename Value>
class PlainColumn {
 public:
  PlainColumn() = default;
  PlainColumn(std::byte* first, size_t width)
      : values_(width == sizeof(Value) ? reinterpret_cast<Value*>(first) : nullptr) {}

  void Set(size_t row, Value value) const {
    if (values_ != nullptr) values_[row] = value;
  }

  Value At(size_t row) const { return values_[row]; }

 private:
  Value* values_ = nullptr;
};

// The columns of one block. In the order of kColumns.
struct Columns {
  PlainColumn<int64_t> time_ns;
  Column<int64_t, int32_t> goid;
  Column<int64_t, int32_t> by_goid;
  PlainColumn<int64_t> size_bytes;
  PlainColumn<int32_t> pid;
  PlainColumn<int32_t> tid;
  PlainColumn<int32_t> func;
  PlainColumn<int32_t> site;
  PlainColumn<int32_t> type;
  Column<int16_t, int8_t> p;
  PlainColumn<int8_t> event;
  PlainColumn<int8_t> from_state;
  PlainColumn<int8_t> to_state;
  PlainColumn<int8_t> wait_reason;
  PlainColumn<int8_t> kind;
  PlainColumn<int64_t> object;
  PlainColumn<int32_t> stack;
  PlainColumn<int64_t> value;
};

class BlockPool {
 public:
  SystemError Open(size_t block_rows, size_t block_count, const ColumnWidths& widths);

  size_t BlockRows() const { return block_rows_; }
  size_t BlockCount() const { return block_count_; }
  size_t BlockBytes() const { return block_bytes_; }
  // Byte of column `index` within a block, and bytes of one of its values; 0: there is none.
  size_t ColumnOffset(size_t index) const { return offsets_[index]; }
  size_t ColumnWidth(size_t index) const { return widths_[index]; }
  std::byte* Buffer(size_t block_index) const { return first_ + block_index * block_bytes_; }
  Columns ColumnsOf(size_t block_index) const;

  // Make room for one row at `row` of a block that has `rows` rows, fewer than BlockRows.
  void ShiftRows(size_t block_index, size_t row, size_t rows) const;

 private:
  size_t block_rows_ = 0;
  size_t block_bytes_ = 0;
  ColumnWidths widths_{};
  std::array<size_t, kColumns.size()> offsets_{};
  size_t block_count_ = 0;
  Mapping memory_;
  std::byte* first_ = nullptr;
};
