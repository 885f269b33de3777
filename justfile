# The daily commands by short names; CONTRIBUTING.md says what they are for, and has the rare ones.

# What there is
default:
    @just --list

# Format, and lints as errors
check:
    cargo fmt --all
    cargo clippy --all-targets --locked -- -D warnings
    cargo clippy -p simulate -p packaging --all-targets --locked -- -D warnings

# Tests by name: `just test --lib feed::provider::csv`, `just test --test command_line`
test *ARGS:
    cargo test --locked {{ARGS}}

# A season, and what it pays: `just replay fixtures/golden-2016`
replay SEASON="fixtures/lingang-2024":
    cargo run --quiet --locked -- replay {{SEASON}}

# Texts and tables that are made of the program, written anew: read the difference
accept:
    INSTA_UPDATE=always cargo test --locked --test command_line
    FAIRGAUGE_UPDATE_DOCS=1 cargo test --locked --test documentation
    FAULTS_PAGE=write cargo test --locked --test faults_page

# The daemon in faulty worlds
simulate SEEDS="300":
    cargo run --release --locked -p simulate -- --seeds {{SEEDS}}

# The package of what stands here, under a true systemd
trial:
    packaging/build trial
    sudo tests/systemd/real.sh

# Everything that has to hold before a change lands
ci:
    .ci/run
