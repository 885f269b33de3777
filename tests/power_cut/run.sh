#!/bin/bash
# Power cuts: the daemon works in a machine of its own (QEMU, its own kernel and disk), whose power is cut in the midst of
# its work. What it had not flushed is gone. When the power comes back, `fairgauge verify` must find the ledger whole, and
# every state that anybody had seen signed must be in it.
#
#   tests/power_cut/run.sh build     the machine; from target/release/fairgauge
#   tests/power_cut/run.sh cut N     N cuts; fails with the first that lost anything
#
# POWER_CUT_DIR: where the machine lies. Needs root and, as Debian 12 calls them, qemu-system-x86, e2fsprogs, kmod,
# busybox-static, cpio, and once its archive for the guest's kernel. Not in .ci/run: a minute a cut.
set -euo pipefail
cd "$(dirname "$0")/../.."
DIR=${POWER_CUT_DIR:-${XDG_CACHE_HOME:-$HOME/.cache}/fairgauge-power-cut}
PATH=$PATH:/sbin:/usr/sbin

# The modules of a kernel that its disk needs, in the order in which they need each other.
modules() {
    local name
    for name in ext4 virtio_pci virtio_blk; do
        modprobe -d "$DIR/kernel" -S "$1" --show-depends "$name"
    done | awk '$1 == "insmod" && !seen[$2]++ {print $2}'
}

build() {
    local program=target/release/fairgauge root=$DIR/root number=0 file kernel
    [ -x "$program" ] || { echo "build it first: cargo build --release" >&2; exit 1; }
    rm -rf "$root" "$DIR/initrd" "$DIR/season"
    mkdir -p "$root"/{bin,dev,proc,sys,tmp,season} "$DIR"/initrd/{bin,modules,proc,dev,root}
    if ! ls "$DIR"/kernel/boot/vmlinuz-* > /dev/null 2>&1; then
        local package
        package=$(apt-cache depends linux-image-cloud-amd64 | awk '/Depends: linux-image-/ {print $2; exit}')
        (cd "$DIR" && apt-get download "$package" && dpkg -x "$package"_*.deb kernel)
        depmod -b "$DIR/kernel" "$(basename "$DIR"/kernel/boot/vmlinuz-* | cut -d- -f2-)"
    fi
    kernel=$(basename "$DIR"/kernel/boot/vmlinuz-* | cut -d- -f2-)
    for file in $(modules "$kernel"); do
        number=$((number + 1))
        cp "$file" "$DIR/initrd/modules/$(printf %03d $number)"
    done
    cp /bin/busybox "$DIR/initrd/bin/"
    install -m 755 tests/power_cut/initrd.sh "$DIR/initrd/init"
    (cd "$DIR/initrd" && find . | cpio -o -H newc --quiet | gzip -1 > "$DIR/initrd.gz")

    cp /bin/busybox "$program" "$root/bin/"
    for file in $(ldd "$program" | grep -o '/[^ ]*'); do
        mkdir -p "$root$(dirname "$file")"
        cp -L "$file" "$root$file"
    done
    cp tests/power_cut/guest.sh "$root/"
    cp -r tests/power_cut/season/. "$root/season/"
    "$program" key new "$root/season/ledger.key" --name ledger.example.org/power-cut > "$root/season/key.pub"
    fresh
    echo "built: Linux $kernel, $(du -h --apparent-size "$DIR/disk" | cut -f1) of disk"
}

fresh() {
    rm -f "$DIR/disk"
    truncate -s 512M "$DIR/disk"
    mke2fs -q -t ext4 -d "$DIR/root" "$DIR/disk"
}

# Runs the machine until it is killed; $1: the newest checkpoint that was seen, as one word. The host keeps what the guest
# has flushed, and nothing else.
machine() {
    exec qemu-system-x86_64 -machine q35,accel=tcg -cpu max -m 768 -smp 2 -nographic -no-reboot -nic none \
        -kernel "$DIR"/kernel/boot/vmlinuz-* -initrd "$DIR/initrd.gz" \
        -append "console=ttyS0 quiet panic=-1 kept=${1:-none}" \
        -drive "file=$DIR/disk,format=raw,if=virtio,cache=writeback"
}

# The last whole line of a kind on a console.
last() { tr -d '\r' < "$2" | grep -a "^$1 .*\.$" | tail -1 || true; }

# The newest state that was seen on a console: how many entries it has.
seen() { last ACK "$1" | cut -d' ' -f2; }

cut_power() {
    local count=$1 kept=none before=0 number second console power found
    fresh
    # The last start is for looking only.
    for ((number = 1; number <= count + 1; number++)); do
        console=$DIR/console.$number
        : > "$console"
        machine "$kept" > "$console" 2>&1 < /dev/null &
        power=$!
        for ((second = 0; second < 300; second++)); do
            grep -aq '^FAULT' "$console" && break
            [ "$number" -gt "$count" ] && [ -n "$(last CHECK "$console")" ] && break
            found=$(seen "$console")
            [ "$number" -le "$count" ] && [ "${found:-0}" -gt "$before" ] && break
            sleep 0.2
        done
        # Somewhere in the next seconds, by the hundredth.
        [ "$number" -gt "$count" ] || sleep "$((RANDOM % 8)).$((RANDOM % 90 + 10))"
        kill -9 "$power"
        wait "$power" 2> /dev/null || true
        if grep -aq '^FAULT' "$console" || [ -z "$(last CHECK "$console")" ]; then
            echo "start $number:" && tail -20 "$console" && exit 1
        fi
        echo "start $number: $(last CHECK "$console")"
        [ "$number" -le "$count" ] || break
        found=$(seen "$console")
        [ "${found:-0}" -gt "$before" ] || { echo "nothing was written" && tail -20 "$console" && exit 1; }
        before=$found kept=$(last ACK "$console" | cut -d' ' -f3)
        echo "power cut, $found entries were seen"
    done
    echo "$count power cuts, nothing lost"
}

case ${1:-} in
    build) build ;;
    cut) cut_power "${2:?how many cuts}" ;;
    *) sed -n '2,10p' "$0" && exit 2 ;;
esac
