#include "uprobe-link.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

namespace {

constexpr uint32_t kAttachUprobeMulti = 48;  // BPF_TRACE_UPROBE_MULTI
constexpr uint32_t kAttachPerfEvent = 41;    // BPF_PERF_EVENT

// The uprobe_multi form of `union bpf_attr` for BPF_LINK_CREATE, include/uapi/linux/bpf.h of 6.6.
struct LinkCreateUprobeMulti {
  uint32_t prog_fd;
  uint32_t target_fd;
  uint32_t attach_type;
  uint32_t flags;
  uint64_t path;
  uint64_t offsets;
  uint64_t ref_ctr_offsets;
  uint64_t cookies;
  uint32_t count;
  uint32_t multi_flags;
  uint32_t pid;
  uint32_t padding;
};
static_assert(sizeof(LinkCreateUprobeMulti) == 64);

// The perf_event form, 5.15.
struct LinkCreatePerfEvent {
  uint32_t prog_fd;
  uint32_t target_fd;
  uint32_t attach_type;
  uint32_t flags;
  uint64_t cookie;
};

template <typename Attributes>
int CreateLink(Attributes* attributes) {
  return static_cast<int>(
      ::syscall(__NR_bpf, BPF_LINK_CREATE, attributes, sizeof(Attributes)));
}

// errno of linking `program_fd` to something that is no executable, or 0.
int TryMulti(int program_fd, uint32_t pid) {
  const uint64_t offset = 0;
  LinkCreateUprobeMulti attributes{};
  attributes.prog_fd = static_cast<uint32_t>(program_fd);
  attributes.attach_type = kAttachUprobeMulti;
  attributes.path = reinterpret_cast<uint64_t>("/");
  attributes.offsets = reinterpret_cast<uint64_t>(&offset);
  attributes.count = 1;
  attributes.pid = pid;
  const UniqueFd link{CreateLink(&attributes)};
  return link.IsOpen() ? 0 : errno;
}

int UprobePmuType() {
  std::FILE* file = std::fopen("/sys/bus/event_source/devices/uprobe/type", "re");
  if (file == nullptr) return -1;
  int type = -1;
  if (std::fscanf(file, "%d", &type) != 1) type = -1;
  std::fclose(file);
  return type;
}

}  // namespace

SystemError ProbeKernel(KernelProbing* probing) {
  const bpf_insn nothing[] = {{BPF_ALU64 | BPF_MOV | BPF_K, 0, 0, 0, 0},
                              {BPF_JMP | BPF_EXIT, 0, 0, 0, 0}};
  bpf_prog_load_opts options{};
  options.sz = sizeof(options);
  options.expected_attach_type = static_cast<bpf_attach_type>(kAttachUprobeMulti);
  const UniqueFd program{
      ::bpf_prog_load(BPF_PROG_TYPE_KPROBE, "xgotop_probe", "GPL", nothing, 2, &options)};
  if (!program.IsOpen()) return {errno, "BPF_PROG_LOAD", ""};
  // The root directory is no executable: EBADF says that all else was understood.
  probing->has_uprobe_multi = TryMulti(program.Get(), 0) == EBADF;
  // Linux 6.8 filters by thread instead of by process, which would lose most of a Go program;
  // where that is mended a pid of -1 is refused before the path is looked at.
  probing->has_pid_filter = TryMulti(program.Get(), ~0u) == EINVAL;
  if (!probing->has_uprobe_multi && UprobePmuType() < 0) {
    return {EOPNOTSUPP, "uprobes", "the kernel has neither uprobe_multi links nor the uprobe PMU"};
  }
  return {};
}

SystemError UprobeLink::Attach(int program_fd, const std::string& path, int pid,
                               const std::vector<UprobeSite>& sites,
                               const KernelProbing& probing) {
  return probing.has_uprobe_multi
             ? AttachMulti(program_fd, path, probing.has_pid_filter ? pid : 0, sites)
             : AttachEvents(program_fd, path, pid, sites);
}

SystemError UprobeLink::AttachMulti(int program_fd, const std::string& path, int pid,
                                    const std::vector<UprobeSite>& sites) {
  std::vector<uint64_t> offsets;
  std::vector<uint64_t> cookies;
  for (const UprobeSite& site : sites) {
    offsets.push_back(site.file_offset);
    cookies.push_back(site.cookie);
  }
  LinkCreateUprobeMulti attributes{};
  attributes.prog_fd = static_cast<uint32_t>(program_fd);
  attributes.attach_type = kAttachUprobeMulti;
  attributes.path = reinterpret_cast<uint64_t>(path.c_str());
  attributes.offsets = reinterpret_cast<uint64_t>(offsets.data());
  attributes.cookies = reinterpret_cast<uint64_t>(cookies.data());
  attributes.count = static_cast<uint32_t>(sites.size());
  attributes.pid = static_cast<uint32_t>(pid);
  UniqueFd link{CreateLink(&attributes)};
  if (!link.IsOpen()) return {errno, "BPF_LINK_CREATE", "uprobe_multi on " + path};
  links_.push_back(std::move(link));
  return {};
}

SystemError UprobeLink::AttachEvents(int program_fd, const std::string& path, int pid,
                                     const std::vector<UprobeSite>& sites) {
  std::vector<UniqueFd> links;
  std::vector<UniqueFd> events;
  for (const UprobeSite& site : sites) {
    perf_event_attr event_attributes{};
    event_attributes.size = sizeof(event_attributes);
    event_attributes.type = static_cast<uint32_t>(UprobePmuType());
    event_attributes.config1 = reinterpret_cast<uint64_t>(path.c_str());
    event_attributes.config2 = site.file_offset;
    // Of every process: on any one CPU, since what the kernel links is the breakpoint itself.
    UniqueFd event{static_cast<int>(::syscall(__NR_perf_event_open, &event_attributes,
                                              pid == 0 ? -1 : pid, pid == 0 ? 0 : -1, -1,
                                              PERF_FLAG_FD_CLOEXEC))};
    if (!event.IsOpen()) return {errno, "perf_event_open", "uprobe on " + path};
    LinkCreatePerfEvent attributes{};
    attributes.prog_fd = static_cast<uint32_t>(program_fd);
    attributes.target_fd = static_cast<uint32_t>(event.Get());
    attributes.attach_type = kAttachPerfEvent;
    attributes.cookie = site.cookie;
    UniqueFd link{CreateLink(&attributes)};
    if (!link.IsOpen()) return {errno, "BPF_LINK_CREATE", "perf event on " + path};
    if (::ioctl(event.Get(), PERF_EVENT_IOC_ENABLE, 0) != 0) {
      return {errno, "PERF_EVENT_IOC_ENABLE", path};
    }
    links.push_back(std::move(link));
    events.push_back(std::move(event));
  }
  for (UniqueFd& link : links) links_.push_back(std::move(link));
  for (UniqueFd& event : events) events_.push_back(std::move(event));
  return {};
}

void UprobeLink::Detach() {
  links_.clear();
  events_.clear();
}
