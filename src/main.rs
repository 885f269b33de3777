//! The program `fairgauge`: reads its arguments, calls the library, and chooses the exit status.

mod cli;

fn main() -> std::process::ExitCode {
    cli::main()
}
