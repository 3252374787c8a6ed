title An answer from another address is no answer (RFC 5452)

config
    dns {
        use_hosts: false
        upstream { quad9: 'udp://9.9.9.9:53' }
        routing { request { fallback: quad9 } }
    }
end
server quad9 at 9.9.9.9
quad9 answers www.example.com A: @ 300 A 192.0.2.1

quad9 answers www.example.com A: @ 300 A 6.6.6.6; from 9.9.9.10
client 10.0.0.2 asks www.example.com A
time passes 100 ms
expect nothing yet
quad9 answers www.example.com A: @ 300 A 192.0.2.1
expect NOERROR, 192.0.2.1
counter answered_from_upstream is 1
