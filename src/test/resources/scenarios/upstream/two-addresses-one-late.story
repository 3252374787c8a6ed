title A second address is waited for until the end of the budget, also when the first is dead and TCP refused

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://dns.quad9.example:53?ip=9.9.9.9,9.9.9.10' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
server second at 9.9.9.10
quad9 is silent by udp
quad9 refuses by tcp
second refuses by tcp
second answers * A: @ 300 A 192.0.2.1; after 4 s

client 10.0.0.2 asks a.example A
expect NOERROR, 192.0.2.1, within 4400 ms
