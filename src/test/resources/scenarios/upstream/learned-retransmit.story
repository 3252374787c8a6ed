title Where answers come fast, a lost packet costs 50 ms, not the 250 of an unknown path

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 takes 5 ms
quad9 answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks a.example.com A
expect NOERROR
client 10.0.0.2 asks b.example.com A
expect NOERROR
client 10.0.0.2 asks c.example.com A
expect NOERROR
quad9 loses the next 1 packet
client 10.0.0.2 asks d.example.com A
expect NOERROR, 192.0.2.1, within 65 ms
counter upstream_udp_retransmits is 1
