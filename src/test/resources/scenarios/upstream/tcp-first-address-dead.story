title By TCP a dead address keeps the next one waiting for a moment

config
    global { bootstrap_resolver: '119.29.29.29:53' }
    dns {
        use_hosts: false
        upstream { quad9: 'tcp://dns.quad9.example:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
server boot at 119.29.29.29
server second at 9.9.9.10
boot answers dns.quad9.example A: @ 6000 A 9.9.9.9; @ 6000 A 9.9.9.10
boot answers dns.quad9.example AAAA: NOERROR; soa quad9.example 60 60

quad9 is silent
second answers * A: @ 300 A 192.0.2.1

client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1, within 350 ms
