//! The `headwater` program: arguments in, exit status out.

use std::process::ExitCode;

fn main() -> ExitCode {
    headwater::cli::main(std::env::args_os())
}
