# The addon of the recorder. libbpf and libelf are linked in, so that the machine it runs on needs neither.
{
  "targets": [
    {
      "target_name": "recorder",
      "sources": [
        "native/addon.cc",
        "native/block-object.cc",
        "native/block-pool.cc",
        "native/bpf-object.cc",
        "native/capabilities.cc",
        "native/child.cc",
        "native/call-event.cc",
        "native/columniser.cc",
        "native/drain.cc",
        "native/event-layout.cc",
        "native/goroutine-table.cc",
        "native/interner.cc",
        "native/js-object.cc",
        "native/lock-file.cc",
        "native/probe-support.cc",
        "native/process-follower.cc",
        "native/process-memory.cc",
        "native/process-table.cc",
        "native/recorder-options.cc",
        "native/recorder.cc",
        "native/ring-reader.cc",
        "native/stack-reader.cc",
        "native/static-libraries.cc",
        "native/system-error.cc",
        "native/uprobe-link.cc"
      ],
      "include_dirs": ["node_modules/node-addon-api", "bpf"],
      "defines": ["NAPI_VERSION=8", "NAPI_DISABLE_CPP_EXCEPTIONS", "NODE_ADDON_API_DISABLE_DEPRECATED"],
      "cflags": ["-fvisibility=hidden"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++14"],
      "cflags_cc": ["-std=gnu++20", "-fno-exceptions", "-fno-rtti", "-O2", "-Wall", "-Wextra", "-Werror"],
      "libraries": ["-l:libbpf.a", "-l:libelf.a", "-l:libz.a"],
      "ldflags": ["-Wl,--exclude-libs,ALL", "-Wl,--wrap=stderr", "-Wl,-z,text"]
    }
  ]
}
