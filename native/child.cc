#include "child.h"

#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <string>
#include <vector>

#include "js-object.h"
#include "system-error.h"
#include "unique-fd.h"

namespace {

// What the child needs, made before the fork: afterwards it may not allocate.
struct Plan {
  std::string file;
  std::string cwd;
  std::vector<std::string> arguments;
  std::vector<std::string> environment;
  std::vector<char*> argv;
  std::vector<char*> envp;
  bool has_uid = false;
  bool has_gid = false;
  bool has_groups = false;
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

// Parent's ends. When the parent dies they close, and the child with them.
struct Pipes {
  UniqueFd release;  // written: go on
  UniqueFd failure;  // read: errno of what failed; its end when exec succeeded
};

std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& string : strings) pointers.push_back(string.data());
  pointers.push_back(nullptr);
  return pointers;
}

[[noreturn]] void FailChild(int failure_fd) {
  const int err = errno;
  // Whoever would read this is gone when it cannot be written.
  [[maybe_unused]] const ssize_t written = ::write(failure_fd, &err, sizeof(err));
  ::_exit(127);
}

// Node marks its standard streams close-on-exec and pipes among them non-blocking; the program
// must find them as a shell would give them.
void InheritStandardStreams() {
  for (int fd = 0; fd <= 2; fd++) {
    ::fcntl(fd, F_SETFD, 0);
    const int flags = ::fcntl(fd, F_GETFL);
    if (flags >= 0 && (flags & O_NONBLOCK) != 0) ::fcntl(fd, F_SETFL, flags & ~O_NONBLOCK);
  }
}

// What was given to the recorder for tracing (setpriv, systemd) is not for the program.
void GiveUpTracing() {
  for (const unsigned long capability : {CAP_BPF, CAP_PERFMON, CAP_SYS_PTRACE}) {
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_LOWER, capability, 0, 0);
  }
}

// Only async-signal-safe calls: other threads of the parent held locks at the fork.
[[noreturn]] void RunChild(const Plan& plan, int release_fd, int failure_fd) {
  for (int number = 1; number < NSIG; number++) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  char go;
  ssize_t got;
  do {
    got = ::read(release_fd, &go, 1);
  } while (got < 0 && errno == EINTR);
  if (got != 1) ::_exit(127);
  InheritStandardStreams();

  // The system calls themselves: the library's versions speak to threads that a fork left behind.
  if (plan.has_groups &&
      ::syscall(SYS_setgroups, plan.groups.size(), plan.groups.data()) != 0) {
    FailChild(failure_fd);
  }
  if (plan.has_gid && ::syscall(SYS_setgid, plan.gid) != 0) FailChild(failure_fd);
  if (plan.has_uid && ::syscall(SYS_setuid, plan.uid) != 0) FailChild(failure_fd);
  if (::chdir(plan.cwd.c_str()) != 0) FailChild(failure_fd);
  GiveUpTracing();
  ::execvpe(plan.file.c_str(), plan.argv.data(), plan.envp.data());
  FailChild(failure_fd);
}

Napi::Value Release(const Napi::CallbackInfo& info, pid_t pid, Pipes* pipes) {
  const Napi::Env env = info.Env();
  if (!pipes->release.IsOpen()) {
    ThrowCode(env, "ERR_RELEASED", "the child was released already");
    return env.Undefined();
  }
  const char go = 1;
  if (::write(pipes->release.Get(), &go, 1) != 1) {
    // It was killed while it waited: no reader.
    Throw(env, {errno, "write", "release of the child"});
    pipes->release.Reset();
    return env.Undefined();
  }
  pipes->release.Reset();
  int err = 0;
  ssize_t got;
  do {
    got = ::read(pipes->failure.Get(), &err, sizeof(err));
  } while (got < 0 && errno == EINTR);
  pipes->failure.Reset();
  if (got == sizeof(err)) {
    ::waitpid(pid, nullptr, 0);
    Throw(env, {err, "exec", ""});
  }
  return env.Undefined();
}

