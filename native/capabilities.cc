// Capabilities belong to threads, not to processes, and Node has threads from its first moment:
// V8's workers, libuv's pool, the one that waits for a debugger. Each must give up its own, so
// each is interrupted by a signal whose handler does that; glibc does the same for setuid(2).
// It is glibc's own signal that is borrowed, as it is the only one that no thread ever blocks.
// Threads that are made later have what their maker has.
#include "capabilities.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/capability.h>
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#include "system-error.h"
#include "unique-fd.h"
#include "uprobe-link.h"

namespace {

// SIGSETXID of glibc (nptl); its sigaction() refuses the number.
constexpr int kEveryThreadSignal = 33;
// struct sigaction of the kernel, x86-64 and arm64: handler, flags, restorer, mask.
using KernelAction = std::array<uint64_t, 4>;
constexpr size_t kKernelMaskBytes = 8;
// A thread that does not answer within 500 ms sleeps where no signal wakes it.
constexpr int kMaxRounds = 500;
constexpr useconds_t kRoundUs = 1000;

std::atomic<uint64_t> keep_mask{0};
std::atomic<uint32_t> answers{0};

// Async-signal-safe. errno, or 0.
int KeepOnly(uint64_t keep) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2];
  if (::syscall(SYS_capget, &header, data) != 0) return errno;
  for (int half = 0; half < 2; half++) {
    const auto mask = static_cast<uint32_t>(keep >> (32 * half));
    data[half].effective &= mask;
    data[half].permitted &= mask;
    data[half].inheritable &= mask;
  }
  if (::syscall(SYS_capset, &header, data) != 0) return errno;
  // A process of root would have all of them back with its next exec.
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : errno;
}

void OnSignal(int) {
  const int err = errno;
  KeepOnly(keep_mask.load());
  answers.fetch_add(1);
  errno = err;
}

// The line of /proc/self/task/TID/status that begins with `field`, as a hexadecimal number.
uint64_t StatusField(const std::string& tid, const char* field) {
  const std::string path = "/proc/self/task/" + tid + "/status";
  std::FILE* file = std::fopen(path.c_str(), "re");
  if (file == nullptr) return 0;  // it has ended
  char line[256];
  uint64_t value = 0;
  while (std::fgets(line, sizeof(line), file) != nullptr) {
    if (std::strncmp(line, field, std::strlen(field)) == 0) {
      value = std::strtoull(line + std::strlen(field), nullptr, 16);
    }
  }
  std::fclose(file);
  return value;
}

// Threads that hold more than `keep`.
std::vector<std::string> PrivilegedThreads(uint64_t keep) {
  std::vector<std::string> found;
  DIR* tasks = ::opendir("/proc/self/task");
  if (tasks == nullptr) return found;
  while (const dirent* entry = ::readdir(tasks)) {
    const std::string tid = entry->d_name;
    if (tid[0] == '.') continue;
    if ((StatusField(tid, "CapPrm:") & ~keep) != 0) found.push_back(tid);
  }
  ::closedir(tasks);
  return found;
}

long RawAction(int signal, const KernelAction* wanted, KernelAction* before) {
  return ::syscall(SYS_rt_sigaction, signal, wanted, before, kKernelMaskBytes);
}

// Makes `OnSignal` the handler of the signal that glibc keeps to itself. False when refused.
bool Install(KernelAction* before) {
  // What glibc tells the kernel for an ordinary signal is right for this one as well.
  struct sigaction action = {};
  struct sigaction ordinary_before;
  action.sa_handler = OnSignal;
  action.sa_flags = SA_RESTART | SA_ONSTACK;
  if (::sigaction(SIGRTMAX, &action, &ordinary_before) != 0) return false;
  KernelAction wanted;
  const bool is_known = RawAction(SIGRTMAX, nullptr, &wanted) == 0;
  ::sigaction(SIGRTMAX, &ordinary_before, nullptr);
  return is_known && RawAction(kEveryThreadSignal, &wanted, before) == 0;
}

// What a thread without any capability finds.
struct Trial {
  int pid = 0;
  bool is_valid = false;
  bool map_lookup = false;
  bool process_stat = false;
};

void* RunTrial(void* argument) {
  auto* trial = static_cast<Trial*>(argument);
  if (KeepOnly(0) != 0) return nullptr;
  trial->is_valid = true;
  // No map has that number: EBADF says that all else would be allowed.
  bpf_attr attributes{};
  attributes.map_fd = ~0u;
  const long looked = ::syscall(__NR_bpf, BPF_MAP_LOOKUP_ELEM, &attributes, sizeof(attributes));
  trial->map_lookup = looked == 0 || errno != EPERM;
  const std::string path = "/proc/" + std::to_string(trial->pid) + "/stat";
  trial->process_stat = UniqueFd{::open(path.c_str(), O_RDONLY | O_CLOEXEC)}.IsOpen();
  return nullptr;
}

}  // namespace

Napi::Value DropCapabilities(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  bool is_exact = false;
  const uint64_t keep =
      info[0].IsBigInt() ? info[0].As<Napi::BigInt>().Uint64Value(&is_exact) : 0;
  if (!is_exact) {
    Napi::TypeError::New(env, "dropCapabilities(keep: bigint)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  // This thread first: who it makes from now on has no more.
  if (const int err = KeepOnly(keep); err != 0) {
    Throw(env, {err, "capset", ""});
    return env.Undefined();
  }
  keep_mask.store(keep);
  answers.store(0);
  KernelAction before;
  if (!Install(&before)) {
    Throw(env, {errno, "rt_sigaction", ""});
    return env.Undefined();
  }
  std::vector<std::string> asked;
  std::vector<std::string> left = PrivilegedThreads(keep);
  for (int round = 0; !left.empty() && round < kMaxRounds; round++) {
    for (const std::string& tid : left) {
      // Once each: a second signal could come when the handler is glibc's again.
      if (std::find(asked.begin(), asked.end(), tid) != asked.end()) continue;
      if (::syscall(SYS_tgkill, ::getpid(), std::atoi(tid.c_str()), kEveryThreadSignal) == 0) {
        asked.push_back(tid);
      }
    }
    ::usleep(kRoundUs);
    left = PrivilegedThreads(keep);
  }
  // A signal still on its way must find this handler; glibc's would take it for a setuid.
  if (answers.load() == asked.size()) RawAction(kEveryThreadSignal, &before, nullptr);
  return Napi::Number::New(env, static_cast<double>(left.size()));
}

Napi::Value WithoutCapabilities(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Trial trial;
  trial.pid = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 0;
  pthread_t thread;
  const int err = ::pthread_create(&thread, nullptr, RunTrial, &trial);
  if (err != 0) {
    Throw(env, {err, "pthread_create", ""});
    return env.Undefined();
  }
  ::pthread_join(thread, nullptr);
  if (!trial.is_valid) {
    Throw(env, {EPERM, "capset", "in a thread of its own"});
    return env.Undefined();
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("mapLookup", Napi::Boolean::New(env, trial.map_lookup));
  result.Set("processStat", Napi::Boolean::New(env, trial.process_stat));
  return result;
}

Napi::Value KernelProbingFacts(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  KernelProbing probing;
  const SystemError error = ProbeKernel(&probing);
  if (error.Failed()) {
    Throw(env, error);
    return env.Undefined();
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("uprobeMulti", Napi::Boolean::New(env, probing.has_uprobe_multi));
  result.Set("pidFilter", Napi::Boolean::New(env, probing.has_pid_filter));
  return result;
}
