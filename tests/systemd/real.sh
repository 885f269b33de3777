#!/bin/bash
# The unit under a true systemd: one is booted in namespaces of its own, on a throw-away layer over this machine's
# files, without a network; nothing of the host is changed.
#
#   tests/systemd/real.sh [PROGRAM]        PROGRAM: target/debug/fairgauge where it is left out
#
# Shown: ready only when the ledger is there and the book is bound; its own user, state folder 0700, ledger 0600;
# SIGHUP takes a new policy up and leaves a faulty book aside; SIGKILL and a hung process come back with the same
# payouts; a clean stop; exit status 78 is not repeated.
#
# Needs root with CAP_SYS_ADMIN, cgroup2 and overlayfs, systemd 252. Where one of these is missing it says so and
# ends with status 77. Not a part of .ci/run: whether a container may do this, the machine decides.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)

lacks() { echo "left out: $*"; exit 77; }

# ---- the first process of the new namespaces: builds the root and becomes systemd
if [ "${1:-}" = --as-init ]; then
    top=$2 here=$3 program=$4
    mount --make-rprivate /
    mount -t tmpfs -o mode=755 tmpfs "$top"
    mkdir -p "$top"/{layer,work,root}
    root=$top/root units=$top/layer/etc/systemd/system
    mkdir -p "$units" "$top/layer/etc/systemd/journald.conf.d"
    printf '[Unit]\nRequires=basic.target\nAfter=basic.target\n' > "$units/bench.target"
    printf '[Journal]\nStorage=volatile\nReadKMsg=no\nRateLimitBurst=0\n' > "$top/layer/etc/systemd/journald.conf.d/bench.conf"
    : > "$top/layer/etc/fstab"
    # What belongs to a machine and not to a test.
    for name in systemd-{udevd,udev-trigger,udev-settle,sysctl,modules-load,binfmt,random-seed,timesyncd,pstore}.service \
        systemd-{remount-fs,firstboot,machine-id-commit,logind,networkd,resolved,hwdb-update,sysusers}.service \
        systemd-udevd-{control,kernel}.socket proc-sys-fs-binfmt_misc.automount dev-{hugepages,mqueue}.mount \
        sys-kernel-{config,debug,tracing}.mount sys-fs-fuse-connections.mount ldconfig.service; do
        ln -s /dev/null "$units/$name"
    done
    # The unit as it is installed, and what it wants.
    install -D -m 644 "$here/systemd/fairgauge.service" "$top/layer/usr/lib/systemd/system/fairgauge.service"
    install -D -m 755 "$program" "$top/layer/usr/bin/fairgauge"
    mkdir -p "$top/layer/etc/fairgauge"
    cp -r "$here"/fixtures/hyderabad-2002/{fairgauge.toml,book.csv,products,feeds} "$top/layer/etc/fairgauge/"
    chmod -R a+rX "$top/layer/etc/fairgauge"
    mount -t overlay overlay -o "lowerdir=/,upperdir=$top/layer,workdir=$top/work" "$root"
    mount -t proc proc "$root/proc"
    mount -t sysfs -o ro sysfs "$root/sys"
    mount -t cgroup2 cgroup2 "$root/sys/fs/cgroup"
    mount -t tmpfs -o mode=755 tmpfs "$root/dev"
    for device in null:1:3 zero:1:5 full:1:7 random:1:8 urandom:1:9 tty:5:0; do
        IFS=: read -r name major minor <<< "$device"
        mknod -m 666 "$root/dev/$name" c "$major" "$minor"
    done
    mkdir "$root/dev/shm" "$root/dev/pts"
    ln -s /proc/self/fd "$root/dev/fd"
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts" # a unit with PrivateDevices= copies it
    ln -s pts/ptmx "$root/dev/ptmx"
    for folder in run tmp dev/shm; do mount -t tmpfs tmpfs "$root/$folder"; done
    chmod 1777 "$root/tmp" "$root/dev/shm"
    chmod 755 "$root/run"
    ip link set lo up 2> /dev/null || true
    cd "$root"
    mkdir -p .before
    pivot_root . .before
    umount -l /.before
    mount --make-rshared / # a unit's own mount namespace receives mounts from here
    exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=bench \
        setpriv --bounding-set -sys_time,-sys_module,-sys_rawio \
        /lib/systemd/systemd --unit=bench.target systemd.unified_cgroup_hierarchy=1
