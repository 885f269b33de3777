#!/bin/bash
# The Debian package and its units under a true systemd: one is booted in namespaces of its own, on a throw-away layer over
# this machine's files, without a network; nothing of the host is changed.
#
#   tests/systemd/real.sh [PACKAGE [EARLIER]]     PACKAGE: the newest .deb in target/packages where it is left out, which
#                                                 `packaging/build` or, in a minute, `packaging/build trial` makes
#                                                 EARLIER: the package of an earlier commit, from which it is upgraded
#
# Shown: an upgrade from an earlier package keeps every entry; a purge leaves nothing but the ledger; installed, it is ready
# only when it serves, and pages answer; its own user, state folder 0700, ledger 0600; the key is handed to it and to nobody
# else; it writes nothing outside of its state; SIGHUP takes a new policy up and leaves a faulty book aside; what is killed,
# aborts, hangs or takes more memory than there is comes back with the same payouts; what fails again and again stays down and
# calls the alarm; copies and checks; two processes, of which one has no network; a clean stop; exit status 78 is not repeated;
# a removal leaves the ledger.
#
# Needs root with CAP_SYS_ADMIN, cgroup2 and overlayfs, systemd 252, dpkg, curl, sqlite3. Where one of these is missing it says
# so and ends with status 77. Not a part of .ci/run: whether a container may do this, the machine decides.
set -euo pipefail

here=$(cd "$(dirname "$0")/../.." && pwd)

lacks() { echo "left out: $*"; exit 77; }

# ---- the first process of the new namespaces: builds the root and becomes systemd
if [ "${1:-}" = --as-init ]; then
    top=$2
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
    # What the test brings.
    mkdir -p "$top/layer/srv"
    cp -r "$top.trial" "$top/layer/srv/trial"
    chmod -R a+rX "$top/layer/srv/trial"
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
newest() { find "$here/target/packages" -name 'fairgauge_*.deb' -printf '%T@ %p\n' 2> /dev/null | sort -n | tail -1 | cut -d' ' -f2-; }
package=${1:-$(newest)} earlier=${2:-}
[ -f "$package" ] || { echo "there is no package: packaging/build trial makes one" >&2; exit 1; }
[ -z "$earlier" ] || [ -f "$earlier" ] || { echo "there is no package $earlier" >&2; exit 1; }
[ "$(id -u)" = 0 ] || lacks "this needs root"
[ -x /lib/systemd/systemd ] || lacks "systemd is not installed"
hierarchy=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$hierarchy" ] || lacks "cgroup2 is not mounted"
grep -q overlay /proc/filesystems || lacks "the kernel has no overlayfs"
for tool in unshare nsenter setpriv pivot_root dpkg-deb deb-systemd-helper curl python3 sqlite3; do
    command -v $tool > /dev/null || lacks "$tool is not installed"
done

top=$(mktemp -d)
group=$hierarchy/fairgauge-bench.$$
mkdir -p "$top.trial"
cp "$package" "$top.trial/fairgauge.deb"
[ -z "$earlier" ] || cp "$earlier" "$top.trial/earlier.deb"
cp -r "$here/fixtures/hyderabad-2002" "$top.trial/season"
# 200,000 minutes in one file.
awk 'BEGIN { print "ms,mm"; for (i = 0; i < 200000; i++) printf "%d000,0.%d\n", 1000000000 + 60 * i, i % 7 }' > "$top.trial/large.csv"
# The next version: the same files under another number.
dpkg-deb -R "$package" "$top.next"
sed -i 's/^Version: \(.*\)/Version: \1+next/' "$top.next/DEBIAN/control"
dpkg-deb --root-owner-group -Znone -b "$top.next" "$top.trial/next.deb" > /dev/null
rm -rf "$top.next"
mkdir "$group" 2> /dev/null || lacks "no cgroup may be made in $hierarchy"
init="" outer="" memory=""

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
    [ -z "$memory" ] || rmdir "$memory"
    [ $status -eq 0 ] || tail -5 "$top.log" >&2
    rm -rf "$top" "$top".*
    exit $status
}
trap finish EXIT

