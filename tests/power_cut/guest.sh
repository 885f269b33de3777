# The first process of the machine: it checks the ledger, has the daemon work, and tells what anybody can see of it.
# Lines end with a point, so that one that was cut off is none.
export PATH=/bin
for command in sh mount cat sed awk date sleep mv tr grep tail head wc base64 mkdir; do
    [ -e /bin/$command ] || busybox ln -s busybox /bin/$command
done
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
cd /season

say() { echo "$*" > /dev/ttyS0; }

# Behind what the firmware has left on the line.
say

if [ -e ledger.sqlite ]; then
    kept=$(sed 's/.*kept=//; s/ .*//' /proc/cmdline)
    set --
    if [ "$kept" != none ]; then
        echo "$kept" | tr '_-' '/+' | base64 -d > /tmp/kept
        set -- --checkpoint /tmp/kept
    fi
    if fairgauge verify --config fairgauge.toml --key key.pub "$@" > /tmp/said 2>&1; then
        say "CHECK $(sed -n 's/^entries  *//p' /tmp/said)."
    else
        say "FAULT $(tr '\n' ' ' < /tmp/said)."
    fi
else
    say "CHECK no ledger yet."
fi

# One day's rain is told anew all the time, and each time it is other: a revision, a determination, a checkpoint.
(
    number=0
    while :; do
        number=$((number + 1))
        { cat days.csv; echo "2026-03-30,$((number % 97)).$((number % 10))"; } > new
        mv new daily.csv
        sleep 0.3
    done
) &
sleep 0.5
fairgauge run --config fairgauge.toml > /tmp/log 2>&1 &

before=
while :; do
    if [ -e public/checkpoint ]; then
        note=$(base64 -w 0 public/checkpoint | tr '/+' '_-')
        if [ "$note" != "$before" ]; then
            say "ACK $(sed -n 2p public/checkpoint) $note ."
            before=$note
        fi
    fi
    sleep 0.1
done
