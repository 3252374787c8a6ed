title On a path that takes 600 ms nothing is sent again once that is known

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 takes 600 ms
quad9 answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks a.example.com A
expect NOERROR, within 700 ms
counter upstream_udp_retransmits is 1
client 10.0.0.2 asks b.example.com A
expect NOERROR, within 700 ms
counter upstream_udp_retransmits is 1