fi

# ---- outside
program=$(readlink -f "${1:-$here/target/debug/fairgauge}")
[ "$(id -u)" = 0 ] || lacks "this needs root"
[ -x "$program" ] || { echo "$program is no program: build it first" >&2; exit 1; }
[ -x /lib/systemd/systemd ] || lacks "systemd is not installed"
hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$hierarchy" ] || lacks "cgroup2 is not mounted"
grep -q overlay /proc/filesystems || lacks "the kernel has no overlayfs"
for tool in unshare nsenter setpriv pivot_root; do
    command -v $tool > /dev/null || lacks "$tool is not installed"
done

top=$(mktemp -d)
group=$hierarchy/fairgauge-bench.$$
mkdir "$group" 2> /dev/null || lacks "no cgroup may be made in $hierarchy"
init="" outer=""

finish() {
    local status=$?
    trap - EXIT
    set +e
    [ $status -eq 0 ] || [ -z "$init" ] || within journalctl -o cat --no-pager -n 20 >&2
    if [ -n "$init" ] && [ -d "/proc/$init" ]; then
        kill -s RTMIN+3 "$init" # halt
        for _ in {1..50}; do [ -d "/proc/$init" ] || break; sleep 0.1; done
        [ -d "/proc/$init" ] && kill -KILL "$init"
    fi
    [ -n "$outer" ] && { kill "$outer" 2> /dev/null; wait "$outer" 2> /dev/null; }
    for _ in {1..20}; do
        find "$group" -depth -type d -exec rmdir {} + 2> /dev/null && break
        sleep 0.1
    done
    [ $status -eq 0 ] || tail -5 "$top.log" >&2
    rm -rf "$top" "$top.log"
    exit $status
}
trap finish EXIT

# The new first process is in the group before its namespaces are made, so that the group is the root that it sees.
(
    echo "$BASHPID" > "$group/cgroup.procs"
    exec setsid unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
        bash "$here/tests/systemd/real.sh" --as-init "$top" "$here" "$program"
) > "$top.log" 2>&1 < /dev/null &
outer=$!
for _ in {1..100}; do
    child=$(cat "/proc/$outer/task/$outer/children" 2> /dev/null || true)
    if [ -n "$child" ] && [ "$(cat "/proc/${child% }/comm" 2> /dev/null)" = systemd ]; then
        init=${child% }
        break
    fi
    kill -0 $outer 2> /dev/null || { cat "$top.log"; lacks "namespaces, overlay or mounts are not allowed here"; }
    sleep 0.1
done
[ -n "$init" ] || { cat "$top.log"; lacks "systemd did not come up"; }

within() {
    nsenter -t "$init" --mount --pid --net --uts --ipc --cgroup --root --wdns=/ \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin SYSTEMD_PAGER= "$@"
}
# Until a command holds, half a minute at the most.
until_true() { local _; for _ in {1..300}; do "$@" > /dev/null 2>&1 && return 0; sleep 0.1; done; return 1; }
booted() { case $(within systemctl is-system-running 2> /dev/null) in running | degraded) ;; *) return 1 ;; esac; }
until_true booted || { cat "$top.log"; lacks "systemd did not come up"; }

property() { within systemctl show fairgauge --property="$1" --value; }
journal() { within journalctl -u fairgauge -o cat --no-pager; }
ledger=/var/lib/fairgauge/ledger.sqlite
payouts() { within fairgauge payouts list --format csv --ledger $ledger | grep -v '^HY-999'; }
good=0 failed=0
shows() { # what, command …
    local what=$1
    shift
    if "$@" > /dev/null 2>&1; then
        good=$((good + 1))
        echo "ok    $what"
    else
        failed=$((failed + 1))
        echo "FAIL  $what: $*"
    fi
}
is() { [ "$(property "$1")" = "$2" ]; }
says() { journal | grep -q -- "$1"; }
mode() { [ "$(within stat -c %a "$1")" = "$2" ]; }

