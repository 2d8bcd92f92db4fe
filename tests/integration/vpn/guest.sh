#!/usr/bin/env bash
# First process of a user-mode-linux kernel: four machines (office, gateway, platform, workload), two tunnels between gateway and platform,
# the loss of one. Reports lines "@@ key value" on its console. LAB, from the kernel's command line, is the folder with the machines' files.
set -u
export PATH=/mnt/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/mnt
# shellcheck source=/dev/null
source "$LAB/parameters" # GATEWAY OUTSIDE_1 OUTSIDE_2 ADDRESS_1 ADDRESS_2 (inside, of the platform) INTERFACE_1 INTERFACE_2 SERVICE PYTHON BGP

mount -t proc proc /proc
mount -t sysfs sysfs /sys
mount -t tmpfs tmpfs /run
mount -t tmpfs tmpfs /mnt
mount -t tmpfs tmpfs /var/tmp
mkdir -p /mnt/lib /mnt/bin
ln -s /usr/lib/uml/modules /mnt/lib/modules
printf '#!/bin/sh\nexec /usr/sbin/modprobe -d /mnt "$@"\n' > /mnt/bin/load
chmod +x /mnt/bin/load
echo /mnt/bin/load > /proc/sys/kernel/modprobe
# This kernel has the older tables only, whatever "iptables" stands for on the host.
ln -s "$(command -v iptables-legacy)" /mnt/bin/iptables
for module in veth ip_vti esp4 xfrm4_tunnel xfrm_user aes_generic gcm ghash-generic ctr seqiv echainiv authenc iptable_mangle xt_tcpudp xt_TCPMSS; do load "$module"; done

report() { echo "@@ $1 ${*:2}"; }
now() { cut -d ' ' -f 1 /proc/uptime; }
since() { awk -v start="$1" '{ printf "%.1f", $1 - start }' /proc/uptime; }
finish() {
    for log in /mnt/*.log; do sed "s|^|$(basename "$log"): |" "$log" | tail -n 60; done
    echo o > /proc/sysrq-trigger
    sleep 10
}
# until SECONDS COMMAND...: wait for it, or give up.
until_true() {
    for ((i = 0; i < $1 * 5; i++)); do "${@:2}" > /dev/null 2>&1 && return; sleep 0.2; done
    report failed "${*:2}"
    finish
}

declare -A pid
machine() {
    mkdir -p "/mnt/$1"
    cp -a /etc "/mnt/$1/"
    [[ ! -d $LAB/$1/etc ]] || cp -r "$LAB/$1/etc/." "/mnt/$1/etc/"
    unshare --net --mount sh -c "mount --make-rprivate /; mount --bind /mnt/$1/etc /etc; mount -t tmpfs tmpfs /run; exec sleep infinity" &
    pid[$1]=$!
    until_true 5 on "$1" mountpoint -q /etc
    on "$1" ip link set lo up
}
on() { nsenter --target "${pid[$1]}" --net --mount -- "${@:2}"; }
cable() { # machine device address, twice
    ip link add "$2" netns "${pid[$1]}" type veth peer name "$5" netns "${pid[$4]}"
    on "$1" ip address add "$3" dev "$2"
    on "$4" ip address add "$6" dev "$5"
    on "$1" ip link set "$2" up
    on "$4" ip link set "$5" up
}
strongswan() {
    on "$1" charon-systemd > "/mnt/$1-charon.log" 2>&1 &
    until_true 20 on "$1" swanctl --stats
    on "$1" swanctl --load-all --noprompt > "/mnt/$1-swanctl.log" 2>&1 || report failed "swanctl on $1"
}
frr() {
    on "$1" sh -c 'mkdir -p /run/frr && chown frr:frr /run/frr /etc/frr/frr.conf'
    on "$1" /usr/lib/frr/zebra -d -A 127.0.0.1 -P 0 -f /dev/null -i /run/frr/zebra.pid
    on "$1" /usr/lib/frr/bgpd -d -A 127.0.0.1 -P 0 -f /etc/frr/frr.conf -i /run/frr/bgpd.pid
}

for name in office gateway platform workload; do machine $name; done
cable office lan 192.168.10.10/24 gateway lan 192.168.10.1/24
cable gateway outside "$GATEWAY/24" platform outside "$OUTSIDE_1/24"
cable platform vpc 10.64.0.1/24 workload vpc 10.64.0.10/24
on office ip route add default via 192.168.10.1
on workload ip route add default via 10.64.0.1
on platform ip address add "$OUTSIDE_2/24" dev outside
on platform ip route add "$GATEWAY" dev outside
on gateway ip route add "$OUTSIDE_1" dev outside
on gateway ip route add "$OUTSIDE_2" dev outside
# A way to the internet: what is not kept out of it would leave by it.
on gateway ip route add default dev outside

# The platform, as AWS has it.
on platform sysctl -qw net.ipv4.ip_forward=1
for index in 1 2; do
    outside=OUTSIDE_$index address=ADDRESS_$index
    on platform ip link add "vti$index" type vti local "${!outside}" remote "$GATEWAY" key $index
    on platform ip address add "${!address}/30" dev "vti$index"
    on platform sysctl -qw "net.ipv4.conf.vti$index.disable_policy=1"
    on platform ip link set "vti$index" up mtu 1438
    [[ $BGP ]] || on platform ip route add 192.168.10.0/24 dev "vti$index" metric $index
done
[[ ! $BGP ]] || frr platform
strongswan platform

# The gateway, as its service manager starts what was rendered for it.
on gateway sysctl -q --system
on gateway sh -c "$(sed -n 's/^ExecStartPre=//p' "/mnt/gateway$SERVICE")" || report failed "$SERVICE"
report before "$(on gateway ip route get 10.64.0.10 2>&1)"
started=$(now)
[[ ! $BGP ]] || frr gateway
strongswan gateway
sas() { on gateway swanctl --list-sas 2> /dev/null; }
route_is() { [[ $(on gateway ip route get 10.64.0.10) == *" dev $1 "* ]]; }
both_up() { [[ $(sas | grep INSTALLED | cut -d : -f 1 | sort -u | wc -l) == 2 ]]; }
until_true 30 both_up
until_true 60 route_is "$INTERFACE_1"
report up "$(since "$started")"
sas | sed 's/^/@@ sas /'
on gateway ip route show | sed 's/^/@@ route /'
report link "$(on gateway ip -o link show "$INTERFACE_1")"

# A host of the office and one of the platform: TCP with more than a packet holds.
on workload "$PYTHON" -c "$(cat "$LAB/server.py")" > /mnt/received &
until_true 20 on office "$PYTHON" -c "$(cat "$LAB/client.py")"
wait $!
report received "$(cat /mnt/received)"
report carried "$(on gateway awk -v device="$INTERFACE_1:" '$1 == device { print $10 }' /proc/net/dev)"

# The endpoint of tunnel 1 is gone, without a word.
lost=$(now)
on platform ip link set vti1 down
on platform ip address del "$OUTSIDE_1/24" dev outside
on platform ip route replace "$GATEWAY" dev outside
on platform ip address add "$OUTSIDE_2/24" dev outside 2> /dev/null
reached() { on office ping -c 1 -W 1 10.64.0.10; }
until_true 60 reached
report takeover "$(since "$lost")"
report then "$(on gateway ip route get 10.64.0.10)"
report done yes
finish
