#!/bin/sh
# PID 1 of the guest of the scenario switch-root: starts bustd from the
# initramfs, and goes over to another root with switch_root.
export PATH=/bin
mount -t proc proc /proc
mount -t devtmpfs dev /dev
mkdir -p /run /new
bustd -a 30 -k 0 -t 100
mount -t tmpfs root /new
cp -a /bin /init /lib /scenarios /new
mkdir -p /new/dev /new/proc /new/run /new/sys /new/tmp
mount --move /proc /new/proc
mount --move /dev /new/dev
exec busybox switch_root /new /init
