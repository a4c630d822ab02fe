#include "probe-support.h"

#include <bpf/bpf.h>

#include <cerrno>

#include "unique-fd.h"
#include "uprobe-link.h"

SystemError FindObstacle() {
  const UniqueFd ring{::bpf_map_create(BPF_MAP_TYPE_RINGBUF, "xgotop_ring", 0, 0,
                                       static_cast<uint32_t>(::getpagesize()), nullptr)};
  if (!ring.IsOpen()) return {errno, "BPF_MAP_CREATE", "ring buffer"};
  KernelProbing probing;
  return ProbeKernel(&probing);
}
