// What makes Debian's archives of libbpf and libelf fit into a shared object.
//
// They are built for executables. Two things stand in the way, and only these:
// libelf's elf_error.o keeps its last error in a thread-local variable of a model that
// shared objects cannot use; all functions of that file are defined here, so the linker leaves
// it out. libbpf.o refers to `stderr` as if it were part of the same executable; the linker
// is told (--wrap in binding.gyp) to take a variable of ours. Archives built for shared
// objects work as well.
#include <cstdio>

namespace {

thread_local int last_error = 0;

}  // namespace

extern "C" {

extern std::FILE* __real_stderr;
__attribute__((visibility("hidden"))) extern std::FILE* __wrap_stderr;
std::FILE* __wrap_stderr = __real_stderr;

void __libelf_seterrno(int error);
int elf_errno(void);
const char* elf_errmsg(int error);

void __libelf_seterrno(int error) { last_error = error; }

int elf_errno(void) {
  const int error = last_error;
  last_error = 0;
  return error;
}

const char* elf_errmsg(int error) {
  return error == 0 && last_error == 0 ? nullptr : "not a sound ELF file";
}
}
