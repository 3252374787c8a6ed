title The name of an upstream is resolved by bootstrap_resolver, and again when its TTL ends

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
boot answers dns.quad9.example AAAA: NOERROR; soa quad9.example 60 60
quad9 answers * A: @ 300 A 192.0.2.1
client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1
client 10.0.0.2 asks b.example A
expect NOERROR, 192.0.2.1, within 20 ms
boot was asked 1 time for dns.quad9.example A
time passes 61 s
client 10.0.0.2 asks c.example A
expect NOERROR
boot was asked 2 times for dns.quad9.example A
