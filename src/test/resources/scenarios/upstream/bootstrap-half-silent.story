title A bootstrap resolver that is silent about IPv6 delays nobody for long

config
    global { bootstrap_resolver: '119.29.29.29:53' }
    dns {
        use_hosts: false
        upstream { quad9: 'udp://dns.quad9.example:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
server boot at 119.29.29.29
boot answers dns.quad9.example A: @ 60 A 9.9.9.9
boot answers dns.quad9.example AAAA: NOERROR; after 9 s
quad9 answers * A: @ 300 A 192.0.2.1
client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1, within 200 ms
