#include "block-pool.h"

#include <cerrno>
#include <cstdint>
#include <cstring>

namespace {

constexpr size_t kAlignBytes = 64;

// What a direct write goes by: BLOCK_BYTES of src/record/direct-writer.ts.
constexpr size_t kFileBlockBytes = 4096;

constexpr size_t kHugePageBytes = 2 << 20;

constexpr size_t AlignUp(size_t bytes, size_t unit) { return (bytes + unit - 1) & ~(unit - 1); }

}  // namespace

SystemError BlockPool::Open(size_t block_rows, size_t block_count, const ColumnWidths& widths) {
  block_rows_ = block_rows;
  widths_ = widths;
  size_t offset = 0;
  for (size_t column = 0; column < kColumns.size(); column++) {
    offsets_[column] = offset;
    offset = AlignUp(offset + block_rows * widths[column], kAlignBytes);
  }
  block_bytes_ = AlignUp(offset, kFileBlockBytes);
  block_count_ = block_count;
  memory_ = Mapping::Map(-1, block_count * block_bytes_ + kHugePageBytes, PROT_READ | PROT_WRITE);
  if (!memory_.IsOpen()) return {errno, "mmap", "blocks of events"};
  const auto address = reinterpret_cast<uintptr_t>(memory_.Get());
  first_ = memory_.Get() + (AlignUp(address, kHugePageBytes) - address);
  // Where the kernel has none it stays as it is.
  ::madvise(first_, block_count * block_bytes_, MADV_HUGEPAGE);
  return {};
}

Columns BlockPool::ColumnsOf(size_t block_index) const {
  std::byte* const base = Buffer(block_index);
  size_t column = 0;
  const auto next = [&]<typename T>(T& values) {
    values = T(base + offsets_[column], widths_[column]);
    column++;
  };
  Columns columns;
  next(columns.time_ns);
  next(columns.goid);
  next(columns.by_goid);
  next(columns.size_bytes);
  next(columns.pid);
  next(columns.tid);
  next(columns.func);
  next(columns.site);
  next(columns.type);
  next(columns.p);
  next(columns.event);
  next(columns.from_state);
  next(columns.to_state);
  next(columns.wait_reason);
  next(columns.kind);
  next(columns.object);
  next(columns.stack);
  next(columns.value);
  return columns;
}

void BlockPool::ShiftRows(size_t block_index, size_t row, size_t rows) const {
  for (size_t column = 0; column < kColumns.size(); column++) {
    const size_t width = widths_[column];
    std::byte* const at = Buffer(block_index) + offsets_[column] + row * width;
    std::memmove(at + width, at, (rows - row) * width);
  }
}
