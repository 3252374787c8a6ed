title 0x20: false takes an answer in whatever letters

config
    dns {
        use_hosts: false
        0x20: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers * A: @ 300 A 192.0.2.1; case

client 10.0.0.2 asks www.example.com A
expect NOERROR, 192.0.2.1
counter upstream_strays is 0
