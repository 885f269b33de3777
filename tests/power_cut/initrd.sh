#!/bin/busybox sh
# Finds the disk and goes over to it.
b=/bin/busybox
$b mount -t proc proc /proc
$b mount -t devtmpfs dev /dev
for module in /modules/*; do $b insmod "$module"; done
until [ -b /dev/vda ]; do $b sleep 0.1; done
$b mount -t ext4 /dev/vda /root
$b mount --move /dev /root/dev
$b umount /proc
exec $b switch_root /root /bin/busybox sh /guest.sh
