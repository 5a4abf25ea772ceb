//! Which code is the program's own, by where it lies, where the source does not say.

/// Parts of paths of libraries and runtimes.
const LIBRARY_PATHS: &[&str] = &[
    "site-packages/",
    "dist-packages/",
    "/lib/python",
    "node_modules/",
    "/usr/lib/",
    "/usr/share/",
    "/usr/local/lib/",
    "/usr/local/go/",
    "/pkg/mod/",
    "/vendor/",
    "/gems/",
    "/rustc/",
    "/.cargo/",
];

/// Beginnings of paths and modules of runtimes.
const RUNTIMES: &[&str] = &[
    "node:",
    "internal/",
    "<frozen",
    "<anonymous>",
    "java.",
    "javax.",
    "jdk.",
    "sun.",
    "com.sun.",
    "kotlin.",
    "scala.",
    "org.springframework.",
    "org.apache.",
    "io.netty.",
    "System.",
    "Microsoft.",
    "runtime.",
    "net/http.",
    "core::",
    "std::",
    "alloc::",
    "tokio::",
];

/// Whether code in this file and module is the program's own. What is not known to be a library's is.
pub fn is_in_app(file: &str, module: &str) -> bool {
    let path = file.replace('\\', "/");
    let in_library = LIBRARY_PATHS.iter().any(|part| path.contains(part));
    let of_runtime = |text: &str| RUNTIMES.iter().any(|start| text.starts_with(start));
    !in_library && !of_runtime(&path) && !of_runtime(module)
}