# The new first process is in the group before its namespaces are made, so that the group is the root that it sees.
(
    echo "$BASHPID" > "$group/cgroup.procs"
    exec setsid unshare --mount --pid --net --uts --ipc --cgroup --fork --kill-child \
        bash "$here/tests/systemd/real.sh" --as-init "$top"
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
# Until a command holds, a minute or two at the most.
until_true() { local _; for _ in {1..600}; do "$@" > /dev/null 2>&1 && return 0; sleep 0.1; done; return 1; }
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
says() { journal | grep -- "$1"; } # to its end: journalctl must not be cut off
mode() { [ "$(within stat -c %a "$1")" = "$2" ]; }
settled() { [ "$(payouts | grep -c ',final,')" = 10 ]; }
installs() { within dpkg --force-confold -i "/srv/trial/$1.deb" > "$top.dpkg" 2>&1 || { cat "$top.dpkg"; exit 1; }; }
purges() { within dpkg -P fairgauge > "$top.dpkg" 2>&1 || { cat "$top.dpkg"; exit 1; }; }
version() { within dpkg-query -W -f '${Version}' fairgauge; }
site=http://127.0.0.1:8473
page() { within curl -fsS -m 10 "$site$1"; }

# A season of one's own, signed; what further settings say.
season() {
    within sh -c 'cd /etc/fairgauge && rm -r products && cp -r /srv/trial/season/products /srv/trial/season/feeds . &&
        cp /srv/trial/season/book.csv . &&
        { printf "[ledger]\npath = \"/var/lib/fairgauge/ledger.sqlite\"\n[ledger.sign]\nname = \"ledger.example.org/trial\"\n";
          printf "key = { credential = \"ledger-key\" }\npublish = \"/var/lib/fairgauge/public\"\n%s\n" "$1";
          sed -n "/^\[book\]/,\$p" /srv/trial/season/fairgauge.toml; } > fairgauge.toml' sh "$1"
    within fairgauge key new /etc/credstore/fairgauge.ledger-key --name ledger.example.org/trial > "$top.key"
}
# Every entry of the ledger, byte for byte.
entries() { within sqlite3 -readonly /var/lib/private/fairgauge/ledger.sqlite 'SELECT seq, kind, body FROM ledger ORDER BY seq'; }
nothing_is_left() {
    ! within sh -c 'ls -d /etc/fairgauge /usr/bin/fairgauge /usr/share/doc/fairgauge /usr/share/man/man1/fairgauge* \
        /usr/lib/systemd/system/fairgauge* /etc/systemd/system/*/fairgauge* /etc/systemd/system/fairgauge* \
        /var/lib/systemd/deb-systemd-helper-*/*fairgauge* 2> /dev/null' | grep .
}

echo "systemd $(within systemctl --version | awk 'NR == 1 { print $2 }'), booted: $(within systemctl is-system-running)"


# Images of containers forbid that a package starts anything; a machine does not.
within rm -f /usr/sbin/policy-rc.d

# ---- from an earlier package
if [ -n "$earlier" ]; then
    installs earlier
    old=$(version)
    within systemctl stop fairgauge
    within sh -c 'rm -rf /var/lib/private/fairgauge/*'
    season ""
    within systemctl start fairgauge
    shows "the package of before, $old, settles a season" until_true settled
    entries > "$top.entries"
    payouts > "$top.before"
    before=$(property MainPID)
    installs fairgauge
    begun() { is ActiveState active && ! is MainPID "$before"; }
    shows "upgraded to $(version), the new program runs" until_true begun
    shows "it is another one" test "$(version)" != "$old"
    entries > "$top.after"
    shows "all $(wc -l < "$top.entries") entries of the ledger are as they were" \
        cmp -n "$(stat -c %s "$top.entries")" "$top.entries" "$top.after"
    payouts > "$top.after"
    shows "and the payouts" cmp "$top.before" "$top.after"
    shows "and it verifies them, every one computed again" within fairgauge verify --key "$(cat "$top.key")"
    shows "the doctor finds nothing to mend but the clock" test -z "$(within fairgauge doctor | grep ^fail | grep -v clock)"
    within systemctl stop fairgauge
    within sh -c 'rm -rf /etc/fairgauge/* /etc/credstore/fairgauge*'
    purges
    within sh -c 'rm -rf /var/lib/private/fairgauge*'
fi

# ---- installed, and purged before it was used
installs fairgauge
purges
shows "purged, nothing of the package is left" nothing_is_left
within sh -c 'rm -rf /var/lib/private/fairgauge*'

# ---- installed
begun=$(date +%s%N)
installs fairgauge
echo "installed in $((($(date +%s%N) - begun) / 1000000)) ms"
shows "installed, it is active and idles: there is no policy yet" is ActiveState active
shows "copies and checks are enabled" within systemctl is-active fairgauge-backup.timer fairgauge-verify.timer
shows "an unsigned ledger needs no key" says "0 settlements open\|a new one is begun"
shows "keys lie where nobody else reads them" mode /etc/fairgauge/keys 700
shows "its settings have no fault" within fairgauge check
shows "manual pages and completions are there" within sh -c \
    'test -s /usr/share/man/man1/fairgauge-run.1.gz && bash -n /usr/share/bash-completion/completions/fairgauge'
within systemctl stop fairgauge
within sh -c 'rm -rf /var/lib/private/fairgauge/*'

# ---- a season of one's own, signed, with pages
season "[serve]
listen = \"${site#http://}\"
without_token = \"auditor\""
# Looks around in the same surroundings as the daemon, before it starts.
within mkdir -p /run/systemd/system/fairgauge.service.d
within tee /run/systemd/system/fairgauge.service.d/look.conf > /dev/null << 'LOOK'
[Service]
ExecStartPre=/bin/sh -c 'for place in /etc /etc/fairgauge /usr/bin /var /var/lib /root /home /run /boot /srv /opt; do \
    if (: > $$place/trace) 2> /dev/null; then echo wrote $$place; else echo refused $$place; fi; done > $$STATE_DIRECTORY/look; \
    : > /tmp/trace; grep ^CapEff /proc/self/status >> $$STATE_DIRECTORY/look; \
    test -r $$CREDENTIALS_DIRECTORY/ledger-key && echo has the key >> $$STATE_DIRECTORY/look; \
    test -r /etc/credstore/fairgauge.ledger-key && echo reads the store >> $$STATE_DIRECTORY/look; ls /etc/shadow > /dev/null; true'
# Comes when systemd has heard that it is ready, and asks once.
ExecStartPost=/bin/sh -c 'curl -sS -m 10 -o /dev/null -w "%%{http_code}" http://127.0.0.1:8473/readyz > $$STATE_DIRECTORY/first; true'
LOOK
within systemctl daemon-reload

# Somebody else has its port.
within systemd-run -q --unit=other systemd-socket-activate -l "${site#http://}" cat
taken() { within ss -Hltn 'sport = :8473' | grep -q .; }
until_true taken
within systemctl start fairgauge 2> /dev/null && starts=0 || starts=$?
shows "where it cannot serve, it is not ready" test "$starts" != 0 -a "$(property ActiveState)" != active
shows "and the log names the address" says "${site#http://}"
within systemctl stop fairgauge other
within systemctl reset-failed fairgauge 2> /dev/null || true

within systemctl start fairgauge
shows "the first request after it was ready is answered" test "$(within cat /var/lib/private/fairgauge/first)" = 200
shows "it is ready when the ledger is there and the book is bound" test "$(within fairgauge status --format json --ledger $ledger | grep -c '"policies": 7')" = 1
shows "and says how it does" grep -q 'settlements open' <(property StatusText)
user=$(within stat -c %u /var/lib/private/fairgauge)
shows "its user is its own ($user)" test "$user" -ge 61184 -a "$user" -le 65519
shows "the state folder is 0700" mode /var/lib/private/fairgauge 700
shows "the ledger is 0600" mode /var/lib/private/fairgauge/ledger.sqlite 600

look() { within cat /var/lib/private/fairgauge/look; }
shows "it writes nothing outside of its state" test "$(look | grep -c ^refused)" = 11 -a "$(look | grep -c ^wrote)" = 0
shows "and its /tmp is seen by nobody else" within sh -c '! test -e /tmp/trace'
shows "it has no capability" grep -q '^CapEff:.*0000000000000000$' <(look)
shows "the key is handed to it" grep -q '^has the key$' <(look)
shows "and not the store in which it lies" test -z "$(look | grep 'reads the store')"
handed=/run/credentials/fairgauge.service/ledger-key
shows "nobody else reads what was handed over" within sh -c "test -e $handed && ! setpriv --reuid 65534 --regid 65534 --clear-groups cat $handed"
shows "nor the store" within sh -c '! setpriv --reuid 65534 --regid 65534 --clear-groups cat /etc/credstore/fairgauge.ledger-key'

shows "it settles a season that is over" until_true settled
payouts > "$top.before"
shows "pages show it" test -n "$(page /en/payouts | grep HY-101)"
shows "a policy has its own, in both languages" test "$(for way in en zh; do page "/$way/policies/HY-101" | grep -c INR; done | grep -vc '^0')" = 2
shows "the API gives the same payouts" test "$(page "/v1/payouts?state=final" | grep -o '"policy"' | wc -l)" = 10
shows "all of it is signed by the key" within fairgauge verify --key "$(cat "$top.key")"
shows "fields of the log can be searched" test -n "$(within journalctl -u fairgauge -o cat --no-pager F_POLICY_ID=HY-101)"
within fairgauge doctor > "$top.doctor" || true
shows "the doctor finds nothing to mend but the clock" test -z "$(grep ^fail "$top.doctor" | grep -v clock)"
shows "and knows the unit, its watchdog and the key" test "$(grep -c "^ok .*\(watchdog\|is enabled\|ledger.example.org/trial\)" "$top.doctor")" = 4

# ---- SIGHUP
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
shows "and pages answer" page /en
within sed -i '/^HY-998/d' /etc/fairgauge/book.csv

# ---- copies and checks
within systemctl start fairgauge-backup.service
shows "a copy is made by the daemon's user" test "$(within sh -c 'stat -c %u /var/lib/private/fairgauge-backup/ledger-?.sqlite')" = "$user"
shows "that is good for a restore" within sh -c \
    "fairgauge restore /var/lib/private/fairgauge-backup/ledger-?.sqlite --key '$(cat "$top.key")' --check --ledger /tmp/none.sqlite 2>&1 || test \$? = 1"
shows "the ledger is checked" within systemctl start fairgauge-verify.service
shows "and how far is kept" within test -s /var/lib/private/fairgauge-backup/verified.state

# ---- P7, P5: killed and aborted
within systemctl kill -s KILL fairgauge
back() { is ActiveState active && is NRestarts "$1"; }
shows "SIGKILL, as of the OOM killer: it comes back" until_true back 1
payouts > "$top.after"
shows "with the same payouts" cmp "$top.before" "$top.after"

# Two minutes are long for a test.
printf '[Service]\nWatchdogSec=3s\nRestartSec=1s\n' | within tee /run/systemd/system/fairgauge.service.d/short.conf > /dev/null
within systemctl daemon-reload
within systemctl restart fairgauge
within systemctl kill -s ABRT fairgauge
shows "SIGABRT, as of a panic: it comes back" until_true back 1
shows "and leaves no core with keys in it" test -z "$(within find /var/lib/private/fairgauge / -maxdepth 1 -name 'core*')"

# ---- P6: hung
second=$(property MainPID)
sleep 5
shows "the watchdog is fed" is MainPID "$second"
within systemctl kill -s STOP fairgauge
shows "a process that hangs is ended" until_true says "result 'watchdog'"
other() { is ActiveState active && ! is MainPID "$second"; }
shows "and comes back" until_true other
payouts > "$top.after"
shows "with the same payouts still" cmp "$top.before" "$top.after"

# ---- P7: more memory than there is, while it reads a large feed
printf '[Service]\nRestartSec=1s\n' | within tee /run/systemd/system/fairgauge.service.d/short.conf > /dev/null
within systemctl daemon-reload
within systemctl restart fairgauge
# What this one process may have from now on; the kernel's group ends with it, or is not that of the next one.
bounded() { # MiB
    local unit=$group/system.slice/fairgauge.service v1
    if [ -e "$unit/memory.max" ]; then
        echo "$1M" > "$unit/memory.max"
    else
        v1=$(awk '$3 == "cgroup" && $4 ~ /(^|,)memory(,|$)/ { print $2; exit }' /proc/mounts)
        [ -n "$v1" ] && mkdir "$v1/fairgauge-bench.$$" || return 1
        memory=$v1/fairgauge-bench.$$
        echo "$1M" > "$memory/memory.limit_in_bytes" && cat "$unit/cgroup.procs" > "$memory/cgroup.procs"
    fi
}
no_memory() {
    if [ -n "$memory" ]; then grep -q '^oom_kill [1-9]' "$memory/memory.oom_control"; else says "result 'oom-kill'"; fi
}
if bounded 32; then
    within cp /srv/trial/large.csv /etc/fairgauge/feeds/
    within cp /etc/fairgauge/fairgauge.toml /etc/fairgauge/kept.toml
    within tee -a /etc/fairgauge/fairgauge.toml > /dev/null << 'LARGE'

[feed.large]
kind = "csv"
file = "feeds/large.csv"
poll = "1 h"
delay = "1 h"
vintage = "final"
[feed.large.csv]
delimiter = ","
decimal = "."
missing = [""]
station = { is = "large" }
time = { column = "ms", format = "epoch ms", stamp = "begin", every = "1 min" }
[feed.large.columns]
mm = { variable = "precipitation", unit = "mm" }
LARGE
    within systemctl reload fairgauge
    shows "a feed that is larger than the memory: the kernel ends it" until_true no_memory
    shows "it comes back" until_true back 1
    readings="SELECT count(*) FROM observation JOIN series ON series = id WHERE feed = 'large'"
    heard() { [ "$(within sqlite3 -readonly /var/lib/private/fairgauge/ledger.sqlite "$readings")" = 200000 ]; }
    shows "and reads the feed, with memory for it" until_true heard
    payouts > "$top.after"
    shows "with the same payouts" cmp "$top.before" "$top.after"
    shows "and the ledger, every hash and payout of it" within fairgauge verify --key "$(cat "$top.key")"
    within mv /etc/fairgauge/kept.toml /etc/fairgauge/fairgauge.toml
else
    echo "left out: no control group here bounds memory"
fi

# ---- an upgrade
third=$(property MainPID)
installs next
upgraded() { is ActiveState active && ! is MainPID "$third"; }
shows "an upgrade starts the new program" until_true upgraded
shows "and keeps settings and book" within grep -q 'Late Comer' /etc/fairgauge/book.csv
payouts > "$top.after"
shows "and the payouts" cmp "$top.before" "$top.after"
shows "and the ledger, every hash and payout of it" within fairgauge verify --key "$(cat "$top.key")"

# ---- P9: it fails again and again
within systemctl stop fairgauge
shows "a clean stop: result success" is Result success
shows "status 0" is ExecMainStatus 0
shows "the log says so" says "stopped as asked"
shows "nothing is left in the write-ahead log" test -z "$(within find /var/lib/private/fairgauge -name '*-wal' -size +0)"
printf '#!/bin/sh\necho "somebody was told of $1"\n' | within tee /etc/fairgauge/alarm > /dev/null
within chmod 755 /etc/fairgauge/alarm
printf '[Unit]\nStartLimitBurst=3\n[Service]\nRestartSec=100ms\n' | within tee /run/systemd/system/fairgauge.service.d/short.conf > /dev/null
within systemctl daemon-reload
within systemctl reset-failed fairgauge
within sh -c 'cd /var/lib/private/fairgauge && mv ledger.sqlite kept && echo nonsense > ledger.sqlite && chown --reference=kept ledger.sqlite'
within systemctl start fairgauge 2> /dev/null || true
down() { is ActiveState failed; }
shows "what fails three times stays down" until_true down
shows "and does not run" is MainPID 0
alarm() { within journalctl -u 'fairgauge-alarm@*' -o cat --no-pager | grep -- "$1"; }
shows "the alarm is in the journal" until_true alarm "fairgauge has failed"
shows "and whoever is to know was told" until_true alarm "somebody was told of fairgauge"
shows "the last checkpoint lies in the published files" within grep -q ledger.example.org/trial /var/lib/private/fairgauge/public/checkpoint
within sh -c 'cd /var/lib/private/fairgauge && mv kept ledger.sqlite'
within systemctl reset-failed fairgauge
within systemctl start fairgauge
shows "mended, it goes on" is ActiveState active
payouts > "$top.after"
shows "the payouts are those of before" cmp "$top.before" "$top.after"
within systemctl stop fairgauge

within sh -c 'echo "[nonsense]" >> /etc/fairgauge/fairgauge.toml'
within systemctl start fairgauge 2> /dev/null || true
shows "faulty settings: status 78" is ExecMainStatus 78
sleep 1
shows "not repeated" is NRestarts 0
shows "the log names the place" says "fairgauge.toml:"
within systemd-analyze security fairgauge --no-pager | tail -1 | sed 's/[^ -~]*//g'

# ---- two processes: one asks, one settles
within systemctl reset-failed fairgauge
within sh -c 'cd /etc/fairgauge && sed -i -e "/^\[nonsense\]$/d" -e "s|^file = \"\(feeds/.*\)\"|url = \"http://127.0.0.1:8099/\1\"|" -e "s|^poll = .*|poll = \"1 s\"|" \
    -e "s|^listen = .*|listen = \"127.0.0.1:8080\"|" fairgauge.toml && printf "\n[network]\nallow_private = true\n" >> fairgauge.toml'
within systemd-run --quiet --unit=provider --working-directory=/etc/fairgauge python3 -m http.server 8099 --bind 127.0.0.1 2> /dev/null
within install -D -m 644 /usr/lib/systemd/system/fairgauge-split.conf /etc/systemd/system/fairgauge.service.d/10-split.conf
printf '[Service]\nRestrictAddressFamilies=AF_INET AF_UNIX\nIPAddressAllow=localhost\n' |
    within tee /etc/systemd/system/fairgauge.service.d/override.conf > /dev/null
sed -n '/^# \/etc.*fairgauge-pages.socket/,/^# /p' "$here/docs/operating.md" | grep -v '^#' | within tee /etc/systemd/system/fairgauge-pages.socket > /dev/null
sed -n '/^# \/etc.*fairgauge-pages.service/,/^```/p' "$here/docs/operating.md" | grep -v '^#\|^```' | within tee /etc/systemd/system/fairgauge-pages.service > /dev/null
within systemctl daemon-reload
of_fetcher() { [ "$(within systemctl show fairgauge-fetch --property="$1" --value)" = "$2" ]; }
shows "the fetcher was not started" of_fetcher ActiveState inactive
within systemctl enable --quiet --now fairgauge-fetch
within systemctl start fairgauge
shows "the fetcher is active" of_fetcher ActiveState active
shows "its socket is for its group" mode /run/fairgauge-fetch/socket 660
shows "in a folder of its group" mode /run/fairgauge-fetch 750
shows "the group is the package's" test "$(within stat -c %G /run/fairgauge-fetch/socket)" = fairgauge-socket
shows "the daemon is active without a network" is ActiveState active
apart() { # what of both processes
    local one other
    one=$(within systemctl show fairgauge --property=MainPID --value) other=$(within systemctl show fairgauge-fetch --property=MainPID --value)
    [ "$(within readlink "/proc/$one/ns/net")" != "$(within readlink "/proc/$other/ns/net")" ] &&
        [ "$(within stat -c %u "/proc/$one")" != "$(within stat -c %u "/proc/$other")" ]
}
shows "networks and users of their own" apart
asked() { within journalctl -u provider -o cat --no-pager | grep 'GET /feeds/.* 200 '; }
shows "what it asks, the fetcher asks" until_true asked
within systemctl start fairgauge-pages.socket
read_page() { within curl -fsS http://127.0.0.1:8080/healthz; }
shows "its port is reached where systemd leads to it" until_true read_page
within systemctl stop fairgauge-fetch
shows "a fetcher that is away is missed" until_true says "the fetcher cannot be asked at"
within systemctl start fairgauge-fetch
shows "and back, it is asked" until_true says "answers again (it had failed by fetcher)"
within systemd-analyze security fairgauge fairgauge-fetch --no-pager | grep Overall | sed 's/[^ -~]*//g'
within systemctl stop fairgauge-pages.socket fairgauge-pages.service fairgauge fairgauge-fetch

# ---- removed
within dpkg -r fairgauge > "$top.dpkg" 2>&1 || { cat "$top.dpkg"; exit 1; }
purges
shows "removed and purged, the ledger is there" within test -s /var/lib/private/fairgauge/ledger.sqlite
shows "and it says so" grep -q "fairgauge stays" "$top.dpkg"
rm -f "$top".{before,after,entries,key,doctor,dpkg}
echo "$good shown, $failed failed"
[ $failed = 0 ]