bool ReadPlan(const Napi::Value& value, Plan* plan) {
  JsObject options(value, "options");
  plan->file = options.String("file");
  plan->cwd = options.String("cwd");
  plan->arguments = options.Strings("args");
  plan->environment = options.Strings("env");
  plan->has_uid = options.Has("uid");
  plan->has_gid = options.Has("gid");
  plan->has_groups = options.Has("groups");
  if (plan->has_uid) plan->uid = options.Uint32("uid");
  if (plan->has_gid) plan->gid = options.Uint32("gid");
  if (!options.Ok()) return false;
  if (plan->has_groups) {
    const Napi::Value groups = options.Value("groups");
    if (!groups.IsArray()) {
      Napi::TypeError::New(value.Env(), "options.groups must be an array")
          .ThrowAsJavaScriptException();
      return false;
    }
    const Napi::Array array = groups.As<Napi::Array>();
    for (uint32_t i = 0; i < array.Length(); i++) {
      const Napi::Value group = array.Get(i);
      if (group.IsNumber()) plan->groups.push_back(group.As<Napi::Number>().Uint32Value());
    }
  }
  plan->argv = Pointers(plan->arguments);
  plan->envp = Pointers(plan->environment);
  return true;
}

}  // namespace

Napi::Value SpawnStopped(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  Plan plan;
  if (!ReadPlan(info[0], &plan)) return env.Undefined();

  int release_ends[2];
  int failure_ends[2];
  if (::pipe2(release_ends, O_CLOEXEC) != 0) {
    Throw(env, {errno, "pipe2", ""});
    return env.Undefined();
  }
  UniqueFd release_read(release_ends[0]);
  auto pipes = std::make_shared<Pipes>();
  pipes->release = UniqueFd(release_ends[1]);
  if (::pipe2(failure_ends, O_CLOEXEC) != 0) {
    Throw(env, {errno, "pipe2", ""});
    return env.Undefined();
  }
  pipes->failure = UniqueFd(failure_ends[0]);
  UniqueFd failure_write(failure_ends[1]);

  const pid_t pid = ::fork();
  if (pid < 0) {
    Throw(env, {errno, "fork", ""});
    return env.Undefined();
  }
  if (pid == 0) {
    // Its own copies of the parent's ends would keep it waiting for itself.
    ::close(pipes->release.Get());
    ::close(pipes->failure.Get());
    RunChild(plan, release_read.Get(), failure_write.Get());
  }

  Napi::Object child = Napi::Object::New(env);
  child.Set("pid", Napi::Number::New(env, pid));
  child.Set("release", Napi::Function::New(
                           env,
                           [pid, pipes](const Napi::CallbackInfo& call) {
                             return Release(call, pid, pipes.get());
                           },
                           "release"));
  return child;
}

Napi::Value Reap(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  // Never 0 or -1, which mean other children than one's own.
  const int pid = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 0;
  if (pid <= 0) {
    Napi::TypeError::New(env, "reap(pid: number)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  int status = 0;
  const pid_t ended = ::waitpid(pid, &status, WNOHANG);
  if (ended < 0) Throw(env, {errno, "waitpid", ""});
  if (ended <= 0) return env.Undefined();
  Napi::Object result = Napi::Object::New(env);
  if (WIFSIGNALED(status)) {
    result.Set("signal", Napi::Number::New(env, WTERMSIG(status)));
  } else {
    result.Set("exitCode", Napi::Number::New(env, WEXITSTATUS(status)));
  }
  return result;
}

Napi::Value Kill(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const int pid = info[0].IsNumber() ? info[0].As<Napi::Number>().Int32Value() : 0;
  if (pid <= 0 || !info[1].IsNumber()) {
    Napi::TypeError::New(env, "kill(pid: number, signal: number)").ThrowAsJavaScriptException();
    return env.Undefined();
  }
  if (::kill(pid, info[1].As<Napi::Number>().Int32Value()) != 0) Throw(env, {errno, "kill", ""});
  return env.Undefined();
}