echo "systemd $(within systemctl --version | awk 'NR == 1 { print $2 }'), booted: $(within systemctl is-system-running)"

within systemctl start fairgauge
shows "it is ready when the ledger is there and the book is bound" test "$(within fairgauge status --format json --ledger $ledger | grep -c '"policies": 7')" = 1
shows "and says how it does" grep -q 'settlements open' <(property StatusText)
user=$(within stat -c %u /var/lib/private/fairgauge)
shows "its user is its own ($user)" test "$user" -ge 61184 -a "$user" -le 65519
shows "the state folder is 0700" mode /var/lib/private/fairgauge 700
shows "the ledger is 0600" mode /var/lib/private/fairgauge/ledger.sqlite 600
settled() { [ "$(payouts | grep -c ',final,')" = 10 ]; }
shows "it settles a season that is over" until_true settled
payouts > "$top.before"
shows "fields of the log can be searched" test -n "$(within journalctl -u fairgauge -o cat --no-pager F_POLICY_ID=HY-101)"

first=$(property MainPID)
within sh -c 'echo "HY-999,cold-nights@1,Late Comer,2002-11-01,2002-12-31,1000 INR,,hyderabad" >> /etc/fairgauge/book.csv'
within systemctl reload fairgauge
bound() { within fairgauge status --format json --ledger $ledger | grep -q '"policies": 8'; }
shows "SIGHUP takes a new policy up" until_true bound
shows "in the same process" is MainPID "$first"
within sh -c 'echo "HY-998,cold-night@1,Typo,2002-11-01,2002-12-31,1000 INR,,hyderabad" >> /etc/fairgauge/book.csv'
within systemctl reload fairgauge
shows "SIGHUP with a faulty book leaves the old one in force" until_true says "the old ones stay in force"
shows "and names the place" says "book.csv:"
shows "in the same process still" is MainPID "$first"
within sed -i '/^HY-998/d' /etc/fairgauge/book.csv

within systemctl kill -s KILL fairgauge
back() { is ActiveState active && is NRestarts "$1"; }
shows "SIGKILL: it comes back" until_true back 1
payouts > "$top.after"
shows "with the same payouts" cmp "$top.before" "$top.after"

# Two minutes are long for a test.
within mkdir -p /run/systemd/system/fairgauge.service.d
printf '[Service]\nWatchdogSec=3s\nRestartSec=1s\n' | within tee /run/systemd/system/fairgauge.service.d/short.conf > /dev/null
within systemctl daemon-reload
within systemctl restart fairgauge
second=$(property MainPID)
sleep 5
shows "the watchdog is fed" is MainPID "$second"
within systemctl kill -s STOP fairgauge
shows "a process that hangs is ended" until_true says "result 'watchdog'"
other() { is ActiveState active && ! is MainPID "$second"; }
shows "and comes back" until_true other

within systemctl stop fairgauge
shows "a clean stop: result success" is Result success
shows "status 0" is ExecMainStatus 0
shows "the log says so" says "stopped as asked"
shows "nothing is left in the write-ahead log" test -z "$(within find /var/lib/private/fairgauge -name '*-wal' -size +0)"
payouts > "$top.after"
shows "the payouts are those of before" cmp "$top.before" "$top.after"

within sh -c 'echo "[nonsense]" >> /etc/fairgauge/fairgauge.toml'
within systemctl start fairgauge 2> /dev/null || true
shows "faulty settings: status 78" is ExecMainStatus 78
sleep 3
shows "not repeated" is NRestarts 0
shows "the log names the place" says "fairgauge.toml:"
within systemd-analyze security fairgauge --no-pager | tail -1 | sed 's/[^ -~]*//g'
rm -f "$top.before" "$top.after"
echo "$good shown, $failed failed"
[ $failed = 0 ]
