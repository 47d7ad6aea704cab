//! The binary `gatewright`.

/// Fast, and gives memory back after a flood of logins.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    gatewright_server::main()
}
