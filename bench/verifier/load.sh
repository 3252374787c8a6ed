#!/bin/sh
# Loads the compiled programs into an older kernel: load.sh [PACKAGE]. Boots a kernel package of Debian (default: that of
# linux-image-amd64) in qemu under emulation, with an initramfs of busybox and bpftool, and lets bpftool load each object with
# every map and program. Needs root's nothing; apt (apt-get download), qemu-system-x86, busybox-static, bpftool, cpio, clang.
# About half a minute; exit status 0 if all objects loaded, but for those that need connection tracking, which is a module. The verifier's log is in target/verifier/boot.log.
set -eu
for tool in qemu-system-x86_64 cpio; do
  command -v "$tool" >/dev/null || { echo "load.sh: $tool is missing: apt install qemu-system-x86 cpio" >&2; exit 2; }
done
here=$(cd "$(dirname "$0")/../.." && pwd)
work="$here/target/verifier"
package=${1:-$(apt-cache depends linux-image-amd64 | sed -n 's/ *Depends: //p' | head -1)}
mkdir -p "$work"
cd "$work"
[ -d "$package" ] || { apt-get download "$package" && dpkg -x "$package"_*.deb "$package"; }
[ -d busybox ] || { apt-get download busybox-static && dpkg -x busybox-static_*.deb busybox; }

rm -rf root
mkdir -p root/bin root/lib64 root/proc root/sys root/dev root/bpf
cp busybox/bin/busybox root/bin/
ln -s busybox root/bin/sh
tool=$(command -v bpftool || echo /usr/sbin/bpftool)
cp "$tool" root/bin/
ldd "$tool" | grep -o '/[^ ]*' | while read -r library; do
  mkdir -p "root/$(dirname "$library")"
  cp "$library" "root/$library"
done
sh "$here/src/main/bpf/build.sh" root/bpf
cat > root/init <<'INIT'
#!/bin/sh
/bin/busybox --install -s /bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t devtmpfs dev /dev
mount -t bpf bpf /sys/fs/bpf
echo "kernel $(uname -r)"
for object in /bpf/*.o; do
  name=$(basename "$object" .o)
  bpftool prog loadall "$object" "/sys/fs/bpf/$name" > /log 2>&1 && echo "loaded $name:" $(ls "/sys/fs/bpf/$name") ||
    { cat /log; echo "refused $name"; }
done
poweroff -f
INIT
chmod +x root/init
(cd root && find . | cpio -o -H newc 2>/dev/null) | gzip -1 > root.gz
timeout 300 qemu-system-x86_64 -m 1024 -nographic -no-reboot -kernel "$(ls "$package"/boot/vmlinuz-*)" -initrd root.gz \
  -append "console=ttyS0 quiet rdinit=/init panic=-1" < /dev/null > boot.log 2>&1 || true
tr -d '\r' < boot.log | grep -aE 'kernel [0-9]|^loaded |^refused |invalid|expected=|processed [0-9]' || true
# The half that asks the kernel's connection tracking may be refused: without its module the plain one takes its place.
[ "$(grep -ac '^loaded ' boot.log)" -ge "$(ls root/bpf/*.o | grep -vc _conntrack)" ]
